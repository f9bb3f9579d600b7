"""What bounds the use of a guild, as a port: its limits, its grants, and the account that it runs on."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.account import Account
from bot.domain.ledger import Grant, GrantLeft
from bot.domain.quota import GuildLimits, Quota, Sums
from bot.domain.sanction import Sanction


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds in a guild for admissions; the defaults hold where nobody has chosen, and outside of guilds."""

    account: Account | None = None  # the guild's own; None: the operator's
    time_zone: str = "UTC"  # an IANA name
    limits: GuildLimits = GuildLimits()  # noqa: RUF009 # frozen


@dataclass(frozen=True, slots=True)
class Standing:
    """What a member has used of a quota."""

    sums: Sums
    grants: tuple[GrantLeft, ...]  # that the member may use now, the one that ends first ahead
    last_request: datetime | None
    sanctions: tuple[Sanction, ...] = ()  # in force
    quota: Quota = field(default=Quota(), compare=False)  # frozen # as asked, but for what they lower


@dataclass(frozen=True, slots=True)
class GrantMade:
    """A grant as it stands."""

    id: int
    grant: Grant
    used: int  # pictures, of all members together
    revoked_at: datetime | None = None


class Budgets(Protocol):
    """Limits, grants, and what is used of both. Every method is one transaction.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`; after all but its `CommitInDoubt` nothing was done.
    What changes a guild enters its trail in the same transaction: `by` whom (None: Easel itself) and when. People,
    roles and guilds are told by their Discord ids.
    """

    async def terms(self, guild_id: int | None) -> Terms: ...

    async def change_limits(
        self, guild_id: int, change: Callable[[GuildLimits], GuildLimits], by: int | None, now: datetime
    ) -> GuildLimits:
        """Answers what holds now. A change is a function of what holds now, which nobody else changes meanwhile."""
        ...

    async def standing(
        self,
        member_id: int,
        guild_id: int | None,
        quota: Quota,
        now: datetime,
        *,
        account: str,
        role_ids: Collection[int] = (),
    ) -> Standing:
        """What an admission would look at. `account` is whose deployment ceilings are summed."""
        ...

    async def grant(self, grant: Grant, *, reference: str, now: datetime) -> int | None:
        """Make a grant once for its reference; its id, or None where it was made before."""
        ...

    async def grants(self, guild_id: int, now: datetime) -> Sequence[GrantMade]:
        """Those of the guild that haven't ended, the one that ends first ahead."""
        ...

    async def revoke(self, guild_id: int, grant_id: int, by: int, now: datetime) -> bool:
        """Let nobody use the grant any more; False where it isn't the guild's, or was revoked or has ended."""
        ...
