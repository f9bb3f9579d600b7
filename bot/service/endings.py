"""Where the news of a prediction meets the job that waits for it, whoever brings it: webhook, sweep or look-up."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from bot.domain.job import CancelRequest, Job
from bot.domain.prediction import Prediction
from bot.service.ports import Clock


@dataclass(slots=True)
class Waiting:
    """A job that is being run. It is registered before its create is sent, since news can overtake the answer.

    Thousands are kept at a time, for as long as their runs last.
    """

    job_id: str
    account: str
    since: datetime
    expected_seconds: float
    prediction_id: str | None
    news: Prediction | None = None  # the latest; once it tells of an end, the last
    cancel: CancelRequest | None = None
    stopped: bool = False  # Replicate was asked to cancel the run
    deadline: datetime | None = None  # of the run, once it is waited for
    _told: bool = False  # of what no call of `news_within` has answered for yet
    _waiter: asyncio.Future[None] | None = None  # an Event, and a task that waits for it, take 2 kB

    @property
    def ended(self) -> Prediction | None:
        return self.news if self.news is not None and self.news.status.ended else None

    async def news_within(self, seconds: float, clock: Clock) -> bool:
        """Wait until something is told that no call has answered for yet; False where the time ran out first."""
        if not self._told:
            self._waiter = asyncio.get_running_loop().create_future()
            time_out = asyncio.create_task(clock.sleep(seconds))
            try:
                await asyncio.wait((self._waiter, time_out), return_when=asyncio.FIRST_COMPLETED)
            finally:
                self._waiter = None
                time_out.cancel()
                await asyncio.gather(time_out, return_exceptions=True)
        told, self._told = self._told, False
        return told

    def tell(self) -> None:
        """There is news, or a cancel, for `news_within` to answer for."""
        self._told = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class Endings:
    """The jobs that are being run in this process. Telling the same news twice is harmless.

    A job that has nothing to do until its run ends is parked: it is kept here without a task, whose frames and timers
    take several times as much memory as the job. `resume` is given it once, when there is something to do again.
    """

    def __init__(self, resume: Callable[[Job], None]) -> None:
        self._resume = resume
        self._by_job: dict[str, Waiting] = {}
        self._by_prediction: dict[str, Waiting] = {}
        self._parked: dict[str, Job] = {}
        self._changed = asyncio.Event()

    @contextmanager
    def expect(self, job: Job, expected_seconds: float) -> Generator[Waiting]:
        """Register the job for news until the block is left; or beyond, where it is parked there. One that was parked
        is found as it was."""
        waiting = self._by_job.get(job.id)
        if waiting is None:
            since = job.submitted_at or job.created_at
            waiting = Waiting(job.id, job.account, since, expected_seconds, None, cancel=job.cancel)
            self._by_job[job.id] = waiting
            if job.prediction_id:
                self.started(waiting, job.prediction_id, since)
        try:
            yield waiting
        finally:
            if not self.parked(job.id):
                self._by_job.pop(job.id, None)
                if waiting.prediction_id:
                    self._by_prediction.pop(waiting.prediction_id, None)

    def started(self, waiting: Waiting, prediction_id: str, at: datetime) -> None:
        """The job's prediction is known. News of another one, a create that was sent twice, is dropped."""
        waiting.prediction_id = prediction_id
        waiting.since = at
        if waiting.news is not None and (waiting.news.id != prediction_id or not waiting.ended):
            waiting.news = None
        self._by_prediction[prediction_id] = waiting
        self._changed.set()

    def tell(self, prediction: Prediction, job_id: str | None = None) -> bool:
        """Pass news on; False where no job here waits for it. A webhook's address names the job, a list does not."""
        waiting = self._by_prediction.get(prediction.id) or self._by_job.get(job_id or "")
        if waiting is None or waiting.prediction_id not in (None, prediction.id):
            return False
        # Deliveries can arrive out of order. Of a run that is known, nothing but its end is news.
        if not waiting.ended and (prediction.status.ended or waiting.prediction_id is None):
            waiting.news = replace(prediction, input={})  # what was asked is on the job
            self._stir(waiting)
        return True

    def cancel(self, job_id: str, request: CancelRequest) -> None:
        """Pass on that a job is to end. One that isn't run here, or not yet, sees it by itself."""
        waiting = self._by_job.get(job_id)
        if waiting is not None and waiting.cancel is None:
            waiting.cancel = request
            self._stir(waiting)

    def account_of(self, job_id: str) -> str | None:
        """The account of a job that waits here; None for any other."""
        waiting = self._by_job.get(job_id)
        return waiting.account if waiting else None

    def in_flight(self) -> list[Waiting]:
        """The jobs whose prediction is known and whose end is not."""
        return [each for each in self._by_prediction.values() if not each.ended]

    async def some_in_flight(self) -> None:
        """Return once there is a job in flight."""
        while not self.in_flight():
            self._changed.clear()
            await self._changed.wait()

    # ------------------------------------------------------------------------------------------------ parked

    def park(self, job: Job) -> None:
        """Keep a job that waits for the end of its run, which hasn't been told. Its block is to be left at once."""
        self._parked[job.id] = job

    def parked(self, job_id: str) -> bool:
        return job_id in self._parked

    @property
    def parked_count(self) -> int:
        return len(self._parked)

    def resume_overdue(self, now: datetime) -> None:
        """Resume the parked jobs whose deadline has passed."""
        for waiting in [self._by_job[job_id] for job_id in self._parked]:
            if waiting.deadline is not None and waiting.deadline <= now:
                self._stir(waiting)

    def forget(self) -> None:
        """All jobs are another's now, or nobody's."""
        self._parked.clear()
        self._by_job.clear()
        self._by_prediction.clear()

    def _stir(self, waiting: Waiting) -> None:
        job = self._parked.pop(waiting.job_id, None)
        if job is not None:
            self._resume(job)
        else:
            waiting.tell()
