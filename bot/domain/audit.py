"""Reconciliation: what the books say of the runs at Replicate, compared with what Replicate says of them.

Replicate removes a run's input and output an hour after its end, so only what it keeps is compared: id, model, status,
metrics and times.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.account import Billing
from bot.domain.catalog import MicroDollars
from bot.domain.job import JobStatus
from bot.domain.ledger import EntryKind
from bot.domain.prediction import Prediction, PredictionSource, PredictionStatus


class DifferenceKind(StrEnum):
    NO_JOB = "no_job"  # Replicate ran what looks like ours, and no job owns it
    STRAY = "stray"  # likewise, and it was found and reported before
    NO_PREDICTION = "no_prediction"  # charged for a run that was never found
    UNKNOWN_PREDICTION = "unknown_prediction"  # Replicate knows nothing of the job's run
    NO_END = "no_end"  # the job should have ended long ago
    NO_ENTRY = "no_entry"  # the job has ended, and was neither captured nor released
    STILL_RUNNING = "still_running"  # the job has ended, and its run hasn't
    CAPTURED = "captured"  # though Replicate bills nothing
    RELEASED = "released"  # though Replicate bills it
    PICTURES = "pictures"  # captured for another number than Replicate counts
    MODEL = "model"  # another one ran than was asked for


@dataclass(frozen=True, slots=True)
class BookedRun:
    """What the jobs table and the ledger say of one job, as far as it concerns its run."""

    job_id: str
    account: str
    billing: Billing
    status: JobStatus
    model: str
    created_at: datetime
    approved_at: datetime | None = None  # by a reviewer, to be run
    submitted_at: datetime | None = None
    cleared_at: datetime | None = None  # by reviewers' last word, to be delivered
    cancel_after: int | None = None  # seconds, as its create said
    finished_at: datetime | None = None
    prediction_id: str | None = None
    made: int | None = None  # pictures that came out, as the end was recorded; None where that doesn't tell
    doubtful: bool = False
    entry: EntryKind | None = None  # the capture or release that ended its hold
    captured: MicroDollars = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the books and Replicate, or the books and the clock, disagree on."""

    kind: DifferenceKind
    account: str
    at: datetime  # when the run was created, or its job
    job_id: str | None = None
    prediction_id: str | None = None
    model: str = ""
    status: PredictionStatus | None = None  # at Replicate
    captured: MicroDollars | None = None  # None: there is no capture
    made: int | None = None  # pictures, by the books
    counted: int | None = None  # pictures, by Replicate
    known: bool = False  # it was found, or declared doubtful, before

    @property
    def key(self) -> str:
        """The same for the same difference, whenever it is found."""
        return f"{self.kind} {self.prediction_id or ''} {self.job_id or ''}"


STOPPING = timedelta(minutes=15)
"""How long after a job's end its run may take to stop."""


def compare(run: BookedRun, prediction: Prediction, now: datetime) -> Iterator[Difference]:
    """What is different about a job and its own run. A job that hasn't ended is still to be reckoned up."""
    found = _Pair(run, prediction)
    if prediction.model and prediction.model != run.model:
        yield found.difference(DifferenceKind.MODEL)
    if run.finished_at is None:
        return
    if not prediction.status.ended:
        if now - run.finished_at > STOPPING:
            yield found.difference(DifferenceKind.STILL_RUNNING)
        return
    if run.entry is None:
        yield found.difference(DifferenceKind.NO_ENTRY)
        return
    billed = _billed(run, prediction)
    if run.entry is EntryKind.CAPTURE and billed is False:
        yield found.difference(DifferenceKind.CAPTURED)
    elif run.entry is EntryKind.RELEASE and billed is True:
        yield found.difference(DifferenceKind.RELEASED)
    elif prediction.status is PredictionStatus.SUCCEEDED and _counts_differ(run, prediction):
        yield found.difference(DifferenceKind.PICTURES)


def absent(run: BookedRun) -> Difference:
    """Of a job whose run Replicate doesn't know."""
    return _of_job(run, DifferenceKind.UNKNOWN_PREDICTION)


