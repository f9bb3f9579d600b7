"""The ledger's rows: how they are made, and what they add up to. Each function runs in its caller's transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ledger import Committed, EntryKind
from bot.domain.quota import day_of
from bot.service.ports import Usage
from bot.storage.records import Columns
from bot.storage.tables import ledger


async def hold(connection: AsyncConnection, job: Columns) -> None:
    """Hold what a job may cost and make; `job` is its row, as for the functions below."""
    await _enter(
        connection,
        job,
        EntryKind.HOLD,
        at=job["created_at"],
        pictures=job["count"],
        amount=job["hold"],
        committed_pictures=job["count"],
        committed_amount=job["hold"],
    )


async def capture(connection: AsyncConnection, job: Columns) -> None:
    """Put what a finished job did cost and make in its hold's place."""
    await _enter(
        connection,
        job,
        EntryKind.CAPTURE,
        at=job["finished_at"],
        pictures=job["pictures"],
        amount=job["cost"],
        committed_pictures=job["pictures"] - job["count"],
        committed_amount=job["cost"] - job["hold"],
    )


async def release(connection: AsyncConnection, job: Columns) -> None:
    """Take a finished job's hold back."""
    await _enter(
        connection,
        job,
        EntryKind.RELEASE,
        at=job["finished_at"],
        pictures=0,
        amount=job["hold"],
        committed_pictures=-job["count"],
        committed_amount=-job["hold"],
    )


async def committed(connection: AsyncConnection, person_id: int, now: datetime) -> tuple[Committed, Committed]:
    """What the person, and what all together, have spent or hold of the day (UTC) that `now` lies in."""
    start, end = day_of(now)
    theirs = ledger.c.person_id == person_id
    sums = await connection.execute(
        select(
            _sum(ledger.c.committed_pictures, theirs),
            _sum(ledger.c.committed_amount, theirs),
            _sum(ledger.c.committed_pictures),
            _sum(ledger.c.committed_amount),
        ).where(ledger.c.held_at >= start, ledger.c.held_at < end)
    )
    pictures, amount, all_pictures, total = sums.one()
    return Committed(pictures, amount), Committed(all_pictures, total)


async def used(connection: AsyncConnection, person_id: int, now: datetime) -> tuple[Usage, dict[str, Usage]]:
    """What a person used today and, by quality, this month (UTC): what counts against a quota, dated by the hold."""
    day, end = day_of(now)
    jobs = case((ledger.c.kind == EntryKind.HOLD, 1), (ledger.c.kind == EntryKind.RELEASE, -1), else_=0)
    parts = (ledger.c.committed_pictures, jobs, ledger.c.committed_amount)
    rows = await connection.execute(
        select(
            ledger.c.quality, *(_sum(part) for part in parts), *(_sum(part, ledger.c.held_at >= day) for part in parts)
        )
        .where(ledger.c.person_id == person_id, ledger.c.held_at >= day.replace(day=1), ledger.c.held_at < end)
        .where(ledger.c.kind != EntryKind.GRANT)
        .group_by(ledger.c.quality)
    )
    month: dict[str, Usage] = {}
    today: list[Usage] = []
    for quality, *sums in rows:
        month[quality] = Usage(*sums[:3])
        today.append(Usage(*sums[3:]))
    return total(today), {quality: usage for quality, usage in month.items() if usage != Usage()}


def total(usages: Iterable[Usage]) -> Usage:
    parts = [(each.pictures, each.jobs, each.amount) for each in usages]
    return Usage(*(sum(column) for column in zip(*parts, strict=True))) if parts else Usage()


def _sum(value: ColumnElement[Any], where: ColumnElement[bool] | None = None) -> ColumnElement[int]:
    added = func.sum(value if where is None else case((where, value), else_=0))
    return cast(func.coalesce(added, 0), BigInteger)  # PostgreSQL adds integers up to decimals


async def _enter(connection: AsyncConnection, job: Columns, kind: EntryKind, **values: Any) -> None:
    named = {name: job[name] for name in ("person_id", "guild_id", "channel_id", "model", "quality")}
    await connection.execute(
        ledger.insert(), {"job_id": job["id"], "kind": kind, "held_at": job["created_at"], **named, **values}
    )
