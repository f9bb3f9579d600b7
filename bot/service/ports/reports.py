"""What the use cases need of the records about reports."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.report import Case, Decision, History, Report, Shown


@dataclass(frozen=True, slots=True)
class Filed:
    """A case as a report left it."""

    case: Case
    new: bool  # False: this person had reported it, or it was decided, and nothing was changed
    hidden: bool  # by this very report


class Reports(Protocol):
    """Cases, one for each result that was reported. Every method is one transaction.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`.
    """

    async def file(
        self, job_id: str, guild_id: int | None, report: Report, *, threshold: int, moderator: bool
    ) -> Filed:
        """Open the job's case, or add to it. It is hidden once `threshold` people have reported it (0: never), and at
        once by a moderator; the trail hears of that. One who has reported it, or whose report comes after the
        decision, changes nothing."""
        ...

    async def case(self, job_id: str) -> Case | None: ...

    async def undecided(self, guild_id: int, most: int) -> Sequence[Case]:
        """Oldest first."""
        ...

    async def decide(self, job_id: str, decision: Decision, moderator_id: int, now: datetime) -> tuple[Case, bool]:
        """Decide, with an entry in the trail, unless somebody has; answers the case as it is then, and whether this
        was the decision. Raises `LookupError` where there is no such case."""
        ...

    async def overturn(self, job_id: str, moderator_id: int, now: datetime) -> bool:
        """Keep what was removed, after an appeal, with an entry in the trail; False where it wasn't removed."""
        ...

    async def history(self, member_id: int, guild_id: int, since: datetime) -> History:
        """Jobs since then, and results that were removed."""
        ...

    async def claim(self, now: datetime, lease: timedelta) -> Sequence[Case]:
        """Cases of which something is yet to be shown or told, and that nobody works on. They are the caller's until
        `settled`, or until the lease is over."""
        ...

    async def showed(self, job_id: str, shown: Shown) -> None:
        """The result's message shows that now."""
        ...

    async def carded(self, job_id: str, channel_id: int, message_id: int) -> None:
        """The moderators' card is there."""
        ...

    async def told(self, job_id: str, reporter_id: int | None, now: datetime) -> None:
        """The reporter, or for None the member, has been told what became of it, or can't be."""
        ...

    async def settled(self, case: Case) -> None:
        """All that this revision of the case asks for is done."""
        ...
