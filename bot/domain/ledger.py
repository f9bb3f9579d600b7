"""The account of who used what: append-only entries, and what they add up to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.domain.catalog import MicroDollars


class EntryKind(StrEnum):
    GRANT = "grant"  # what a member may use beyond the limits
    HOLD = "hold"  # the worst price, as the job is admitted
    CAPTURE = "capture"  # the real one, as it ends
    RELEASE = "release"  # nothing was charged


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry. A job has one hold and at most one of capture or release; `amount` is never negative."""

    kind: EntryKind
    at: datetime
    guild_id: int | None
    person: int | None  # a Discord id; None where the person was erased
    pictures: int  # granted, held, or made
    amount: MicroDollars
    job_id: str | None  # None for a grant
    account: str
    channel_id: int | None = None
    model: str | None = None
    quality: str | None = None
    grant_id: int | None = None  # which it made, or is taken from


@dataclass(frozen=True, slots=True)
class Committed:
    """What is spent or held: a capture where there is one, nothing after a release, else the hold."""

    pictures: int = 0
    amount: MicroDollars = 0


LONGEST_GRANT = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Grant:
    """So many pictures more, until `ends_at`, for a member or for each member with a role (which may be the guild's id:
    everyone)."""

    guild_id: int
    pictures: int
    ends_at: datetime
    granted_by: int  # a Discord id
    member_id: int | None = None
    role_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class GrantLeft:
    """What is left of a grant, for one member."""

    grant_id: int
    pictures: int
    ends_at: datetime
