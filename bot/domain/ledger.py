"""The account of who used what: append-only entries, and what they add up to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.catalog import MicroDollars


class EntryKind(StrEnum):
    GRANT = "grant"
    HOLD = "hold"  # the worst price, as the job is admitted
    CAPTURE = "capture"  # the real one, as it ends
    RELEASE = "release"  # nothing was charged


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One entry. A job has one hold and at most one of capture or release; `amount` is never negative."""

    job_id: str
    kind: EntryKind
    member_id: int
    guild_id: int | None
    channel_id: int
    model: str
    quality: str
    pictures: int  # held, or made
    amount: MicroDollars
    at: datetime


@dataclass(frozen=True, slots=True)
class Committed:
    """What is spent or held: a capture where there is one, nothing after a release, else the hold."""

    pictures: int = 0
    amount: MicroDollars = 0
