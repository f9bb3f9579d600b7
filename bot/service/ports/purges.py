"""What the use cases need of the records to take away all of a member's results."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.job import Job


class Purged(StrEnum):
    """What became of a result that was to be removed. The values are stored for good."""

    REMOVED = "removed"
    PRIVATE = "private"  # its member alone sees it, and nobody else can reach it
    FAILED = "failed"  # Discord refused
    CANCELED = "canceled"  # it came to no pictures


@dataclass(frozen=True, slots=True)
class Purge:
    """Who has whose results removed in a guild, and how far that is. `since` none: all of them."""

    guild_id: int
    member_id: int
    made_by: int
    made_at: datetime
    since: datetime | None = None
    reason: str = ""
    id: int | None = None  # once it was begun
    results: int = 0  # all that are to be removed, those under way among them
    counts: tuple[tuple[Purged, int], ...] = ()  # of those that are done
    done_at: datetime | None = None

    def count(self, outcome: Purged) -> int:
        return dict(self.counts).get(outcome, 0)

    @property
    def left(self) -> int:
        return self.results - sum(count for _, count in self.counts)


class Purges(Protocol):
    """Every method is one transaction, and may raise `StoreUnavailable` of `bot.domain.errors`."""

    async def count(self, guild_id: int, member_id: int, since: datetime | None) -> int:
        """How many of the member's results would be removed, with the requests under way."""
        ...

    async def begin(self, purge: Purge) -> Purge:
        """Mark the results, cancel the requests under way, decide open cases about them, and enter it in the trail.
        Where there are none it is done at once, and nothing is entered."""
        ...

    async def purge(self, purge_id: int) -> Purge:
        """Raises `LookupError`."""
        ...

    async def unfinished(self) -> Sequence[Purge]:
        """Oldest first."""
        ...

    async def jobs(self, purge_id: int) -> Sequence[Job]:
        """Those that have ended and are yet to be removed, newest first."""
        ...

    async def purged(self, job_id: str, outcome: Purged) -> None: ...

    async def finish(self, purge_id: int, now: datetime) -> None:
        """All is done: enter in the trail what came of it. Once."""
        ...
