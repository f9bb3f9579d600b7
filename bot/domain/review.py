"""A review: what a job waits in until a reviewer has decided, or nobody has in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from bot.domain.errors import Canceled, EaselError, ReviewExpired, ReviewRejected
from bot.domain.job import CancelRequest, JobStatus
from bot.domain.moderation import ReviewStage

WAITING: Mapping[ReviewStage, JobStatus] = MappingProxyType(
    {ReviewStage.REQUEST: JobStatus.REQUEST_REVIEW, ReviewStage.RESULT: JobStatus.RESULT_REVIEW}
)
"""The status in which a job waits at each stage."""

APPROVED: Mapping[ReviewStage, JobStatus] = MappingProxyType(
    {ReviewStage.REQUEST: JobStatus.QUEUED, ReviewStage.RESULT: JobStatus.DELIVERING}
)
"""Where a job goes on that was approved; any other is delivered, in words."""


class Decision(StrEnum):
    """How a review ended. The values are stored for good."""

    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"  # nobody decided in time
    CANCELED = "canceled"  # the job was


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """One row of the reviews table, as a value."""

    job_id: str
    stage: ReviewStage
    guild_id: int
    opened_at: datetime
    expires_at: datetime
    channel_id: int | None = None  # of the reviewers' card, where there is one
    message_id: int | None = None
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: int | None = None  # a Discord id; None: nobody, or one who was erased
    reason: str = ""  # in the reviewer's words


def stage_of(status: JobStatus) -> ReviewStage | None:
    """The stage at which a job of this status waits for a reviewer; None where it doesn't."""
    return next((stage for stage, waiting in WAITING.items() if waiting is status), None)


def failure_of(decision: Decision, reason: str, cancel: CancelRequest | None) -> EaselError | None:
    """What the job's member is told instead of being shown pictures; None after an approval."""
    match decision:
        case Decision.APPROVED:
            return None
        case Decision.REJECTED:
            return ReviewRejected(reason)
        case Decision.EXPIRED:
            return ReviewExpired()
        case Decision.CANCELED:
            return Canceled(by_moderator=cancel is not None and cancel.by_moderator)


def may_decide(member_id: int, reviewer_id: int, *, owner: bool) -> bool:
    """Whether a reviewer may decide on this member's request: nobody on their own, but for the guild's owner."""
    return owner or reviewer_id != member_id
