"""Who may do what to a job and its result."""

from collections.abc import Callable
from enum import StrEnum

from bot.domain.job import Job
from bot.service.ports import Clock, Store


class Cancellation(StrEnum):
    """What became of the wish to cancel a job."""

    ACCEPTED = "accepted"  # it ends as soon as it can be stopped
    ASKED_BEFORE = "asked_before"
    TOO_LATE = "too_late"  # it is being delivered, or has ended
    NOT_ALLOWED = "not_allowed"
    UNKNOWN = "unknown"


class Moderation:
    """`wake` is called after a cancellation, which whoever runs the job has to hear of."""

    def __init__(self, store: Store, clock: Clock, wake: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._wake = wake

    async def job(self, job_id: str) -> Job | None:
        return await self._store.job(job_id)

    @staticmethod
    def may_delete(job: Job, person_id: int, *, moderator: bool) -> bool:
        """Its member, or a moderator: anyone with Manage Messages in the channel where the result is."""
        return moderator or job.member_id == person_id

    async def cancel(self, job_id: str, person_id: int, *, moderator: bool) -> Cancellation:
        """End a job without its pictures, at any time before its delivery, for its member or a moderator."""
        job = await self._store.job(job_id)
        if job is None:
            return Cancellation.UNKNOWN
        if not (moderator or job.member_id == person_id):
            return Cancellation.NOT_ALLOWED
        if await self._store.cancel(job_id, person_id, self._clock.now()):
            self._wake()
            return Cancellation.ACCEPTED
        return Cancellation.ASKED_BEFORE if job.cancel and not job.status.ended else Cancellation.TOO_LATE
