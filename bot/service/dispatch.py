"""Which jobs this process works on: claims, wake-ups, and another try for whatever stumbled."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.incident import Incident, IncidentKind
from bot.domain.job import Job
from bot.service.answering import Answering
from bot.service.endings import Endings
from bot.service.fulfilment import Fulfilment
from bot.service.ports import Clock, CommitInDoubt, Fenced, Meter, PredictionNews, Queue, Store, TryLater, Wakeups
from bot.service.presence import Presence
from bot.service.unbroken import Unbroken

_log = structlog.get_logger(__name__)

POLL_SECONDS = 5.0
"""How soon a job is seen whose wake-up was lost; a wake-up makes it at once."""

ANSWERS_FIRST_SECONDS = 1.0
"""How long a claim lets those go first who wait for an answer."""

CLAIM_LIMIT = 50
"""Jobs of one claim: all of them are deciphered in one go, which keeps the event loop for 0.3 ms each."""
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 60.0
LONGEST_STORE_RETRY_SECONDS = 10.0
"""Our own database isn't spared like others' services: all goes on soon after its trouble is over."""

DEADLINE_SECONDS = 5.0
"""How often the deadlines of all that wait for their runs are looked at: they are minutes away."""

MOST_TRIES = 8
"""A step that fails so often, over some three minutes, meets a mistake of ours and not the world's trouble."""


