"""Admitted jobs that ended without pictures, and what they wait for."""

from dataclasses import dataclass

from bot.domain.errors.base import EaselError, RunFailed


@dataclass(unsafe_hash=True)
class SafetyRefusal(RunFailed, code="safety_refusal"):
    """The model's safety system refused the prompt or what came of it (Replicate's E005). A second try may pass."""


@dataclass(unsafe_hash=True)
class OutOfCredit(RunFailed, code="out_of_credit"):
    """Replicate answered 402, or E001."""

    of_guild: bool = False  # the account is one that the guild has brought


@dataclass(unsafe_hash=True)
class BadToken(RunFailed, code="bad_token"):
    """Replicate (401, E002) doesn't accept the token or key."""

    of_guild: bool = False  # it is one that the guild has brought


@dataclass(unsafe_hash=True)
class VendorBusy(RunFailed, code="vendor_busy"):
    """High demand or a rate limit that outlasted our patience (E003, E004, 429, 5xx)."""


@dataclass(unsafe_hash=True)
class TimedOut(RunFailed, code="timed_out"):
    after: int  # seconds


@dataclass(unsafe_hash=True)
class InputRejected(RunFailed, code="input_rejected"):
    """Replicate says that the input is wrong (422, E006)."""

    detail: str  # the vendor's words, shortened


@dataclass(unsafe_hash=True)
class NothingReturned(RunFailed, code="nothing_returned"):
    """The run succeeded with no picture in it, which is how some refusals look."""


@dataclass(unsafe_hash=True)
class PicturesGone(RunFailed, code="pictures_gone"):
    """The run succeeded but its files can't be fetched; Replicate forgets them an hour after the end."""


@dataclass(unsafe_hash=True)
class UnknownFate(RunFailed, code="unknown_fate"):
    """It can't be known whether the create reached Replicate; it is never sent again."""


@dataclass(unsafe_hash=True)
class Canceled(RunFailed, code="canceled"):
    """Stopped on the wish of a person. Replicate bills what had begun."""

    by_moderator: bool = False


@dataclass(unsafe_hash=True)
class ReviewRejected(RunFailed, code="review_rejected"):
    reason: str  # in the reviewer's words


@dataclass(unsafe_hash=True)
class ReviewExpired(RunFailed, code="review_expired"):
    """No reviewer has decided in time."""


@dataclass(unsafe_hash=True)
class AwaitsReview(EaselError, code="awaits_review"):
    """Why a job waits: a reviewer has yet to decide on it."""

    stage: str  # a value of `ReviewStage`
    until: int  # Unix time, seconds


@dataclass(unsafe_hash=True)
class MemberBarred(RunFailed, code="member_barred"):
    """By the time the pictures can be shown, the guild has timed the member out or blocked them."""

    blocked: bool  # else timed out
    until: int | None  # Unix time, seconds; None: for good


@dataclass(unsafe_hash=True)
class InternalFailure(RunFailed, code="internal_failure"):
    """A mistake of our own, that no repetition got past."""
