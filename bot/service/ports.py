"""What the use cases need of the world. Every adapter of a port is held to that port's contract tests."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from bot.domain.catalog import MicroDollars
from bot.domain.errors import EaselError, StoreUnavailable
from bot.domain.job import CancelRequest, Job, JobStatus
from bot.domain.prediction import Prediction, Submission
from bot.domain.quota import Quota
from bot.domain.request import Attachment


class Clock(Protocol):
    def now(self) -> datetime:
        """The time, aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None: ...


# ---------------------------------------------------------------------------------------------- Replicate


class NeverSent(Exception):
    """The call provably had no effect: no connection was made, or it was refused whole. It may be repeated."""


@dataclass(unsafe_hash=True)
class Throttled(NeverSent):
    """Replicate answered 429: nothing was created, and nothing may be asked for `retry_after` seconds."""

    retry_after: float
    per_minute: float | None = None  # the limit, where the answer names it


class AnswerLost(Exception):
    """The call may have had its effect: it was sent, and no answer that can be trusted came back."""


class PredictionNotFound(Exception):
    """Replicate knows no such prediction."""


class Predictions(Protocol):
    """Replicate's predictions. Each call carries the account that it runs on.

    Any call may raise `NeverSent` (with `Throttled` below it), `AnswerLost`, or the outcomes `BadToken`, `OutOfCredit`
    and `InputRejected` of `bot.domain.errors`, for answers that are final.
    """

    async def create(self, account: str, submission: Submission) -> Prediction:
        """Start a run. It is sent once: whoever gets `AnswerLost` must look before sending again."""
        ...

    async def get(self, account: str, prediction_id: str) -> Prediction:
        """Raises `PredictionNotFound`."""
        ...

    async def recent(self, account: str, created_after: datetime) -> Sequence[Prediction]:
        """All predictions of the account created after that moment, newest first."""
        ...

    async def cancel(self, account: str, prediction_id: str) -> Prediction:
        """Ask for a run to stop; answers what it is now. Raises `PredictionNotFound`."""
        ...

    async def upload(self, account: str, filename: str, media_type: str, data: bytes) -> str:
        """Keep a file at Replicate for a while; answers the URL to give as an input, verbatim."""
        ...

    async def fetch(self, url: str) -> bytes:
        """The bytes of one output file (https: on an allowed host, or data:). Raises `PicturesGone` where there are
        none to be had, `AnswerLost` where another try may help."""
        ...


# ------------------------------------------------------------------------------------------------ pictures


@dataclass(frozen=True, slots=True)
class VerifiedPicture:
    """A picture that decodes to its end, upright, without metadata."""

    data: bytes = field(repr=False)
    media_type: str  # image/png, image/jpeg or image/webp
    width: int
    height: int
    frames: int = 1  # in the original


class Attachments(Protocol):
    async def read(self, attachment: Attachment) -> bytes:
        """The file's bytes. Raises `PictureTooHeavy` once more than the limit was read, `PictureUnreadable` where it
        can't be had."""
        ...


class Pictures(Protocol):
    async def verify(self, filename: str, data: bytes) -> VerifiedPicture:
        """Decode the whole picture away from the event loop. Raises a `PictureRefused` of `bot.domain.errors`."""
        ...


class Refitter(Protocol):
    async def refit(self, filename: str, data: bytes, limit: int) -> bytes:
        """The picture as WebP of at most `limit` bytes, made away from the event loop; its transparency is kept.
        Raises `DamagedPicture`."""
        ...


class Blobs(Protocol):
    """Bytes kept for a later step, encrypted. Keys are paths of letters, digits, `-`, `_` and `/`."""

    async def put(self, key: str, data: bytes, *, keep_until: datetime) -> None: ...

    async def get(self, key: str) -> bytes | None: ...

    async def delete(self, key: str) -> None: ...

    async def expire(self, now: datetime) -> int:
        """Delete what was to be kept until before now; answers how many."""
        ...


# ------------------------------------------------------------------------------------------------- Discord


@dataclass(frozen=True, slots=True)
class OutputPicture:
    """A picture that the model made: untouched, unless it had to be refitted."""

    number: int  # among those of its job, from 1
    filename: str
    data: bytes = field(repr=False)
    refitted_from: int | None = None  # bytes of the original, where that was over the place's limit
    original: str | None = field(default=None, repr=False)  # its URL, where Replicate keeps it for a while


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is."""

    channel_id: int
    message_id: int


class Undeliverable(Exception):
    """No rung of the delivery ladder holds: the message, the channel and the member are all out of reach."""


@dataclass(unsafe_hash=True)
class FilesTooLarge(Exception):
    """The place takes files of at most `limit` bytes, and one of the pictures is larger."""

    limit: int


class TryLater(Exception):
    """Discord can't be reached, or is in trouble itself: the same call may do in a while."""