def unfounded(run: BookedRun) -> Difference | None:
    """Of a submitted job that has no prediction: whether it was charged all the same."""
    if run.prediction_id is not None or run.finished_at is None:
        return None
    if run.entry is None:
        return _of_job(run, DifferenceKind.NO_ENTRY)
    return _of_job(run, DifferenceKind.NO_PREDICTION) if run.entry is EntryKind.CAPTURE else None


def overdue(run: BookedRun, now: datetime, patience: Mapping[JobStatus, timedelta]) -> Difference | None:
    """Whether a job that hasn't ended should have. `patience` is how long it may be, at most, from its submission (or
    else from its beginning, or its approval), beside its own `cancel_after`, until it leaves a status; of a delivery
    from the reviewers' last word."""
    if run.finished_at is not None:
        return None
    later = run.cleared_at if run.status is JobStatus.DELIVERING else run.submitted_at
    since = later or run.approved_at or run.created_at
    most = patience[run.status] + timedelta(seconds=run.cancel_after or 0)
    return _of_job(run, DifferenceKind.NO_END) if now - since > most else None


@dataclass(frozen=True, slots=True)
class Ownership:
    """What makes a run of an account ours, where no job owns it.

    Of the operator's account, a run of a model that Easel offers; of a guild's own, which it may use for anything, only
    one that calls our webhook.
    """

    models: Collection[str]  # slugs
    webhook_base: str | None
    is_operators: bool

    def ours(self, prediction: Prediction) -> bool:
        if prediction.webhook is not None:  # the spec knows no such field, but where it is there it tells
            return self.webhook_base is not None and prediction.webhook.startswith(f"{self.webhook_base}/")
        if prediction.source is PredictionSource.WEB or not self.is_operators:
            return False
        return prediction.model in self.models or not prediction.model


def unowned(prediction: Prediction, account: str, at: datetime, *, stray: bool) -> Difference:
    """Of a run of ours that no job owns; `stray` says that it was found before."""
    return Difference(
        kind=DifferenceKind.STRAY if stray else DifferenceKind.NO_JOB,
        account=account,
        at=at,
        prediction_id=prediction.id,
        model=prediction.model,
        status=prediction.status,
        counted=counted_pictures(prediction),
        known=stray,
    )


def counted_pictures(prediction: Prediction) -> int | None:
    """How many pictures Replicate says that it made; None where it doesn't (any more)."""
    if prediction.picture_count is not None:
        return prediction.picture_count
    if prediction.status is PredictionStatus.SUCCEEDED and not prediction.data_removed:
        return len(prediction.output)
    return None


def _billed(run: BookedRun, prediction: Prediction) -> bool | None:
    """Whether the run is billed; None where that can't be told. What OpenAI bills by token, it tells nobody but the
    owner of the key: only that a run with pictures costs something, and that one that never started doesn't."""
    by_picture = run.billing is Billing.PICTURE
    match prediction.status:
        case PredictionStatus.SUCCEEDED:
            counted = counted_pictures(prediction)
            made = counted if counted is not None else run.made
            if made is None or made > 0:
                return True
            return False if by_picture else None
        case PredictionStatus.CANCELED:
            return True if by_picture else None
        case PredictionStatus.ABORTED:
            return False
        case _:
            return False if by_picture else None


def _counts_differ(run: BookedRun, prediction: Prediction) -> bool:
    counted = counted_pictures(prediction)
    return counted is not None and run.made is not None and counted != run.made


def _of_job(run: BookedRun, kind: DifferenceKind) -> Difference:
    return Difference(
        kind=kind,
        account=run.account,
        at=run.submitted_at or run.created_at,
        job_id=run.job_id,
        prediction_id=run.prediction_id,
        model=run.model,
        captured=run.captured if run.entry is EntryKind.CAPTURE else None,
        made=run.made,
        known=kind is DifferenceKind.NO_PREDICTION and run.doubtful,
    )


@dataclass(frozen=True, slots=True)
class _Pair:
    run: BookedRun
    prediction: Prediction

    def difference(self, kind: DifferenceKind) -> Difference:
        return replace(
            _of_job(self.run, kind),
            model=self.prediction.model or self.run.model,
            status=self.prediction.status,
            counted=counted_pictures(self.prediction),
        )
