"""Members' appeals, as a port."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.appeal import Appeal
from bot.domain.sanction import Sanction


@dataclass(frozen=True, slots=True)
class Decided:
    """An appeal that was decided on. The first decision counts."""

    appeal: Appeal
    ours: bool  # decided by this call, and not before
    lifted: tuple[Sanction, ...] = ()  # by this call


class Appeals(Protocol):
    """Every method is one transaction.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`; after all but its `CommitInDoubt` nothing was done.
    """

    async def make(self, appeal: Appeal) -> Appeal | None:
        """Answers the appeal with its id; None where its member has appealed about the matter before."""
        ...

    async def of(self, member_id: int, about: str) -> Appeal | None:
        """What a member has appealed about a matter."""
        ...

    async def appeal(self, appeal_id: int) -> Appeal | None: ...

    async def posted(self, appeal_id: int, channel_id: int, message_id: int) -> None:
        """Where the reviewers' card is."""
        ...

    async def undecided(self, guild_id: int, most: int) -> Sequence[Appeal]:
        """The guild's first ones that wait for a decision, the oldest ahead."""
        ...

    async def decide(
        self, guild_id: int, appeal_id: int, by: int, now: datetime, *, granted: bool, answer: str
    ) -> Decided | None:
        """Decide, with an entry in the trail; granting lifts the sanction that it is about. None where it isn't the
        guild's."""
        ...
