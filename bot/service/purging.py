"""Taking away all of a member's results from a guild, one after the other.

What is to be removed is on disk first; a round goes on with what a process left undone.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.job import Job
from bot.service.ports import Announcer, Blobs, Clock, Purge, Purged, Purges, TryLater, Undeliverable
from bot.service.results import output_key

_log = structlog.get_logger(__name__)

ROUND_SECONDS = 60.0


async def _untold(_: Purge) -> None:
    pass


class Purging:
    """`wake` is called after requests were canceled, which whoever runs them has to hear of."""

    def __init__(
        self, *, purges: Purges, announcer: Announcer, blobs: Blobs, clock: Clock, wake: Callable[[], None]
    ) -> None:
        self._purges = purges
        self._announcer = announcer
        self._blobs = blobs
        self._clock = clock
        self._wake = wake
        self._at_work = asyncio.Lock()

    async def run(self) -> None:
        """Go on with what is left, now and every minute, until canceled."""
        while True:
            try:
                for purge in await self._purges.unfinished():
                    await self.carry_out(purge)
            except StoreUnavailable as error:
                _log.warning("purges can't be looked after", error=repr(error))
            await self._clock.sleep(ROUND_SECONDS)

    async def count(self, guild_id: int, member_id: int, since: datetime | None) -> int:
        """How many results would be removed, with the requests under way."""
        return await self._purges.count(guild_id, member_id, since)

    async def begin(
        self, guild_id: int, member_id: int, *, by: int, since: datetime | None = None, reason: str = ""
    ) -> Purge:
        """From here on it will be done; `carry_out` does it now."""
        purge = await self._purges.begin(Purge(guild_id, member_id, by, self._clock.now(), since, reason))
        _log.info("purge begun", guild=guild_id, member=member_id, by=by, results=purge.results)
        self._wake()
        return purge

    async def carry_out(self, purge: Purge, tell: Callable[[Purge], Awaitable[None]] = _untold) -> Purge:
        """Remove what is left, as far as Discord takes it now; `tell` hears how far it is. Answers what came of it,
        where requests under way may be left to the round."""
        if purge.id is None:
            return purge
        async with self._at_work:  # one after the other: Discord slows down who deletes many at once
            tried: set[str] = set()
            while left := [each for each in await self._purges.jobs(purge.id) if each.id not in tried]:
                for job in left:
                    tried.add(job.id)
                    if (outcome := await self._remove(job)) is not None:
                        await self._purges.purged(job.id, outcome)
                    if len(tried) % 10 == 0:
                        await tell(await self._purges.purge(purge.id))
            done = await self._purges.purge(purge.id)
            if not done.left and done.done_at is None:
                await self._purges.finish(purge.id, self._clock.now())
            return done

    async def _remove(self, job: Job) -> Purged | None:
        """None: it is to be tried again."""
        made = len(job.prediction.output) if job.prediction else 0
        for key in (*(output_key(job, index) for index in range(made)), *(image.key for image in job.inputs)):
            await self._blobs.delete(key)
        if not job.pictures:
            return Purged.CANCELED
        try:
            await self._announcer.delete(job)
        except TryLater as error:
            _log.warning("a result can't be removed yet", job=job.id, error=repr(error.__cause__ or error))
            return None
        except Undeliverable as error:
            _log.info("a result can't be removed", job=job.id, error=repr(error.__cause__ or error))
            return Purged.PRIVATE if job.answer.private else Purged.FAILED
        return Purged.REMOVED
