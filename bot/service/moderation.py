"""Who may do what to a result, and the reports about it."""

from bot.domain.job import Job
from bot.service.ports import Clock, Store


class Moderation:
    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def job(self, job_id: str) -> Job | None:
        return await self._store.job(job_id)

    @staticmethod
    def may_delete(job: Job, person_id: int, *, moderator: bool) -> bool:
        """Its member, or a moderator: anyone with Manage Messages in the channel where the result is."""
        return moderator or job.member_id == person_id

    async def report(self, job_id: str, reporter_id: int) -> bool:
        """Record a report; False where this person had reported it before."""
        return await self._store.report(job_id, reporter_id, self._clock.now())
