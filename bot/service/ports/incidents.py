"""What needs the operator, kept so that one process tells of it and no restart tells it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.incident import Incident, IncidentKind


@dataclass(frozen=True, slots=True)
class Notice:
    """That an incident has begun, or (`over`) has ended."""

    kind: IncidentKind
    subject: str
    words: str
    began_at: datetime
    at: datetime
    over: bool = False


@dataclass(frozen=True, slots=True)
class NoticePost:
    """Notices that are told together, oldest first."""

    id: str  # of at most 20 characters; the same for the same ones
    notices: Sequence[Notice]


class Incidents(Protocol):
    """Every method is one transaction, and may raise `StoreUnavailable` of `bot.domain.errors`."""

    async def seen(self, found: Sequence[Incident], now: datetime) -> Sequence[Incident]:
        """Note that these are the case; answers those that begin with it, of each of which there is now a notice."""
        ...

    async def settle(self, now: datetime) -> Sequence[Notice]:
        """End those that haven't been seen for their quiet time; answers the notices of it, none of passing ones."""
        ...

    async def claim_post(self, now: datetime) -> NoticePost | None:
        """The notices to be posted now, by who asked alone: those of a post that was claimed and not `posted` once it
        may be tried again, after longer with each try, else all that are new. None where there are none, where the
        latest posts followed each other too fast, and for whatever is too old to be told."""
        ...

    async def posted(self, post_id: str) -> None:
        """It was, or never can be."""
        ...


class OperatorChannel(Protocol):
    """Where the operator is told. May raise `Undeliverable` where it is gone or closed to the bot, and `TryLater`,
    which is also what comes of a call that hangs."""

    async def post(self, post: NoticePost) -> None:
        """Post them as one message. The same post sent again within a few minutes makes no second."""
        ...
