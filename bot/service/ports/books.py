"""The ledger as it is read: statements of a period, and entry by entry."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from typing import Protocol

from bot.domain.ledger import LedgerEntry
from bot.domain.quota import Span
from bot.service.ports.store import Usage


@dataclass(frozen=True, slots=True)
class MemberUsage:
    member_id: int | None  # None: all that were erased, together
    usage: Usage


@dataclass(frozen=True, slots=True)
class Statement:
    """What was used in a span, dated by the holds. Running jobs count with what is held for them, released ones not."""

    span: Span
    total: Usage
    by_day: Mapping[date, Usage]  # of the zone's calendar; days without use are left out
    by_quality: Mapping[str, Usage]
    by_model: Mapping[str, Usage]
    by_member: Sequence[MemberUsage]  # who spent most ahead


@dataclass(frozen=True, slots=True)
class Sighting:
    """Somebody who had something made on an account."""

    member_id: int
    account: str
    guild_ids: frozenset[int]  # where; none of direct messages


class Books(Protocol):
    """Reads only. Any method may raise `StoreUnavailable` of `bot.domain.errors`."""

    async def statement(
        self, span: Span, zone: tzinfo, *, guild_id: int | None = None, member_id: int | None = None
    ) -> Statement:
        """Of a guild, of a member in all guilds, of a member in one, or with neither of the deployment."""
        ...

    def entries(
        self, start: datetime, end: datetime, *, guild_id: int | None = None, member_id: int | None = None
    ) -> AsyncIterator[LedgerEntry]:
        """The entries made from `start`, inclusive, to `end`, oldest first; of one guild or member, or all.
        It reads on as it is iterated, so that any number fits into memory."""
        ...

    async def sightings(self) -> Sequence[Sighting]:
        """Everyone who ever asked for anything, on each account; but those who were erased."""
        ...
