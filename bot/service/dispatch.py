"""Which job runs next in this process: claims, leases, and another try for whatever stumbled."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.job import Job
from bot.service.ports import Clock, Fenced, Store, TryLater

_log = structlog.get_logger(__name__)

LEASE_SECONDS = 30.0
POLL_SECONDS = 5.0
"""How soon a job is seen whose wake-up was lost; a wake-up makes it at once."""

CLAIM_LIMIT = 100
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 60.0
MOST_TRIES = 8
"""A step that fails so often, over some three minutes, meets a mistake of ours and not the world's trouble."""


class Dispatch:
    """Gives every claimed job a task of its own, which runs `fulfil` until the job has ended, and `give_up` where it
    can't."""

    def __init__(
        self,
        store: Store,
        fulfil: Callable[[Job], Awaitable[None]],
        give_up: Callable[[Job], Awaitable[None]],
        clock: Clock,
        *,
        owner: str,
    ) -> None:
        self._store = store
        self._fulfil = fulfil
        self._give_up = give_up
        self._clock = clock
        self._owner = owner
        self._wake = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._idle = asyncio.Event()
        self._idle.set()

    def wake(self) -> None:
        """There is a job to claim."""
        self._idle.clear()
        self._wake.set()

    async def idle(self) -> None:
        """Return once everything that was there to claim has ended."""
        await self._idle.wait()

    async def run(self) -> None:
        """Claim and run jobs until canceled; then no job's task is left."""
        self._idle.clear()
        renewing = asyncio.create_task(self._renew_leases(), name="leases")
        try:
            while True:
                self._wake.clear()
                await self._claim_all()
                if not self._tasks and not self._wake.is_set():
                    self._idle.set()
                try:
                    async with asyncio.timeout(POLL_SECONDS):
                        await self._wake.wait()
                except TimeoutError:
                    pass
        finally:
            tasks = [renewing, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _claim_all(self) -> None:
        try:
            while jobs := await self._store.claim(self._owner, self._clock.now(), LEASE_SECONDS, CLAIM_LIMIT):
                for job in jobs:
                    if job.id not in self._tasks:
                        task = asyncio.create_task(self._run_job(job), name=f"job {job.id}")
                        self._tasks[job.id] = task
                        task.add_done_callback(lambda _, job_id=job.id: self._done(job_id))
        except StoreUnavailable as error:
            _log.error("no jobs can be claimed", error=repr(error.__cause__ or error))

    def _done(self, job_id: str) -> None:
        del self._tasks[job_id]
        if not self._tasks:
            self._wake.set()

    async def _run_job(self, claimed: Job) -> None:
        with structlog.contextvars.bound_contextvars(job=claimed.id):
            try:
                await self._until_ended(claimed)
            except Fenced:
                _log.warning("job left to its new owner")
            except Exception:  # noqa: BLE001 # the next start tries again, and the operator can read of it
                _log.exception("a job could not even be given up; it rests until the next start")

    async def _until_ended(self, job: Job) -> None:
        """Enter the job again, as saved, after whatever kept it from its end; give it up after `MOST_TRIES`."""
        tries = waits = 0
        while not job.status.ended:
            try:
                await self._fulfil(job)
                return
            except Fenced:
                raise
            except (StoreUnavailable, TryLater) as error:
                # The world's trouble, not a mistake: the job waits for as long as it lasts.
                waits += 1
                _log.error("the job waits", error=repr(error.__cause__ or error))
            except Exception:  # noqa: BLE001 # whatever it was, the job is not lost
                tries += 1
                _log.exception("a step failed", tries=tries)
            await self._clock.sleep(min(FIRST_RETRY_SECONDS * 2 ** min(tries + waits, 10), LONGEST_RETRY_SECONDS))
            job = await self._reload(job) or job
            if tries >= MOST_TRIES:
                await self._give_up(job)
                return

    async def _reload(self, job: Job) -> Job | None:
        try:
            return await self._store.job(job.id)
        except StoreUnavailable:
            return job  # as it was last known; the store's guard refuses a step that was already taken

    async def _renew_leases(self) -> None:
        while True:
            await self._clock.sleep(LEASE_SECONDS / 3)
            try:
                await self._store.renew(self._owner, self._clock.now(), LEASE_SECONDS)
            except StoreUnavailable as error:
                _log.error("leases can't be renewed", error=repr(error.__cause__ or error))
