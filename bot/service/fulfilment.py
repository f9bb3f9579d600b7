"""The life of a job, told once from top to bottom: stage, submit, await the end, deliver, settle.

It is entered again after a crash or a stumble with the job as it was saved, and asks the world what became of the last
step before it repeats one. Each step is saved by `Store.advance`, which lets only the job's owner take it.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import structlog

from bot.domain.account import OPERATOR, Billing
from bot.domain.cost import cost_of, counted
from bot.domain.errors import (
    BadToken,
    Canceled,
    EaselError,
    InternalFailure,
    NothingReturned,
    OutOfCredit,
    PicturesGone,
    RequestRefused,
    TimedOut,
    VendorBusy,
)
from bot.domain.fairness import PATIENCE
from bot.domain.incident import Incident, IncidentKind
from bot.domain.job import CancelRequest, Job, JobStatus
from bot.domain.moderation import ReviewStage
from bot.domain.prediction import Prediction, PredictionStatus
from bot.service.endings import Endings, Waiting
from bot.service.estimates import Estimates
from bot.service.look_ups import LookUps
from bot.service.ports import (
    Announcer,
    AnswerLost,
    Clock,
    Meter,
    NeverSent,
    PredictionNotFound,
    Predictions,
    Queue,
    Store,
)
from bot.service.results import Results
from bot.service.reviewing import Reviewing
from bot.service.screening import ContentCheck
from bot.service.staging import Staging
from bot.service.submission import Submissions
from bot.service.unbroken import Unbroken

_log = structlog.get_logger(__name__)

LATE_SECONDS = 60.0
"""How much longer than `cancel_after` a run without an end is waited for, before it is canceled from here; and how long
a run that was canceled from here has to say so."""

NOTICED_WAIT = timedelta(seconds=5)
"""A wait in the queue after which the card's countdown is set anew."""

RETRY_SECONDS = 2.0


