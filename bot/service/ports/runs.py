"""What the books say of runs at Replicate, to be reconciled with what Replicate says."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.audit import BookedRun


@dataclass(frozen=True, slots=True)
class RunPosition:
    """Behind which job the next ones follow, in the order of their submission."""

    submitted_at: datetime
    job_id: str


class RunBooks(Protocol):
    """Reads only. Any method may raise `StoreUnavailable` of `bot.domain.errors`."""

    async def accounts(self, since: datetime) -> Sequence[str]:
        """On which jobs were submitted since then."""
        ...

    async def of_predictions(self, prediction_ids: Collection[str]) -> Mapping[str, BookedRun]:
        """Those that a job owns, by their ids."""
        ...

    async def strays(self, prediction_ids: Collection[str]) -> Collection[str]:
        """Those among them that were recorded as no job's."""
        ...

    async def submitted(
        self, account: str, start: datetime, end: datetime, most: int, after: RunPosition | None = None
    ) -> Sequence[BookedRun]:
        """The first `most` jobs (behind that position) that were submitted from `start`, inclusive, to `end`, the
        earliest ahead."""
        ...

    async def unfinished(self, before: datetime, most: int) -> Sequence[BookedRun]:
        """The first `most` jobs that were admitted before then and haven't ended, the oldest ahead."""
        ...
