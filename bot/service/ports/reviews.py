"""What waits for a reviewer, and whose requests needn't, as a port."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.domain.job import Job
from bot.domain.moderation import ReviewStage
from bot.domain.review import Decision, ReviewRecord


@dataclass(frozen=True, slots=True)
class OpenReviews:
    """Some of a guild's open reviews, each with its job, and how many there are in all."""

    shown: Sequence[tuple[ReviewRecord, Job]]
    total: int


@dataclass(frozen=True, slots=True)
class Trusted:
    """A member whose requests aren't reviewed."""

    member_id: int
    since: datetime


class Reviews(Protocol):
    """Every method is one transaction, and may raise `StoreUnavailable` of `bot.domain.errors`."""

    async def open(
        self, job: Job, stage: ReviewStage, now: datetime, expires_at: datetime, **changes: Any
    ) -> tuple[Job, ReviewRecord]:
        """Bring the job to where it waits for reviewers at this stage, with changes to its fields as `Store.advance`
        makes them; it stays its owner's. One that is open already is answered as it is. Raises `Fenced`."""
        ...

    async def posted(self, job: Job, stage: ReviewStage, place: tuple[int, int] | None, now: datetime) -> None:
        """Note where the reviewers' card is (channel and message; None: nowhere), and let the job wait without an
        owner: nobody claims it until it is decided on or canceled."""
        ...

    async def review(self, job_id: str, stage: ReviewStage) -> tuple[ReviewRecord, Job] | None: ...

    async def decide(
        self,
        job_id: str,
        stage: ReviewStage,
        decision: Decision,
        now: datetime,
        *,
        by: int | None = None,
        reason: str = "",
        trust: bool = False,
    ) -> bool:
        """Decide on an open review, and let its job go on: to the queue or to its delivery, free for any claim. False
        where it was decided before: the first decision stands.

        `by` is a Discord id. With `trust` the member isn't reviewed again, this job included. The trail hears of all
        but a cancellation, which isn't a reviewer's.
        """
        ...

    async def waiting(self, guild_id: int, most: int) -> OpenReviews:
        """The guild's open reviews, oldest first."""
        ...

    async def due(self, now: datetime, most: int) -> Sequence[ReviewRecord]:
        """Open ones that have lasted for as long as they may."""
        ...

    async def unclosed(self, most: int) -> Sequence[tuple[ReviewRecord, Job]]:
        """Decided ones whose card doesn't say so yet, as far as is known."""
        ...

    async def closed(self, job_id: str, stage: ReviewStage, now: datetime) -> None:
        """The card says what was decided, or can't any more."""
        ...

    async def trusts(self, guild_id: int, member_id: int) -> bool: ...

    async def trust(self, guild_id: int, member_id: int, *, by: int, now: datetime) -> bool:
        """Review the member's requests no longer; False where they were trusted before."""
        ...

    async def distrust(self, guild_id: int, member_id: int, *, by: int, now: datetime) -> bool:
        """Review them as others'; False where they were."""
        ...

    async def trusted(self, guild_id: int) -> Sequence[Trusted]:
        """Oldest first."""
        ...
