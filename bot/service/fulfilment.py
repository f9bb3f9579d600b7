"""The life of a job, told once from top to bottom: stage, submit, await the end, deliver, settle.

It is entered again after a crash or a stumble with the job as it was saved, and asks the world what became of the last
step before it repeats one. Each step is saved by `Store.advance`, which lets only the job's owner take it.
"""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, TypeAlias

import structlog

from bot.domain.catalog import CATALOG, MicroDollars
from bot.domain.errors import (
    Canceled,
    DamagedPicture,
    EaselError,
    InternalFailure,
    NothingReturned,
    PictureRefused,
    PicturesGone,
    RequestRefused,
    RunFailed,
    TimedOut,
    VendorBusy,
    VendorFailure,
)
from bot.domain.job import Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.domain.request import vendor_user_id
from bot.service.endings import Endings, Waiting
from bot.service.estimates import Estimates
from bot.service.ports import (
    Announcer,
    AnswerLost,
    Blobs,
    Clock,
    NeverSent,
    OutputPicture,
    PredictionNotFound,
    Predictions,
    Refitter,
    Store,
    Throttled,
    Undeliverable,
)
from bot.service.recovery import look_for_prediction
from bot.service.staging import Staging

_log = structlog.get_logger(__name__)

LATE_SECONDS = 60.0
"""How much longer than `cancel_after` a run without an end is waited for, before it is canceled from here."""

PATIENCE = timedelta(minutes=5)
"""How long a job is kept waiting while Replicate can't be reached or takes nothing."""

FETCH_TRIES = 4
RETRY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class FulfilmentRules:
    """What the settings say of a job's life."""

    webhook_base: str | None  # Replicate is told {webhook_base}/{job id}; None: it tells nobody
    cancel_after: int  # seconds
    lookup_grace: float  # seconds
    pseudonym_key: bytes
    in_flight: int  # predictions at once
    kept_outputs: timedelta  # how long pictures that could not be delivered are kept


_Sent: TypeAlias = tuple[Job, NeverSent | AnswerLost | None]
"""The job as it stands after a create was sent, and what kept it from being answered, if anything did."""


