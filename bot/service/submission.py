"""From a queued job to its prediction: the intent on disk, one create, and look-ups where its answer was lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import structlog

from bot.domain.errors import (
    Canceled,
    EaselError,
    OutOfCredit,
    PictureRefused,
    RequestRefused,
    RunFailed,
    VendorBusy,
)
from bot.domain.fairness import PATIENCE
from bot.domain.job import Job, JobStatus
from bot.domain.prediction import Prediction, Submission
from bot.domain.request import vendor_user_id
from bot.service.endings import Endings, Waiting
from bot.service.ports import (
    Announcer,
    AnswerLost,
    Clock,
    NeverSent,
    Predictions,
    PredictionTaken,
    Queue,
    Store,
    Throttled,
)
from bot.service.recovery import look_for_prediction
from bot.service.staging import Staging
from bot.service.unbroken import Unbroken

_log = structlog.get_logger(__name__)

UNREACHABLE_PATIENCE = timedelta(minutes=5)
"""How long a job keeps its turn while Replicate can't be reached. A throttle is waited out for as long as the queue has
patience: who is throttled is the next."""

RETRY_SECONDS = 2.0

MOST_TOLD = 200
"""Waiting jobs whose cards are edited when an account is closed: the newest, whose members are still there to look."""

_Sent: TypeAlias = tuple[Job, NeverSent | AnswerLost | None]
"""The job as it stands after a create was sent, and what kept it from being answered, if anything did."""


@dataclass(frozen=True, slots=True)
class SubmissionRules:
    """What the settings say of creates."""

    webhook_base: str | None  # Replicate is told {webhook_base}/{job id}; None: it tells nobody
    cancel_after: int  # seconds
    lookup_grace: float  # seconds
    pseudonym_key: bytes


class Submissions:
    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        predictions: Predictions,
        announcer: Announcer,
        staging: Staging,
        endings: Endings,
        clock: Clock,
        unbroken: Unbroken,
        rules: SubmissionRules,
    ) -> None:
        self._store = store
        self._queue = queue
        self._predictions = predictions
        self._announcer = announcer
        self._staging = staging
        self._endings = endings
        self._clock = clock
        self._unbroken = unbroken
        self._rules = rules

    async def submit(self, job: Job, waiting: Waiting) -> Job:
        """Bring a job that is queued or submitting to its prediction; answers it running, delivering, or back in the
        queue without an owner.

        A cancellation that was asked for by then ends a job of which nothing was sent. During a create it waits.
        """
        refused_at: datetime | None = None
        if job.status is JobStatus.SUBMITTING:
            job = await self._find(job, waiting)
        while job.status is JobStatus.QUEUED and job.owner is not None:
            if waiting.cancel is not None:
                failure = Canceled(by_moderator=waiting.cancel.by_moderator)
                return await self._store.advance(job, JobStatus.DELIVERING, failure=failure, cost=0)
            job, refusal = await self._try(job, waiting)
            if refusal is not None and job.status is JobStatus.QUEUED:
                if refused_at is None:
                    refused_at = self._clock.now()
                    _log.warning("Replicate took nothing; the job keeps its turn", error=repr(refusal))
                job = await self._wait(job, waiting, refusal, refused_at)
        return job

    async def _try(self, job: Job, waiting: Waiting) -> tuple[Job, NeverSent | AnswerLost | None]:
        """Try once to create the prediction. Where that didn't happen: the job, queued, and why."""
        try:
            submission = await self._submission(job)
        except (PictureRefused, RunFailed) as failure:
            return await self._store.advance(job, JobStatus.DELIVERING, failure=failure, cost=0), None
        except (NeverSent, AnswerLost) as error:  # of an upload, which may be repeated
            return job, error
        job = await self._store.advance(
            job, JobStatus.SUBMITTING, submission=submission, submitted_at=self._clock.now()
        )
        job, error = await self._unbroken.take(self._create(job, submission, waiting))
        if isinstance(error, AnswerLost):
            _log.warning("the answer to a create was lost", error=repr(error))
            return await self._find(job, waiting), error
        return job, error

    async def _submission(self, job: Job) -> Submission:
        base = self._rules.webhook_base
        return Submission(
            model=job.request.model,
            input=job.request.as_input(
                user_id=vendor_user_id(self._rules.pseudonym_key, job.member_id, job.account),
                image_urls=await self._staging.image_urls(job),
            ),
            webhook=f"{base}/{job.id}" if base else None,
            cancel_after=self._rules.cancel_after,
        )

    async def _create(self, job: Job, submission: Submission, waiting: Waiting) -> _Sent:
        """Send the create, and save what came of it."""
        try:
            prediction = await self._predictions.create(job.account, submission)
        except Throttled as error:
            await self._queue.slow_down(job.account, self._clock.now(), error)
            return await self._unsent(job), error
        except NeverSent as error:
            return await self._unsent(job), error
        except AnswerLost as error:
            return job, error
        except OutOfCredit as refusal:
            return await self._pause(job, refusal), None
        except (RunFailed, RequestRefused) as failure:
            return await self._store.advance(job, JobStatus.DELIVERING, failure=failure, cost=0), None
        return await self._started(job, prediction, waiting), None

    async def _pause(self, job: Job, refusal: OutOfCredit) -> Job:
        """No credit: all creates of the account wait, this one among them."""
        first = await self._queue.close(job.account, self._clock.now(), refusal)
        job = await self._unsent(job, owner=None)
        if first:
            _log.error(
                "Replicate has no credit left: jobs wait until it is topped up, and then go on by themselves",
                account=job.account,
            )
        for each in await self._queue.waiting(job.account, MOST_TOLD):
            # A card that isn't there yet will say so by itself; who came later than the first was told then.
            if each.message_id is not None and (first or each.id == job.id):
                await self._announcer.show_waiting(each, refusal)
        return job

    async def _find(self, job: Job, waiting: Waiting) -> Job:
        """Learn what became of a create whose answer never came."""
        while True:
            found = await look_for_prediction(
                job,
                waiting,
                store=self._store,
                predictions=self._predictions,
                clock=self._clock,
                grace=self._rules.lookup_grace,
            )
            if isinstance(found, EaselError):
                return await self._store.advance(job, JobStatus.DELIVERING, failure=found, cost=job.hold, doubtful=True)
            if found is None:
                _log.warning("the create never arrived; it is sent again")
                return await self._unsent(job, doubtful=True)
            try:
                started = await self._started(job, found, waiting)
            except PredictionTaken:  # by a job like this one, that looked at the same time
                continue
            _log.info("the create had arrived", prediction=found.id)
            return started

    async def _started(self, job: Job, prediction: Prediction, waiting: Waiting) -> Job:
        job = await self._store.advance(job, JobStatus.RUNNING, prediction_id=prediction.id)
        self._endings.started(waiting, prediction.id, job.submitted_at or job.created_at)
        return job

    async def _unsent(self, job: Job, **changes: object) -> Job:
        return await self._store.advance(job, JobStatus.QUEUED, submission=None, submitted_at=None, **changes)

    async def _wait(self, job: Job, waiting: Waiting, refusal: NeverSent | AnswerLost, since: datetime) -> Job:
        """Wait before the next try, or give it up."""
        throttled = isinstance(refusal, Throttled)
        if self._clock.now() - since > (PATIENCE if throttled else UNREACHABLE_PATIENCE):
            return await self._store.advance(job, JobStatus.DELIVERING, failure=VendorBusy(), cost=0)
        await waiting.news_within(refusal.retry_after if throttled else RETRY_SECONDS, self._clock)
        return job
