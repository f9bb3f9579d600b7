"""Reports about a result, and the case that moderators decide on."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class ReportReason(StrEnum):
    """Why a result is reported. The values are stored for good."""

    SEXUAL = "sexual"
    VIOLENCE = "violence"
    REAL_PERSON = "real_person"
    HATEFUL = "hateful"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Report:
    """What one person said about a result. Its `token` answers them privately for 15 minutes."""

    reporter_id: int | None  # None: one who was erased
    reported_at: datetime
    reason: ReportReason = ReportReason.OTHER
    text: str = ""  # in their words
    token: str | None = field(default=None, repr=False)
    locale: str = "en-US"
    told_at: datetime | None = None  # what became of it


class Decision(StrEnum):
    """What moderators made of a case. The values are stored for good."""

    KEPT = "kept"
    REMOVED = "removed"
    WARNED = "warned"  # removed, and its member warned

    @property
    def removes(self) -> bool:
        return self is not Decision.KEPT


class Shown(StrEnum):
    """What the message of a reported result shows."""

    PICTURES = "pictures"
    OPEN = "open"  # the pictures: they were to be hidden, but could not be kept, and so not be given back
    HIDDEN = "hidden"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Case:
    """A result that was reported. Whatever changes it raises its `revision`."""

    job_id: str
    guild_id: int | None
    opened_at: datetime
    reports: tuple[Report, ...] = ()  # by different people, oldest first
    hidden_at: datetime | None = None  # by whom it is to be seen again: a moderator decides
    decision: Decision | None = None
    decided_at: datetime | None = None
    decided_by: int | None = None  # a Discord id; None: nobody yet, or one who was erased
    shown: Shown = Shown.PICTURES
    channel_id: int | None = None  # of the moderators' card
    message_id: int | None = None
    member_told_at: datetime | None = None  # that it was removed
    revision: int = 1

    @property
    def due(self) -> Shown:
        """What its message is to show."""
        match self.decision:
            case Decision.REMOVED | Decision.WARNED:
                return Shown.REMOVED
            case Decision.KEPT:
                return Shown.PICTURES
            case None if self.hidden_at is not None:
                return Shown.OPEN if self.shown is Shown.OPEN else Shown.HIDDEN
            case None:
                return Shown.PICTURES

    def reported_by(self, person_id: int) -> bool:
        return any(each.reporter_id == person_id for each in self.reports)


@dataclass(frozen=True, slots=True)
class History:
    """What there is to know of a member whose result was reported, in the guild of the case."""

    jobs: int  # in the last 30 days
    removed: int  # results of theirs that moderators removed, ever
    strikes: int = 0  # that count now