class Announcer(Protocol):
    """The job's own message. Each call may be repeated: it edits, and the last one wins.

    All but those that show how it stands may raise `TryLater`, which is also what comes of a call that hangs.
    """

    async def show_progress(self, job: Job, expected_end: datetime) -> None:
        """Say that it runs now. A message that can't be edited is left as it is."""
        ...

    async def show_waiting(self, job: Job, because: EaselError | None) -> None:
        """Say that it waits, and why: `OutOfCredit`, `VendorBusy`; None where it only waits for its turn. A message
        that can't be edited is left as it is."""
        ...

    async def deliver(self, job: Job, pictures: Sequence[OutputPicture]) -> Place:
        """Answers the message that holds the pictures now. Raises `Undeliverable`, and `FilesTooLarge` where smaller
        files would do: an interaction may take larger ones than the same message takes from the bot later."""
        ...

    async def announce_failure(self, job: Job, failure: EaselError) -> Place:
        """Answers the message that says it now. Raises `Undeliverable`."""
        ...

    async def withdraw(self, job: Job, refusal: EaselError) -> None:
        """Take the card away and tell its member alone why. Raises `Undeliverable`."""
        ...


# ------------------------------------------------------------------------------------------------- storage


@dataclass(unsafe_hash=True)
class CommitInDoubt(StoreUnavailable, code="commit_in_doubt"):
    """The connection was lost in the middle of a commit: it may have been done all the same."""


class Fenced(Exception):
    """The job isn't this process's to change: another took it over, or it has left the status it was read in."""


class AlreadyAdmitted(Exception):
    """There is a job of that id: another process was told of the same interaction."""


class PredictionTaken(Exception):
    """That prediction is another job's."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a member used in a period."""

    pictures: int = 0
    jobs: int = 0
    amount: MicroDollars = 0


@dataclass(frozen=True, slots=True)
class UsageReport:
    today: Usage
    month: Usage
    by_quality: dict[str, Usage]  # this month
    last: tuple[Job, ...]  # newest first


@dataclass(frozen=True, slots=True)
class Stray:
    """A run at Replicate that no job owns, and the job that it was probably made for."""

    prediction_id: str
    account: str
    job_id: str
    found_at: datetime


class Store(Protocol):
    """The jobs table and the ledger. Every method is one transaction.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`; after all but its `CommitInDoubt` nothing was done.
    """

    async def admit(self, job: Job, quota: Quota, now: datetime) -> EaselError | None:
        """Insert the job and its hold if the quota allows both; else raise the refusal of `bot.domain.quota.decide`.
        Answers why the job's account takes no creates now, if it doesn't.

        The job's `created_at` dates the hold. Twenty at once against a quota of one admit one. Raises
        `AlreadyAdmitted`, whatever the quota says by then.
        """
        ...

    async def answered(self, job_id: str, message_id: int) -> None:
        """Discord has told the id of the job's message."""
        ...

    async def job(self, job_id: str) -> Job | None: ...

    async def job_of_prediction(self, prediction_id: str) -> Job | None: ...

    async def cancel(self, job_id: str, person_id: int, now: datetime) -> bool:
        """Record that this person (a Discord id) wants the job to end without its pictures; False where somebody had
        asked before, or where it is too late: the job is being delivered or has ended."""
        ...

    async def advance(self, job: Job, to: JobStatus, **changes: Any) -> Job:
        """Take one step of `bot.domain.job.TRANSITIONS` (or none, to record changes within a status), with changes to
        fields of the job. With `owner=None` the job is free for another claim.

        Raises `Fenced` where the row isn't `job.owner`'s in the status that `job` was read in, and `PredictionTaken`
        where the prediction that the job would get is another job's."""
        ...

    async def settle(
        self, job: Job, to: JobStatus, now: datetime, *, captured: MicroDollars | None, pictures: int
    ) -> Job:
        """End the job: its last status with its capture (of `captured`) or, for None, its release, together.

        Raises `Fenced` as `advance` does; the entry can't be made twice."""
        ...

    async def received(self, webhook_id: str, now: datetime) -> bool:
        """Record a delivery; False where that id was recorded before."""
        ...

    async def run_seconds(self, model: str, quality: str, count: int, limit: int) -> Sequence[float]:
        """How long the latest such jobs that succeeded ran, newest first."""
        ...

    async def usage(self, member_id: int, now: datetime, last: int) -> UsageReport: ...

    async def report(self, job_id: str, reporter_id: int, now: datetime) -> bool:
        """Record that a member reported a job's pictures; False where they had."""
        ...

    async def recall(self, key: str) -> str | None:
        """What `remember` kept: small facts of the deployment, such as the hash of the synced commands."""
        ...

    async def remember(self, key: str, value: str) -> None: ...

    async def forget_before(self, now: datetime) -> None:
        """Drop what is too old to matter: webhook ids that can't come again, turns that nobody waits behind."""
        ...

    async def doubtful(self, since: datetime) -> Sequence[Job]:
        """The doubtful jobs among those made since then, and all that are being submitted."""
        ...

    async def stray(self, stray: Stray) -> bool:
        """Record a run that no job owns; False where it was recorded before."""
        ...


