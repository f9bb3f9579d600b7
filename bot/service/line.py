"""The line of those who wait for their turn: each one's place in it, and word when that moves."""

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.job import JobStatus
from bot.service.ports import Announcer, Clock, Queue, Store, TryLater, Undeliverable

_log = structlog.get_logger(__name__)

CROWD = 100
"""From so many requests ahead on, a place is no more than that: many."""

ROUND_SECONDS = 12.0
SPACING = timedelta(seconds=10)
"""Between two words about the same place, whichever processes say them."""

MOST_TOLD = 30
"""Members who are told of a move in one round; those behind are told as they come nearer."""

_FRESH_SECONDS = 1.0
_SPARED = 20
"""How much longer than a look at the line takes it is left alone then."""

_NOBODY: Mapping[str, int] = {}


class Line:
    def __init__(self, queue: Queue, store: Store, announcer: Announcer, clock: Clock) -> None:
        self._queue = queue
        self._store = store
        self._announcer = announcer
        self._clock = clock
        self._looking = asyncio.Lock()
        self._stale_at = 0.0  # in the time of the loop
        self._places = _NOBODY

    async def ahead(self, job_id: str) -> int | None:
        """How many requests are ahead of a job, at most `CROWD`; None where it doesn't have to wait. May raise
        `StoreUnavailable`.

        In a crowd the line is looked at once a second at most, and less often where that takes long: then who has just
        come is behind many.
        """
        async with self._looking:
            loop = asyncio.get_running_loop()
            began = loop.time()
            crowded = len(self._places) >= CROWD
            if began >= self._stale_at or not (crowded or job_id in self._places):
                line = await self._queue.line(self._clock.now(), CROWD)
                self._places = {each: place for place, each in enumerate(line)}
                self._stale_at = loop.time() + max(_FRESH_SECONDS, _SPARED * (loop.time() - began))
                crowded = False
        place = self._places.get(job_id)
        if place is None:
            return CROWD if crowded else None
        return min(place, CROWD)

    async def run(self) -> None:
        """Tell those at the front of their new places, round after round, until canceled."""
        while True:
            await self._clock.sleep(ROUND_SECONDS)
            try:
                await self._tell()
            except StoreUnavailable as error:
                _log.debug("places in line can't be told", error=repr(error.__cause__ or error))

    async def _tell(self) -> None:
        now = self._clock.now()
        for moved in await self._queue.moved(now, MOST_TOLD, not_since=now - SPACING):
            # Its turn may have come while others were told.
            job = await self._store.job(moved.id)
            if job is not None and job.status is JobStatus.QUEUED and job.owner is None and job.cancel is None:
                await self._announcer.show_waiting(job, None)
                await self._mend(job.id)

    async def _mend(self, job_id: str) -> None:
        """Say again how a job failed that did while its place was being told: that may have come last. Pictures don't
        come so soon."""
        job = await self._store.job(job_id)
        if job is not None and job.failure is not None:
            try:
                await self._announcer.announce_failure(job, job.failure)
            except (TryLater, Undeliverable) as error:
                _log.warning("a card may tell of a place in line that it has left", job=job_id, error=repr(error))