class Fulfilment:
    """`cancel_after` is in seconds. `wake` is called when a job has joined the queue, `run_ended` when a run is
    over, so that others may have their turn. `report` is given what needs the operator."""

    def __init__(
        self,
        *,
        store: Store,
        queue: Queue,
        predictions: Predictions,
        look_ups: LookUps,
        announcer: Announcer,
        staging: Staging,
        content: ContentCheck,
        submissions: Submissions,
        results: Results,
        reviewing: Reviewing,
        endings: Endings,
        estimates: Estimates,
        clock: Clock,
        meter: Meter,
        unbroken: Unbroken,
        cancel_after: int,
        wake: Callable[[], None],
        run_ended: Callable[[], None],
        report: Callable[[Incident], None],
    ) -> None:
        self._store = store
        self._queue = queue
        self._predictions = predictions
        self._look_ups = look_ups
        self._announcer = announcer
        self._staging = staging
        self._content = content
        self._submissions = submissions
        self._results = results
        self._reviewing = reviewing
        self._endings = endings
        self._estimates = estimates
        self._clock = clock
        self._meter = meter
        self._unbroken = unbroken
        self._cancel_after = cancel_after
        self._wake = wake
        self._run_ended = run_ended
        self._report = report

    async def fulfil(self, job: Job) -> None:
        """Bring the job to its end, from whatever status it is in; or to the queue or the reviewers, from where it is
        claimed again when its turn has come, or they have decided."""
        if job.status in (JobStatus.REQUEST_REVIEW, JobStatus.RESULT_REVIEW):
            await self._unbroken.take(self._reviewing.resume(job))
            return
        if job.status in (JobStatus.STAGING, JobStatus.QUEUED):
            job = await self._end_unstarted(job)
        if job.status is JobStatus.STAGING:
            job = await self._stage(job)
        if job.status in (JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RUNNING) and job.owner is not None:
            job = await self._run(job)
        if job.status is JobStatus.DELIVERING and job.owner is not None:
            job = await self._heed_cancel(job)
            if self._reviewing.holds_result(job) and await self._results.keep(job):
                await self._unbroken.take(self._reviewing.hold(job, ReviewStage.RESULT))
            else:
                await self._unbroken.take(self._results.deliver(job))

    async def fail(self, job: Job) -> None:
        """Give up on a job that no repetition got past; it is announced and settled like any other end. What may have
        run is paid for."""
        if job.status is not JobStatus.DELIVERING:
            cost = job.hold if job.status in (JobStatus.SUBMITTING, JobStatus.RUNNING) else job.cost or 0
            await self._store.advance(job, JobStatus.DELIVERING, failure=InternalFailure(), cost=cost)
        elif job.failure is None:  # the pictures are what it stumbles over
            await self._store.advance(job, JobStatus.DELIVERING, failure=InternalFailure())
        else:
            await self._results.settle(job, pictures=0)

    async def _end_unstarted(self, job: Job) -> Job:
        """End a job that nothing was sent of, where it is canceled or has waited for too long."""
        failure: EaselError | None = None
        if job.cancel is not None:
            failure = _canceled(job.cancel)
        elif job.status is JobStatus.QUEUED and self._clock.now() - job.queued_since > PATIENCE:
            failure = await self._queue.closed(job.account) or VendorBusy()
        if failure is None:
            return job
        return await self._store.advance(job, JobStatus.DELIVERING, failure=failure, cost=0)

    # ------------------------------------------------------------------------------------------------ stage

    async def _stage(self, job: Job) -> Job:
        try:
            inputs = await self._staging.stage(job)
            await self._content.check(replace(job, inputs=inputs))
        except RequestRefused as refusal:
            return await self._store.advance(job, JobStatus.DELIVERING, failure=refusal, cost=0)
        self._meter.staged(job, self._clock.now())
        if self._reviewing.holds_request(job):
            await self._unbroken.take(self._reviewing.hold(job, ReviewStage.REQUEST, inputs=inputs))
            return replace(job, owner=None)
        job = await self._store.advance(job, JobStatus.QUEUED, inputs=inputs, owner=None)
        self._wake()
        return job

    # -------------------------------------------------------------------------------- submit, await the end

    async def _run(self, job: Job) -> Job:
        resumed = job.status is not JobStatus.QUEUED
        waited = job.claimed_at is not None and job.claimed_at - job.created_at > NOTICED_WAIT
        waited = waited or job.approved_at is not None  # its card says that it waits for a moderator
        expected = await self._estimates.run_seconds(job.request)
        try:
            with self._endings.expect(job, expected) as waiting:
                job = await self._submissions.submit(job, waiting)
                if job.owner is None:
                    self._wake()
                if job.status is JobStatus.RUNNING:
                    waited = waited or job.told_ahead is not None
                    if waited and not resumed and job.submitted_at:
                        until = job.submitted_at + timedelta(seconds=expected)
                        await self._announcer.show_progress(job, until, await self._estimates.cost(job))
                    job = await self._await_end(job, waiting, ask_first=resumed)
                return job
        finally:
            if not self._endings.parked(job.id):
                self._run_ended()

    async def _await_end(self, job: Job, waiting: Waiting, *, ask_first: bool) -> Job:
        """Act on what there is to act on. A job that is answered as still running is parked."""
        if waiting.deadline is None:
            if ask_first and (prediction := await self._look_up(job)):
                self._endings.tell(prediction)
            cancel_after = job.submission.cancel_after if job.submission else self._cancel_after
            waiting.deadline = (job.submitted_at or job.created_at) + timedelta(seconds=cancel_after + LATE_SECONDS)
        while (ended := waiting.ended) is None:
            if self._clock.now() >= waiting.deadline:
                return await self._end_overdue(job)
            if waiting.cancel is None or waiting.stopped:
                self._endings.park(job)
                return job
            waiting.stopped = await self._stop_run(job)
            waiting.deadline = min(waiting.deadline, self._clock.now() + timedelta(seconds=LATE_SECONDS))
        return await self._record_end(job, ended)

    async def _stop_run(self, job: Job) -> bool:
        """Ask Replicate to cancel the run; False where it could not be asked."""
        assert job.prediction_id  # noqa: S101 # only running jobs come here
        try:
            self._endings.tell(await self._predictions.cancel(job.account, job.prediction_id))
        except PredictionNotFound:
            _log.warning("a prediction to cancel is unknown to Replicate", prediction=job.prediction_id)
        except (NeverSent, AnswerLost, EaselError) as error:
            _log.warning("a run could not be canceled yet", error=repr(error))
            await self._clock.sleep(RETRY_SECONDS)
            return False
        return True

    async def _end_overdue(self, job: Job) -> Job:
        """Our own deadline has passed: ask once more, then stop the run and say so."""
        assert job.prediction_id  # noqa: S101 # only running jobs come here
        until = self._clock.now() + timedelta(seconds=LATE_SECONDS)
        prediction: Prediction | None = None
        cost = job.hold  # Replicate bills canceled runs; how much of this one can't be known yet
        stopped = False
        while not stopped and self._clock.now() < until:
            prediction = await self._look_up(job)
            if prediction is not None and prediction.status.ended:
                return await self._record_end(job, prediction)
            try:
                prediction = await self._predictions.cancel(job.account, job.prediction_id)
                stopped = True
            except PredictionNotFound:
                _log.warning("an overdue prediction is unknown to Replicate", prediction=job.prediction_id)
                cost, stopped = 0, True
            except (NeverSent, AnswerLost, EaselError) as error:
                _log.error("an overdue run could not be canceled", prediction=job.prediction_id, error=repr(error))
                await self._clock.sleep(RETRY_SECONDS)
        if prediction is not None and prediction.status in (PredictionStatus.SUCCEEDED, PredictionStatus.FAILED):
            return await self._record_end(job, prediction)  # it came to its end meanwhile
        failure = TimedOut(self._cancel_after)
        return await self._store.advance(job, JobStatus.DELIVERING, prediction=prediction, failure=failure, cost=cost)

    async def _heed_cancel(self, job: Job) -> Job:
        """A job that was canceled shows no pictures, even where it was too late to save the money: whoever asked was
        told that it would end. Once a job is being delivered nobody can ask any more."""
        if job.cancel is None or job.failure == _canceled(job.cancel):
            return job
        return await self._store.advance(job, JobStatus.DELIVERING, failure=_canceled(job.cancel))

    async def _look_up(self, job: Job) -> Prediction | None:
        if job.prediction_id is None:
            return None
        try:
            return await self._look_ups.get(job.account, job.prediction_id, job.submitted_at or job.created_at)
        except (PredictionNotFound, NeverSent, AnswerLost, EaselError) as error:
            _log.warning("a look-up failed", error=repr(error))
            return None

    async def _record_end(self, job: Job, prediction: Prediction) -> Job:
        now = self._clock.now()
        ran_until = min(prediction.completed_at or now, now)
        failure = prediction.failure
        if job.account != OPERATOR and isinstance(failure, BadToken | OutOfCredit):
            failure = replace(failure, of_guild=True)  # it is the guild's key that a run is billed to
        elif job.billing is Billing.TOKEN and isinstance(failure, BadToken | OutOfCredit):
            self._report(_REFUSED if isinstance(failure, BadToken) else _OVERDRAWN)
        if prediction.status is PredictionStatus.SUCCEEDED and not prediction.output:
            failure = PicturesGone() if prediction.data_removed else NothingReturned()
        cost = cost_of(job, prediction)
        if cost and job.billing is Billing.TOKEN and not counted(job, prediction):
            _log.warning("the logs of a run don't tell its tokens: its hold is captured", prediction=prediction.id)
        if cost > job.hold:
            _log.warning("a run has cost more than was held", hold=job.hold, cost=cost, prediction=prediction.id)
        return await self._store.advance(
            job,
            JobStatus.DELIVERING,
            # What was asked is on the job already; the vendor's echo of it would only be kept twice.
            prediction=replace(prediction, input={}),
            failure=failure,
            cost=cost,
            run_seconds=max((ran_until - (job.submitted_at or job.created_at)).total_seconds(), 0.0),
        )


_REFUSED, _OVERDRAWN = (
    Incident(
        IncidentKind.OPENAI_KEY,
        f"Runs fail, since {why}. See to it at {url}, or take OPENAI_API_KEY away and restart, for Replicate to bill "
        "them instead.",
        subject=subject,
        quiet=timedelta(hours=1),
        passing=True,
    )
    for subject, why, url in (
        ("refused", "OpenAI refuses the key in OPENAI_API_KEY", "https://platform.openai.com/api-keys"),
        (
            "overdrawn",
            "OpenAI's account behind OPENAI_API_KEY has no credit left",
            "https://platform.openai.com/settings",
        ),
    )
)


def _canceled(request: CancelRequest) -> Canceled:
    return Canceled(by_moderator=request.by_moderator)
