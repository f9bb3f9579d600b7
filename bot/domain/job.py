"""A job: our durable work for one request, and the steps that it may take."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from bot.domain.account import Billing
from bot.domain.catalog import MicroDollars
from bot.domain.errors import EaselError
from bot.domain.moderation import Oversight
from bot.domain.prediction import Prediction, Submission
from bot.domain.request import ImageRequest, InputImage


class JobStatus(StrEnum):
    """Where a job stands. Each that hasn't ended says what a restart has to finish."""

    STAGING = "staging"  # admitted; its attachments are still to be read, verified and kept
    REQUEST_REVIEW = "request_review"  # staged; a reviewer has yet to let it be submitted
    QUEUED = "queued"  # ready to be submitted; nothing was sent
    SUBMITTING = "submitting"  # the intent is on disk: the create may or may not have reached Replicate
    RUNNING = "running"  # Replicate has given it a prediction id
    RESULT_REVIEW = "result_review"  # it ran, and its pictures are kept; a reviewer has yet to let them be shown
    DELIVERING = "delivering"  # how it ended is on disk; the message and the ledger still have to hear of it
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def ended(self) -> bool:
        return not TRANSITIONS[self]


TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = MappingProxyType(
    {
        JobStatus.STAGING: frozenset({JobStatus.REQUEST_REVIEW, JobStatus.QUEUED, JobStatus.DELIVERING}),
        JobStatus.REQUEST_REVIEW: frozenset({JobStatus.QUEUED, JobStatus.DELIVERING}),
        JobStatus.QUEUED: frozenset({JobStatus.SUBMITTING, JobStatus.DELIVERING}),
        # Back to queued only where the create provably never reached Replicate.
        JobStatus.SUBMITTING: frozenset({JobStatus.RUNNING, JobStatus.QUEUED, JobStatus.DELIVERING}),
        JobStatus.RUNNING: frozenset({JobStatus.DELIVERING}),
        # Its end is recorded first, so that a crash can't lose it; then its pictures are kept for the reviewer.
        JobStatus.RESULT_REVIEW: frozenset({JobStatus.DELIVERING}),
        JobStatus.DELIVERING: frozenset(
            {JobStatus.RESULT_REVIEW, JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED}
        ),
        JobStatus.SUCCEEDED: frozenset(),
        JobStatus.FAILED: frozenset(),
        JobStatus.CANCELED: frozenset(),
    }
)
"""The only steps that the store lets a job take."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The message that a job answers in: where it is, and what it takes to change it.

    `token` edits it until `expires_at` (15 minutes after the interaction); after that the bot edits it as its own
    message by `message_id`, unless it is private: a private message can't be reached without the token.
    """

    application_id: int
    token: str = field(repr=False)
    expires_at: datetime
    channel_id: int
    private: bool
    file_limit: int  # bytes a file, as the interaction said
    locale: str = "en-US"
    spoiler: bool = False  # pictures are veiled until they are clicked
    age_restricted: bool = False  # the channel is for adults, or can't be told not to be


@dataclass(frozen=True, slots=True)
class CancelRequest:
    """That someone wants a job to end without its pictures. The first one counts."""

    at: datetime
    by_moderator: bool  # and not by the job's own member


@dataclass(frozen=True, slots=True)
class Job:
    """One row of the jobs table, as a value."""

    id: str
    status: JobStatus
    account: str  # whose credit at Replicate it runs on
    member_id: int  # 0 where the member was erased
    guild_id: int | None
    request: ImageRequest
    answer: Answer
    hold: MicroDollars
    created_at: datetime
    billing: Billing = Billing.PICTURE  # of its account, as it was admitted
    owner: str | None = None  # the process that works on it; no other may take a step
    claimed_at: datetime | None = None  # by its owner
    cancel: CancelRequest | None = None
    message_id: int | None = None  # once Discord has told it
    message_channel_id: int | None = (
        None  # where the message is not in the channel of the interaction: a direct message
    )
    inputs: tuple[InputImage, ...] = ()
    submission: Submission | None = None
    submitted_at: datetime | None = None
    doubtful: bool = False  # Replicate may have run something for it that no job knows of
    prediction_id: str | None = None
    prediction: Prediction | None = None  # as it ended
    failure: EaselError | None = None
    run_seconds: float | None = None  # from submitted to ended
    cost: MicroDollars | None = None
    pictures: int | None = None  # delivered
    kept_until: datetime | None = None  # where its pictures reached nobody: they are in `Blobs` for that long
    oversight: Oversight = Oversight()  # noqa: RUF009 # frozen
    approved_at: datetime | None = None  # by a reviewer, to be run
    cleared_at: datetime | None = None  # by reviewers' last word: its pictures, or why there are none, may be told
    told_ahead: int | None = None  # how many requests its card said last to be ahead of it
    finished_at: datetime | None = None
    erased_at: datetime | None = None  # when its words were to be erased; of one that hasn't ended: as it ends

    @property
    def erased(self) -> bool:
        """Whether nothing is left of what was asked and made, but what it came to."""
        return self.erased_at is not None and self.status.ended

    @property
    def queued_since(self) -> datetime:
        """From when on it has waited for its turn, and for no reviewer."""
        return self.approved_at or self.created_at

    @property
    def free_since(self) -> datetime:
        """From when on no reviewer has held it up."""
        return self.cleared_at or self.queued_since

    @property
    def veiled(self) -> bool:
        """Whether its pictures are shown as spoilers: what was made in a channel for adults is so outside of it."""
        return self.answer.spoiler or (self.answer.age_restricted and self.message_channel_id is not None)

    @property
    def channel_id(self) -> int:
        return self.answer.channel_id
