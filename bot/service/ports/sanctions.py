"""What is imposed on members, as a port."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.job import Job
from bot.domain.sanction import Sanction


@dataclass(frozen=True, slots=True)
class Imposed:
    """What came of a sanction."""

    sanction: Sanction
    strikes: int  # that count now, with its own
    by_ladder: Sanction | None = None  # what its strikes led to
    repeated: bool = False  # it had been imposed before, by the same interaction


@dataclass(frozen=True, slots=True)
class Record:
    """How a member stands in a guild, for its moderators."""

    history: tuple[Sanction, ...]  # newest first
    strikes: int  # that count now
    reported: int  # jobs of theirs that others have reported
    reports: int  # that they made
    trusted: bool  # not reviewed any more
    last: tuple[Job, ...]  # requests, newest first


class Sanctions(Protocol):
    """Sanctions, with their entries in the trail. Every method is one transaction.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`; after all but its `CommitInDoubt` nothing was done.
    People and guilds are told by their Discord ids. `Store.admit` heeds what is in force: whatever it admits later than
    a block was imposed isn't the blocked member's.
    """

    async def impose(self, sanction: Sanction, *, reference: str) -> Imposed:
        """Impose a sanction once for its reference, and what the guild's ladder imposes for its strikes."""
        ...

    async def lift(self, guild_id: int, sanction_id: int, by: int, now: datetime, reason: str) -> Sequence[Sanction]:
        """Let a sanction bound its member no more, nor, of a warning, its strikes count; with it what the ladder
        imposed for it. Answers those that were lifted; none where it isn't the guild's, or was lifted or has ended."""
        ...

    async def sanction(self, sanction_id: int) -> Sanction | None: ...

    async def in_force(self, member_id: int, guild_id: int, now: datetime) -> Sequence[Sanction]:
        """Blocks and lowered limits that bound a member now."""
        ...

    async def record(self, member_id: int, guild_id: int, now: datetime, last: int) -> Record:
        """Of the member's requests the `last` ones in the guild."""
        ...

    async def untold(self, member_id: int, guild_id: int) -> Sequence[Sanction]:
        """Those that the member hasn't heard of, the oldest ahead; of those that were lifted none."""
        ...

    async def told(self, sanction_ids: Collection[int], now: datetime) -> None:
        """The member has heard of them."""
        ...