@dataclass(frozen=True, slots=True)
class Claim:
    """What a process has to do now."""

    jobs: Sequence[Job]  # newly its own
    canceled: Mapping[str, CancelRequest]  # asked for, by the ids of jobs that it owned already and that are to end
    wait: float | None  # seconds until more may be claimed, where that is known


class Queue(Protocol):
    """Who works on which job, within limits that hold for all processes together.

    Every method is one transaction, and may raise `StoreUnavailable` of `bot.domain.errors`.
    """

    async def claim(self, owner: str, now: datetime, most: int) -> Claim:
        """Make up to `most` jobs the owner's that haven't ended and have no owner: first those that are past the queue
        (under way, canceled, or waiting for longer than anyone should), then queued ones whose turn it is by
        `bot.domain.fairness`."""
        ...

    async def owned(self, owner: str) -> Sequence[Job]:
        """The owner's jobs that haven't ended: after a claim whose commit is in doubt, those that it made the owner's
        are among them."""
        ...

    async def slow_down(self, account: str, now: datetime, throttled: Throttled) -> None:
        """After a 429: no queued job of the account is claimed until it is over, and more slowly from then on."""
        ...

    async def close(self, account: str, now: datetime, because: EaselError) -> bool:
        """No more creates on the account, but one a minute, to see whether they are taken again; the first that is
        opens it (`Store.advance` from submitting to running). False where it was closed already."""
        ...

    async def closed(self, account: str) -> EaselError | None:
        """Why the account takes no creates, if it takes none."""
        ...

    async def waiting(self, account: str, most: int) -> Sequence[Job]:
        """The account's jobs that wait for their turn, newest first."""
        ...


class Processes(Protocol):
    """Which processes share the database, and who of them lives. A name is used once.

    Every method is one transaction (a beat: one more for each process that it takes for dead), and may raise
    `StoreUnavailable` of `bot.domain.errors`.
    """

    async def join(self, name: str) -> None:
        """Be one of them from now on."""
        ...

    async def beat(self, name: str) -> bool:
        """Show that this process lives, and free the jobs of those that don't seem to. False where it was itself
        taken for dead: its jobs are others' by now."""
        ...

    async def leave(self, name: str) -> None:
        """Be gone, with all its jobs free for the others."""
        ...


# ------------------------------------------------------------------------------------------ other processes


@dataclass(frozen=True, slots=True)
class PredictionNews:
    """That a webhook told of a job's prediction. Whoever waits for it looks the prediction up."""

    job_id: str
    prediction_id: str
    webhook_id: str


class Wakeups(Protocol):
    """Word among the processes that share a database. It reaches those that listen at the time, the speaker's own too,
    at once or never: nothing may depend on it but how soon something happens.

    Telling may raise `StoreUnavailable` of `bot.domain.errors`.
    """

    async def announce(self) -> None:
        """Tell that there may be something to do. Whatever frees, admits or cancels a job does so by itself."""
        ...

    async def announce_prediction(self, news: PredictionNews) -> None: ...

    async def listen(self, name: str, wake: Callable[[], None], hear: Callable[[PredictionNews], None]) -> None:
        """Until canceled, call `wake` for each announcement of a job and `hear` for each one of a prediction. While it
        listens, the others see at once when the process of that name dies.

        `wake` is also called whenever listening begins, and begins again after the database was out of reach: word
        may have been missed before."""
        ...
