"""The ledger as it is read: `Books` of `bot.service.ports` over SQL."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, TypeVar

from sqlalchemy import BigInteger, ColumnElement, case, literal, literal_column, select, tuple_, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ledger import EntryKind, LedgerEntry
from bot.domain.quota import Span
from bot.service.ports import MemberUsage, Sighting, Statement, Usage
from bot.storage.engine import Database
from bot.storage.ledger import USED, quarter_of, summed
from bot.storage.tables import ledger, people

PAGE = 1_000
"""Entries that are read in one transaction: what many together would keep it from ending in a moment."""

K = TypeVar("K")


class SqlBooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def statement(
        self, span: Span, zone: tzinfo, *, guild_id: int | None = None, member_id: int | None = None
    ) -> Statement:
        where = [ledger.c.held_at >= span.start, ledger.c.held_at < span.end, ledger.c.kind != EntryKind.GRANT]
        if guild_id is not None:
            where.append(ledger.c.guild_id == guild_id)
        async with self._database.read() as connection:
            if member_id is not None:
                known = select(people.c.id).where(people.c.discord_id == member_id)
                where.append(ledger.c.person_id == (await connection.scalar(known) or 0))  # 0 is nobody's
            by_kind = await _summed_by(connection, where, _day(span, zone), ledger.c.quality, ledger.c.model)
            whole = Usage.total(usage for _, usage in by_kind)
            if member_id is None:
                by_member = await _summed_by(connection, where, people.c.discord_id)
            else:
                by_member = [((member_id,), whole)] if by_kind else []
        by_day = _together((date.fromordinal(day), usage) for (day, _, _), usage in by_kind)
        return Statement(
            span=span,
            total=whole,
            by_day=dict(sorted(by_day.items())),
            by_quality=_together((quality, usage) for (_, quality, _), usage in by_kind),
            by_model=_together((model, usage) for (_, _, model), usage in by_kind),
            by_member=sorted((MemberUsage(member, usage) for (member,), usage in by_member), key=_most_spent),
        )

    async def sightings(self) -> Sequence[Sighting]:
        seen = (
            select(people.c.discord_id, ledger.c.account, ledger.c.guild_id)
            .distinct()
            .join_from(ledger, people, _WHOSE)
        )
        held = (ledger.c.kind == EntryKind.HOLD, people.c.discord_id.is_not(None))
        async with self._database.read() as connection:
            rows = await connection.execute(seen.where(*held).order_by(people.c.discord_id))
            return [*_sightings(tuple(row) for row in rows)]

    async def entries(
        self, start: datetime, end: datetime, *, guild_id: int | None = None, member_id: int | None = None
    ) -> AsyncIterator[LedgerEntry]:
        where = [ledger.c.at >= start, ledger.c.at < end]
        if member_id is not None:
            where.append(people.c.discord_id == member_id)
        if guild_id is not None:
            where.append(ledger.c.guild_id == guild_id)
        query = _ENTRIES.where(*where).limit(PAGE)
        page = query
        while True:
            async with self._database.read() as connection:
                rows = (await connection.execute(page)).all()
            for _, *values in rows:
                yield LedgerEntry(*values)
            if len(rows) < PAGE:
                return
            last_id, _, last_at, *_ = rows[-1]
            read_to = (literal(value, column.type) for value, column in zip((last_at, last_id), _POSITION, strict=True))
            page = query.where(tuple_(*_POSITION) > tuple_(*read_to))


_WHOSE = ledger.c.person_id == people.c.id
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # that a `Moment` counts from
_POSITION = (ledger.c.at, ledger.c.id)
_ENTRIES = (
    select(
        ledger.c.id,
        ledger.c.kind,  # from here on in the order of `LedgerEntry`'s fields
        ledger.c.at,
        ledger.c.guild_id,
        people.c.discord_id,
        ledger.c.pictures,
        ledger.c.amount,
        ledger.c.job_id,
        ledger.c.account,
        ledger.c.channel_id,
        ledger.c.model,
        ledger.c.quality,
        ledger.c.grant_id,
    )
    .join_from(ledger, people, _WHOSE)
    .order_by(*_POSITION)
)


def _sightings(rows: Iterable[tuple[int, str, int | None]]) -> Iterator[Sighting]:
    found: dict[tuple[int, str], set[int]] = {}
    for member_id, account, guild_id in rows:
        found.setdefault((member_id, account), set()).update([] if guild_id is None else [guild_id])
    for (member_id, account), guild_ids in found.items():
        yield Sighting(member_id, account, frozenset(guild_ids))


async def _summed_by(
    connection: AsyncConnection, where: Iterable[ColumnElement[bool]], *keys: ColumnElement[Any]
) -> list[tuple[tuple[Any, ...], Usage]]:
    """What was used, for each value of the keys; without those that came to nothing."""
    sums = select(*keys, *(summed(part) for part in USED)).join_from(ledger, people, _WHOSE)
    rows = await connection.execute(sums.where(*where).group_by(*keys))
    used = [(tuple(row[: len(keys)]), Usage(*row[len(keys) :])) for row in rows]
    return [each for each in used if each[1] != Usage()]


def _most_spent(member: MemberUsage) -> tuple[int, int, int]:
    return -member.usage.amount, -member.usage.pictures, member.member_id or 0


def _day(span: Span, zone: tzinfo) -> ColumnElement[int]:
    """The ordinal of the day of the zone's calendar in which an entry's hold was made."""
    held = type_coerce(ledger.c.held_at, BigInteger)
    changes = list(_clock_changes(span, zone))
    ahead = [_number(_microseconds(_ahead(zone, moment))) for moment in (span.start, *changes)]
    whens = [
        (held < _number(_microseconds(change - _EPOCH)), before)
        for change, before in zip(changes, ahead[:-1], strict=True)
    ]
    local = held + (case(*whens, else_=ahead[-1]) if whens else ahead[0])
    return _number(_EPOCH.toordinal()) + local // _number(_microseconds(timedelta(days=1)))


def _clock_changes(span: Span, zone: tzinfo) -> Iterator[datetime]:
    """When the zone's clocks are changed: on a quarter of an hour, and no more than once a day."""
    day = quarter_of(span.start)
    while day < span.end:
        after = day + timedelta(days=1)
        if _ahead(zone, day) != _ahead(zone, after):
            moment = day
            while _ahead(zone, moment) == _ahead(zone, day):
                moment += timedelta(minutes=15)
            yield moment
        day = after


def _ahead(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _microseconds(span: timedelta) -> int:
    return span // timedelta(microseconds=1)


def _number(value: int) -> ColumnElement[int]:
    """As a literal: PostgreSQL would take parameters for different ones in what is selected and what is grouped by."""
    return literal_column(str(value), BigInteger)


def _together(used: Iterable[tuple[K, Usage]]) -> Mapping[K, Usage]:
    found: dict[K, list[Usage]] = {}
    for key, usage in used:
        found.setdefault(key, []).append(usage)
    return {key: Usage.total(usages) for key, usages in found.items()}