class Dispatch:
    """Gives every claimed job a task of its own, which runs until the job has ended or is another's. One that waits for
    its run is parked in `Endings` meanwhile, without a task, and gets another when there is something to do. Where it
    `claims` none, it is present all the same: what else this process does to the world stands behind the same fence."""

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        presence: Presence,
        wakeups: Wakeups,
        fulfilment: Fulfilment,
        endings: Endings,
        unbroken: Unbroken,
        answering: Answering,
        clock: Clock,
        meter: Meter,
        hear: Callable[[PredictionNews], None],
        report: Callable[[Incident], None],
        claims: bool = True,
    ) -> None:
        self._store = store
        self._queue = queue
        self._presence = presence
        self._wakeups = wakeups
        self._fulfilment = fulfilment
        self._endings = endings
        self._unbroken = unbroken
        self._answering = answering
        self._clock = clock
        self._meter = meter
        self._hear = hear
        self._report = report
        self._claims = claims
        self._wake = asyncio.Event()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._claiming: asyncio.Task[None] | None = None
        self._stopping = False
        self._in_doubt = False  # whether jobs may be this process's that it was never told of
        self._waiting = True  # whether jobs may be waiting for the end of a run
        self._idle = asyncio.Event()
        self._idle.set()

    def wake(self) -> None:
        """There is something to claim, or may be."""
        if self._claims:
            self._idle.clear()
            self._wake.set()

    def run_ended(self) -> None:
        """Nothing is claimed where nobody waits for that: who comes later wakes by themselves."""
        if self._waiting:
            self.wake()

    @property
    def jobs(self) -> int:
        """How many are this process's now."""
        return len(self._tasks) + self._endings.parked_count

    def resume(self, job: Job) -> None:
        """There is something to do for a job that was parked."""
        self._begin(job)

    async def idle(self) -> None:
        """Return once everything that was there to claim has ended."""
        await self._idle.wait()

    async def run(self) -> None:
        """Claim and run jobs until canceled, in one life after another; then no job's task is left."""
        self.wake()
        try:
            while True:
                await self._presence.enter()
                await self._live()
                _log.error("others took this process for dead; it drops their jobs and goes on under a new name")
                await self._drop_jobs()
                await self._unbroken.abandon()
        finally:
            await self._drop_jobs()

    async def stop(self, within: float) -> None:
        """Take no new work, let short steps come to their end for at most `within` seconds, and hand the rest over."""
        self._stopping = True
        if self._claiming is not None:
            await _cancel(self._claiming)
        await self._drop_jobs()
        try:
            async with asyncio.timeout(within):
                await self._unbroken.finish()
        except TimeoutError:
            _log.warning("a step did not finish in time; whoever adopts its job looks into it")
            await self._unbroken.abandon()
        try:
            await self._presence.leave()
        except StoreUnavailable as error:
            _log.warning("jobs could not be handed over; they are found by and by", error=repr(error.__cause__))

    async def _live(self) -> None:
        """Work until this process is taken for dead."""
        self._claiming = asyncio.create_task(self._claim_on(), name="claims")
        listening = asyncio.create_task(
            self._wakeups.listen(self._presence.name, self.wake, self._hear), name="wake-ups"
        )
        keeping = asyncio.create_task(self._presence.keep(), name="heartbeat")
        timing = asyncio.create_task(self._keep_deadlines(), name="deadlines")
        try:
            await asyncio.wait({self._claiming, keeping, listening, timing}, return_when=asyncio.FIRST_COMPLETED)
            if self._stopping:  # then it lives on until it is canceled, for the steps that come to their end
                await keeping
            for each in (listening, timing, self._claiming):
                if each.done() and not each.cancelled():
                    each.result()
        finally:
            await _cancel(self._claiming, keeping, listening, timing)

    async def _keep_deadlines(self) -> None:
        while True:
            await self._endings.some_in_flight()
            await self._clock.sleep(DEADLINE_SECONDS)
            self._endings.resume_overdue(self._clock.now())

    async def _claim_on(self) -> None:
        """Claim whenever there may be something; return where this process isn't among the living."""
        if not self._claims:
            await asyncio.Event().wait()
        while True:
            await self._answering.none(within=ANSWERS_FIRST_SECONDS)
            self._wake.clear()
            wait: float | None = None
            try:
                wait = await self._claim_all()
            except Fenced:
                return
            except StoreUnavailable as error:
                self._in_doubt |= isinstance(error, CommitInDoubt)
                wait = FIRST_RETRY_SECONDS if self._in_doubt else None
                _log.debug("no jobs can be claimed", error=repr(error.__cause__ or error))
            except Exception:  # noqa: BLE001 # a mistake in one claim must not be the last of all
                _log.exception("a claim failed")
            if not self.jobs and wait is None and not self._wake.is_set():
                self._idle.set()
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL_SECONDS):
                    await (self._wake.wait() if wait is None else self._woken_or_due(wait))

    async def _woken_or_due(self, seconds: float) -> None:
        """Return once somebody wakes the claims, or after so long by the clock."""
        ways = [asyncio.create_task(each) for each in (self._wake.wait(), self._clock.sleep(seconds))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _cancel(*ways)

    async def _claim_all(self) -> float | None:
        if self._in_doubt:
            for job in await self._queue.owned(self._presence.name):
                if job.id not in self._tasks and not self._endings.parked(job.id):
                    self._begin(job)
            self._in_doubt = False
        while True:
            self._waiting = True  # for ends that this claim doesn't see yet
            claim = await self._queue.claim(self._presence.name, self._clock.now(), CLAIM_LIMIT)
            for job in claim.jobs:
                self._meter.claimed(job)
                self._begin(job)
            for job_id, request in claim.canceled.items():
                self._endings.cancel(job_id, request)
            self._waiting = claim.waiting
            if len(claim.jobs) < CLAIM_LIMIT:
                return claim.wait

    def _begin(self, job: Job) -> None:
        # A job that went back to the queue may be claimed again before its last task has quite returned.
        task = asyncio.create_task(self._run_job(job, after=self._tasks.get(job.id)), name=f"job {job.id}")
        self._tasks[job.id] = task
        task.add_done_callback(lambda done: self._done(job.id, done))

    def _done(self, job_id: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(job_id) is task:
            del self._tasks[job_id]
        if not self.jobs:
            self.run_ended()
            if not self._wake.is_set():
                self._idle.set()

    async def _drop_jobs(self) -> None:
        self._endings.forget()  # first, so that no news begins one of them again
        await _cancel(*self._tasks.values())

    async def _run_job(self, job: Job, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            await asyncio.wait({after})
        with structlog.contextvars.bound_contextvars(job=job.id):
            try:
                await self._until_ended(job)
            except Fenced:
                _log.warning("job left to its new owner")
            except Exception:  # noqa: BLE001 # the next start tries again, and the operator can read of it
                _log.exception("a job could not even be given up; it rests until the next start")

    async def _until_ended(self, job: Job) -> None:
        """Enter the job again, as saved, after whatever kept it from its end; fail it after `MOST_TRIES`."""
        tries = waits = 0
        while not job.status.ended:
            longest = LONGEST_RETRY_SECONDS
            try:
                await self._fulfilment.fulfil(job)
                return
            except Fenced:
                raise
            except (StoreUnavailable, TryLater) as error:
                # The world's trouble, not a mistake: the job waits for as long as it lasts.
                longest = LONGEST_STORE_RETRY_SECONDS if isinstance(error, StoreUnavailable) else LONGEST_RETRY_SECONDS
                waits += 1
                if waits == 1:  # of a trouble that many jobs share, others tell the rest
                    _log.error("the job waits", error=repr(error.__cause__ or error))
            except Exception:  # noqa: BLE001 # whatever it was, the job is not lost
                tries += 1
                _log.exception("a step failed", tries=tries)
            await self._clock.sleep(min(FIRST_RETRY_SECONDS * 2 ** min(tries + waits, 10), longest))
            with suppress(StoreUnavailable):
                # As it was last known, otherwise; the store's guard refuses a step that was already taken.
                job = await self._store.job(job.id) or job
                if job.owner != self._presence.name:
                    return
                if tries >= MOST_TRIES:
                    await self._fulfilment.fail(job)
                    self._report(_mistake(job))
                    tries = 0
                    job = await self._store.job(job.id) or job


def _mistake(job: Job) -> Incident:
    words = (
        f"Request `{job.id}` was given up while {job.status}: the step failed {MOST_TRIES} times for a reason of "
        "Easel's own. The log has the errors under its id; please report them."
    )
    return Incident(IncidentKind.MISTAKE, words, subject=job.id, quiet=timedelta(days=1), passing=True)


async def _cancel(*tasks: asyncio.Task[Any]) -> None:
    for each in tasks:
        each.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
