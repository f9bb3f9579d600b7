"""Runs at Replicate that no job owns: twins of creates that were thought lost, and runs of unknown fate.

They are looked for while Replicate still tells what they were made of, canceled where that saves money, and reported
once.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog

from bot.domain.errors import RequestRefused, RunFailed, StoreUnavailable
from bot.domain.job import Job, JobStatus
from bot.domain.prediction import Prediction
from bot.service.ports import AnswerLost, Clock, NeverSent, PredictionNotFound, Predictions, Store, Stray
from bot.service.recovery import names_job, same_input
from bot.service.sweep import CLOCK_SKEW

_log = structlog.get_logger(__name__)

ROUND_SECONDS = 60.0
LOOKED_FOR = timedelta(hours=2)
"""How long after a job was made its stray runs are looked for. Replicate removes inputs and outputs an hour after the
end of a run."""

LEAST_AGE = timedelta(seconds=60)


class StraySearch:
    """`lookup_grace` (seconds) is how long a job looks for its own run; no younger run counts as no job's."""

    def __init__(self, store: Store, predictions: Predictions, clock: Clock, *, lookup_grace: float) -> None:
        self._store = store
        self._predictions = predictions
        self._clock = clock
        self._settled = LEAST_AGE + 2 * timedelta(seconds=lookup_grace)

    async def run(self) -> None:
        """Look every minute, until canceled. Where no job is doubtful, nothing is asked."""
        while True:
            await self._clock.sleep(ROUND_SECONDS)
            try:
                await self.look()
            except StoreUnavailable as error:
                _log.warning("the search for stray runs failed", error=repr(error))

    async def look(self) -> None:
        """Look once; an account that can't be looked at keeps no other back. Raises `StoreUnavailable` of
        `bot.domain.errors`."""
        now = self._clock.now()
        by_account: defaultdict[str, list[Job]] = defaultdict(list)
        for job in await self._store.doubtful(now - LOOKED_FOR):
            by_account[job.account].append(job)
        for account, jobs in by_account.items():
            if not any(job.doubtful for job in jobs):
                continue
            try:
                await self._look_through(account, jobs, now)
            except (NeverSent, AnswerLost, RunFailed, RequestRefused) as error:
                _log.warning("an account could not be searched for stray runs", account=account, error=repr(error))

    async def _look_through(self, account: str, jobs: Sequence[Job], now: datetime) -> None:
        oldest = min(job.created_at for job in jobs)
        for prediction in await self._predictions.recent(account, oldest - CLOCK_SKEW):
            if prediction.created_at is not None and now - prediction.created_at < self._settled:
                continue
            job = _made_for(prediction, jobs)
            if job is not None and await self._store.job_of_prediction(prediction.id) is None:
                await self._report(job, prediction)

    async def _report(self, job: Job, prediction: Prediction) -> None:
        """Stop a run that no job owns, and say so once: whoever records it first."""
        if not prediction.status.ended:
            try:
                prediction = await self._predictions.cancel(job.account, prediction.id)
            except PredictionNotFound:
                return
        stray = Stray(prediction.id, job.account, job.id, self._clock.now())
        if await self._store.stray(stray):
            _log.error(
                "Replicate ran something that no job owns, and may bill it",
                prediction=prediction.id,
                job=job.id,
                status=prediction.status.value,
            )


def _made_for(prediction: Prediction, jobs: Sequence[Job]) -> Job | None:
    """The doubtful job that a run was probably made for, where it can't be that job's own, nor the one that another
    like it has just been sent for."""
    alike = [job for job in jobs if prediction.id != job.prediction_id and _is_like(prediction, job)]
    if any(job.status is JobStatus.SUBMITTING for job in alike):
        return None
    return next((job for job in alike if job.doubtful), None)


def _is_like(prediction: Prediction, job: Job) -> bool:
    if prediction.webhook is not None:
        return names_job(prediction, job)
    return job.submission is not None and same_input(prediction, job.submission)