class Fulfilment:
    """`fulfil` is entered for a job that this process, `owner`, has claimed."""

    def __init__(
        self,
        *,
        store: Store,
        predictions: Predictions,
        announcer: Announcer,
        staging: Staging,
        refitter: Refitter,
        blobs: Blobs,
        endings: Endings,
        estimates: Estimates,
        clock: Clock,
        rules: FulfilmentRules,
        owner: str,
    ) -> None:
        self._store = store
        self._predictions = predictions
        self._announcer = announcer
        self._staging = staging
        self._refitter = refitter
        self._blobs = blobs
        self._endings = endings
        self._estimates = estimates
        self._clock = clock
        self._rules = rules
        self._owner = owner
        self._turns = asyncio.Semaphore(rules.in_flight)
        self._unbroken: set[asyncio.Task[Any]] = set()

    async def fulfil(self, job: Job) -> None:
        """Bring the job to its end, from whatever status it is in."""
        if job.status is JobStatus.STAGING:
            job = await self._stage(job)
        if job.status in (JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RUNNING):
            job = await self._run(job)
        if job.status is JobStatus.DELIVERING:
            await self._deliver(job)

    async def give_up(self, job: Job) -> None:
        """End a job that no repetition got past, in words where that is possible. What may have run is paid for."""
        if job.status is not JobStatus.DELIVERING:
            cost = job.hold if job.status in (JobStatus.SUBMITTING, JobStatus.RUNNING) else 0
            job = await self._advance(job, JobStatus.DELIVERING, failure=InternalFailure(), cost=cost)
            await self._deliver(job)
        else:
            await self._settle(job, pictures=0)

    async def finish_unbroken(self) -> None:
        """Return once no step is under way that must not be cut off in its middle."""
        while self._unbroken:
            await asyncio.gather(*self._unbroken, return_exceptions=True)

    async def _unbreakable(self, step: Coroutine[Any, Any, _Sent]) -> _Sent:
        """Await a step that goes on to its end even where the job's task is canceled meanwhile."""
        task = asyncio.create_task(step)
        self._unbroken.add(task)
        task.add_done_callback(self._unbroken.discard)
        return await asyncio.shield(task)

    async def _advance(self, job: Job, to: JobStatus, **changes: Any) -> Job:
        return await self._store.advance(job, self._owner, to, **changes)

    # ------------------------------------------------------------------------------------------------ stage

    async def _stage(self, job: Job) -> Job:
        try:
            inputs = await self._staging.stage(job)
        except PictureRefused as refusal:
            return await self._advance(job, JobStatus.DELIVERING, failure=refusal, cost=0)
        return await self._advance(job, JobStatus.QUEUED, inputs=inputs)

    # -------------------------------------------------------------------------------- submit, await the end

    async def _run(self, job: Job) -> Job:
        resumed = job.status is not JobStatus.QUEUED
        had_to_wait = self._turns.locked()
        async with self._turns:
            expected = await self._estimates.run_seconds(job.request)
            with self._endings.expect(job, expected) as waiting:
                if job.status is JobStatus.SUBMITTING:
                    job = await self._find(job, waiting)
                while job.status is JobStatus.QUEUED:
                    job = await self._submit(job, waiting)
                if job.status is JobStatus.RUNNING:
                    if had_to_wait and job.submitted_at:
                        await self._announcer.show_progress(job, job.submitted_at + timedelta(seconds=expected))
                    job = await self._await_end(job, waiting, ask_first=resumed)
        return job

    async def _submit(self, job: Job, waiting: Waiting) -> Job:
        """Try once to create the prediction; answers the job still queued where that provably didn't happen."""
        try:
            image_urls = await self._staging.image_urls(job)
            request_input = job.request.as_input(
                user_id=vendor_user_id(self._rules.pseudonym_key, job.member_id), image_urls=image_urls
            )
            base = self._rules.webhook_base
            submission = Submission(
                model=job.request.model,
                input=request_input,
                webhook=f"{base}/{job.id}" if base else None,
                cancel_after=self._rules.cancel_after,
            )
        except (PictureRefused, RunFailed) as failure:
            return await self._advance(job, JobStatus.DELIVERING, failure=failure, cost=0)
        except (NeverSent, AnswerLost) as error:  # of an upload, which may be repeated
            return await self._wait_or_give_up(job, error)
        job = await self._advance(job, JobStatus.SUBMITTING, submission=submission, submitted_at=self._clock.now())
        job, error = await self._unbreakable(self._create(job, submission, waiting))
        match error:
            case None:
                return job
            case AnswerLost():
                _log.warning("the answer to a create was lost", error=repr(error))
                return await self._find(job, waiting)
            case NeverSent():
                return await self._wait_or_give_up(job, error)

    async def _create(self, job: Job, submission: Submission, waiting: Waiting) -> _Sent:
        """Send the create, and save what came of it."""
        try:
            prediction = await self._predictions.create(job.account, submission)
        except NeverSent as error:
            return await self._advance(job, JobStatus.QUEUED, submission=None, submitted_at=None), error
        except AnswerLost as error:
            return job, error
        except (RunFailed, RequestRefused) as failure:
            return await self._advance(job, JobStatus.DELIVERING, failure=failure, cost=0), None
        return await self._started(job, prediction, waiting), None

    async def _find(self, job: Job, waiting: Waiting) -> Job:
        """Learn what became of a create whose answer never came."""
        found = await look_for_prediction(
            job,
            waiting,
            store=self._store,
            predictions=self._predictions,
            clock=self._clock,
            grace=self._rules.lookup_grace,
        )
        if isinstance(found, EaselError):
            return await self._advance(job, JobStatus.DELIVERING, failure=found, cost=job.hold)
        if found is None:
            _log.warning("the create never arrived; it is sent again")
            return await self._advance(job, JobStatus.QUEUED, submission=None, submitted_at=None)
        _log.info("the create had arrived", prediction=found.id)
        return await self._started(job, found, waiting)

    async def _started(self, job: Job, prediction: Prediction, waiting: Waiting) -> Job:
        job = await self._advance(job, JobStatus.RUNNING, prediction_id=prediction.id)
        self._endings.started(waiting, prediction.id, job.submitted_at or job.created_at)
        return job

    async def _wait_or_give_up(self, job: Job, error: Exception) -> Job:
        if self._clock.now() - job.created_at > PATIENCE:
            return await self._advance(job, JobStatus.DELIVERING, failure=VendorBusy(), cost=0)
        _log.warning("Replicate took nothing; waiting", error=repr(error))
        await self._clock.sleep(error.retry_after if isinstance(error, Throttled) else RETRY_SECONDS)
        return job

    async def _await_end(self, job: Job, waiting: Waiting, *, ask_first: bool) -> Job:
        if ask_first and (prediction := await self._look_up(job)):
            self._endings.tell(prediction)
        cancel_after = job.submission.cancel_after if job.submission else self._rules.cancel_after
        deadline = (job.submitted_at or job.created_at) + timedelta(seconds=cancel_after + LATE_SECONDS)
        while (ended := waiting.ended) is None:
            left = (deadline - self._clock.now()).total_seconds()
            if left <= 0:
                return await self._end_overdue(job)
            await waiting.news_within(left, self._clock)
        return await self._record_end(job, ended)

    async def _end_overdue(self, job: Job) -> Job:
        """Our own deadline has passed: ask once more, then stop the run and say so."""
        prediction = await self._look_up(job)
        if prediction is not None and prediction.status.ended:
            return await self._record_end(job, prediction)
        assert job.prediction_id  # noqa: S101 # only running jobs come here
        cost = 0
        try:
            prediction = await self._predictions.cancel(job.account, job.prediction_id)
            cost = job.hold  # Replicate bills canceled runs; how much of this one can't be known yet
        except PredictionNotFound:
            _log.warning("an overdue prediction is unknown to Replicate")
        failure = TimedOut(self._rules.cancel_after)
        return await self._advance(job, JobStatus.DELIVERING, prediction=prediction, failure=failure, cost=cost)

    async def _look_up(self, job: Job) -> Prediction | None:
        try:
            return await self._predictions.get(job.account, job.prediction_id) if job.prediction_id else None
        except (PredictionNotFound, NeverSent, AnswerLost, EaselError) as error:
            _log.warning("a look-up failed", error=repr(error))
            return None

    async def _record_end(self, job: Job, prediction: Prediction) -> Job:
        now = self._clock.now()
        ran_until = min(prediction.completed_at or now, now)
        failure = prediction.failure
        if prediction.status is PredictionStatus.SUCCEEDED and not prediction.output:
            failure = PicturesGone() if prediction.data_removed else NothingReturned()
        return await self._advance(
            job,
            JobStatus.DELIVERING,
            # What was asked is on the job already; the vendor's echo of it would only be kept twice.
            prediction=replace(prediction, input={}),
            failure=failure,
            cost=cost_of(job, prediction),
            run_seconds=max((ran_until - (job.submitted_at or job.created_at)).total_seconds(), 0.0),
        )

    # -------------------------------------------------------------------------------------- deliver, settle

    async def _deliver(self, job: Job) -> None:
        pictures: list[OutputPicture] = []
        if job.failure is None:
            try:
                pictures = await self._fetch_outputs(job)
            except (PicturesGone, DamagedPicture) as failure:
                gone = failure if isinstance(failure, PicturesGone) else VendorFailure("its file is no picture")
                job = await self._advance(job, JobStatus.DELIVERING, failure=gone)
        reached = True
        try:
            job = await self._announce(job, pictures)
        except Undeliverable as error:
            reached = False
            _log.warning("the answer reached nobody", error=repr(error))
            await self._keep(job, pictures)
        await self._settle(job, pictures=len(pictures))
        if pictures:
            event = "pictures delivered" if reached else "pictures kept"
            _log.info(event, pictures=len(pictures), run_seconds=job.run_seconds)
        else:
            _log.info("job ended without pictures", outcome=job.failure.code if job.failure else None)

    async def _settle(self, job: Job, *, pictures: int) -> None:
        await self._store.settle(
            job, self._owner, _last_status(job), self._clock.now(), captured=job.cost or None, pictures=pictures
        )

    async def _announce(self, job: Job, pictures: list[OutputPicture]) -> Job:
        match job.failure:
            case None:
                message_id = await self._announcer.deliver(job, pictures)
            case RequestRefused() as refusal:
                await self._announcer.withdraw(job, refusal)
                return job
            case failure:
                message_id = await self._announcer.announce_failure(job, failure)
        if message_id != job.message_id:
            job = await self._advance(job, JobStatus.DELIVERING, message_id=message_id)
        return job

    async def _fetch_outputs(self, job: Job) -> list[OutputPicture]:
        urls = job.prediction.output if job.prediction else ()
        fetched = await asyncio.gather(*(self._fetch(url) for url in urls))
        named = [(f"easel-{job.id}-{index}", data) for index, data in enumerate(fetched, start=1)]
        return [await self._fitting(name, data, job.answer.file_limit) for name, data in named]

    async def _fitting(self, name: str, data: bytes, limit: int) -> OutputPicture:
        """The picture as it is, unless the place takes no file of its size."""
        filename = f"{name}.{_extension(data)}"
        if len(data) <= limit:
            return OutputPicture(filename, data)
        refitted = await self._refitter.refit(filename, data, limit)
        return OutputPicture(f"{name}.webp", refitted, refitted_from=len(data))

    async def _fetch(self, url: str) -> bytes:
        for retry in range(FETCH_TRIES):
            try:
                return await self._predictions.fetch(url)
            except (AnswerLost, NeverSent) as error:
                _log.warning("a picture's fetch failed", error=repr(error))
                if retry < FETCH_TRIES - 1:
                    await self._clock.sleep(RETRY_SECONDS * 2**retry)
        raise PicturesGone

    async def _keep(self, job: Job, pictures: list[OutputPicture]) -> None:
        keep_until = self._clock.now() + self._rules.kept_outputs
        for index, picture in enumerate(pictures):
            await self._blobs.put(f"{job.id}/output-{index}", picture.data, keep_until=keep_until)


def cost_of(job: Job, prediction: Prediction) -> MicroDollars:
    """What Replicate bills for the run: each picture that came out; for a canceled run all that were asked for, since
    canceled runs are billed and the answer doesn't say how much; nothing for one that failed or never started."""
    price = CATALOG[job.request.model].price(job.request.quality, (job.submitted_at or job.created_at).date())
    match prediction.status:
        case PredictionStatus.SUCCEEDED:
            return price * len(prediction.output)
        case PredictionStatus.CANCELED:
            return price * job.request.count
        case _:
            return 0


def _last_status(job: Job) -> JobStatus:
    match job.failure:
        case None:
            return JobStatus.SUCCEEDED
        case Canceled():
            return JobStatus.CANCELED
        case _:
            return JobStatus.FAILED


def _extension(data: bytes) -> str:
    """By the bytes themselves: the format that was asked for is a wish, and a wrong name would break the gallery."""
    if data.startswith(b"\x89PNG"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "webp"
