"""What moderators impose on a member who goes too far, and what a guild's ladder imposes by itself on repetition."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import reduce

from bot.domain.errors import MemberBlocked
from bot.domain.quota import UsageLimits

LONGEST_REASON = 500
"""Characters."""

MOST_RUNGS = 10

_NEVER = datetime.max.replace(tzinfo=UTC)


class SanctionKind(StrEnum):
    WARN = "warn"
    BLOCK = "block"  # no requests, and no pictures of those that haven't ended
    LOWER = "lower"  # limits beside the member's own, of which the lower one holds


@dataclass(frozen=True, slots=True)
class Sanction:
    """One measure against one member of a guild. A warning has no end: it has its strikes."""

    kind: SanctionKind
    guild_id: int
    member_id: int
    reason: str
    made_by: int | None  # a Discord id; None: Easel itself, by the guild's ladder; or one who was erased
    made_at: datetime
    ends_at: datetime | None = None  # None: for good
    strikes: int = 0
    limits: UsageLimits | None = None  # of `LOWER`
    job_id: str | None = None  # that gave occasion to it
    lifted_at: datetime | None = None
    lifted_by: int | None = None
    id: int | None = None  # once it was imposed

    def in_force(self, now: datetime) -> bool:
        """Whether it bounds its member now. A warning never does."""
        over = self.lifted_at is not None or (self.ends_at is not None and self.ends_at <= now)
        return self.kind is not SanctionKind.WARN and not over


@dataclass(frozen=True, slots=True)
class Rung:
    """What so many strikes lead to."""

    strikes: int
    kind: SanctionKind
    days: int | None = None  # None: for good
    limits: UsageLimits | None = None  # of `LOWER`


@dataclass(frozen=True, slots=True)
class Ladder:
    """A guild's answer to repetition; none without rungs."""

    rungs: tuple[Rung, ...] = (
        Rung(3, SanctionKind.BLOCK, days=1),
        Rung(5, SanctionKind.BLOCK, days=7),
        Rung(8, SanctionKind.BLOCK),
    )
    days: int = 90  # after which a strike doesn't count any more

    def strikes(self, history: Iterable[Sanction], now: datetime) -> int:
        """Those that count now, of one member's sanctions."""
        since = now - timedelta(days=self.days)
        return sum(each.strikes for each in history if each.lifted_at is None and since < each.made_at <= now)

    def reached(self, before: int, after: int) -> Rung | None:
        """The highest rung that strikes have reached by going from `before` to `after`; None where they went past
        none."""
        passed = [each for each in self.rungs if before < each.strikes <= after]
        return max(passed, key=lambda rung: rung.strikes, default=None)

    def imposed(self, sanction: Sanction, before: int) -> Sanction | None:
        """What the ladder imposes by itself where this sanction's strikes come to the `before` that counted already."""
        rung = self.reached(before, before + sanction.strikes)
        if rung is None:
            return None
        return replace(
            sanction,
            kind=rung.kind,
            made_by=None,
            ends_at=None if rung.days is None else sanction.made_at + timedelta(days=rung.days),
            strikes=0,
            limits=rung.limits,
            id=None,
        )


def block_among(sanctions: Iterable[Sanction]) -> Sanction | None:
    """Of those in force, the block that lasts longest."""
    blocks = [each for each in sanctions if each.kind is SanctionKind.BLOCK]
    return max(blocks, key=lambda each: each.ends_at or _NEVER, default=None)


def blocked(block: Sanction) -> MemberBlocked:
    """The outcome of a request that a block keeps out."""
    until = None if block.ends_at is None else int(block.ends_at.timestamp())
    return MemberBlocked(sanction_id=block.id or 0, until=until, reason=block.reason)


def lowered_limits(sanctions: Sequence[Sanction]) -> UsageLimits | None:
    """What those in force leave of a member's limits together; None where none is about limits."""
    lowered = [each.limits for each in sanctions if each.kind is SanctionKind.LOWER and each.limits is not None]
    return reduce(UsageLimits.within, lowered) if lowered else None
