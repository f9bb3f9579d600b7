"""The ledger's rows: how they are made, and what they add up to. Each function runs in its caller's transaction."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, case, cast, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ledger import EntryKind
from bot.domain.quota import Period, span
from bot.service.ports import Usage
from bot.storage.engine import Database
from bot.storage.records import Columns
from bot.storage.tables import balances, grants, ledger

USED = (
    ledger.c.committed_pictures,
    case((ledger.c.kind == EntryKind.HOLD, 1), (ledger.c.kind == EntryKind.RELEASE, -1), else_=0),
    ledger.c.committed_amount,
)
"""What an entry, other than a grant's, adds to `Usage`: to its pictures, its jobs and its amount."""

_held = ledger.alias("held")
_GRANT_OF_HOLD = (
    select(_held.c.grant_id)
    .where(_held.c.job_id == bindparam("of_job"), _held.c.kind == EntryKind.HOLD)
    .scalar_subquery()
)
_HOLD = ledger.insert()
_END = ledger.insert().values(grant_id=_GRANT_OF_HOLD)


async def hold(database: Database, connection: AsyncConnection, job: Columns, grant_id: int | None) -> None:
    """Hold what a job may cost and make, of a grant if one is named; `job` is its row, as for the functions below."""
    await _enter(
        database,
        connection,
        job,
        EntryKind.HOLD,
        at=job["created_at"],
        pictures=job["count"],
        amount=job["hold"],
        committed_pictures=job["count"],
        committed_amount=job["hold"],
        grant_id=grant_id,
    )


async def capture(database: Database, connection: AsyncConnection, job: Columns) -> None:
    """Put what a finished job did cost and make in its hold's place."""
    await _enter(
        database,
        connection,
        job,
        EntryKind.CAPTURE,
        at=job["finished_at"],
        pictures=job["pictures"],
        amount=job["cost"],
        committed_pictures=job["pictures"] - job["count"],
        committed_amount=job["cost"] - job["hold"],
    )


async def release(database: Database, connection: AsyncConnection, job: Columns) -> None:
    """Take a finished job's hold back."""
    await _enter(
        database,
        connection,
        job,
        EntryKind.RELEASE,
        at=job["finished_at"],
        pictures=0,
        amount=job["hold"],
        committed_pictures=-job["count"],
        committed_amount=-job["hold"],
    )


async def enter_grant(
    database: Database, connection: AsyncConnection, grant_id: int, person_id: int, now: datetime
) -> None:
    """Enter a grant for a person, once: it commits nothing."""
    grant = (
        select(
            literal(EntryKind.GRANT, ledger.c.kind.type),
            literal(person_id, ledger.c.person_id.type),
            grants.c.guild_id,
            grants.c.pictures,
            literal(0),
            literal(now, ledger.c.at.type),
            literal(now, ledger.c.held_at.type),
            literal(0),
            literal(0),
            grants.c.id,
        )
        .where(grants.c.id == grant_id)
    )  # fmt: skip
    columns = (
        "kind", "person_id", "guild_id", "pictures", "amount", "at", "held_at", "committed_pictures",
        "committed_amount", "grant_id",
    )  # fmt: skip
    await connection.execute(database.insert_or_ignore(ledger).from_select(columns, grant))


async def used(
    connection: AsyncConnection, person_id: int, now: datetime, zone: tzinfo = UTC
) -> tuple[Usage, dict[str, Usage]]:
    """What a person used today and, by quality, this month: what counts against a quota, dated by the hold."""
    today, month = span(Period.DAY, now, zone), span(Period.MONTH, now, zone)
    rows = await connection.execute(
        select(
            ledger.c.quality,
            *(summed(part) for part in USED),
            *(summed(part, ledger.c.held_at >= today.start) for part in USED),
        )
        .where(ledger.c.person_id == person_id, ledger.c.held_at >= month.start, ledger.c.held_at < today.end)
        .where(ledger.c.kind != EntryKind.GRANT)
        .group_by(ledger.c.quality)
    )
    by_quality: dict[str, Usage] = {}
    of_today: list[Usage] = []
    for quality, *sums in rows:
        by_quality[quality] = Usage(*sums[:3])
        of_today.append(Usage(*sums[3:]))
    return Usage.total(of_today), {quality: usage for quality, usage in by_quality.items() if usage != Usage()}


def summed(value: ColumnElement[Any], where: ColumnElement[bool] | None = None) -> ColumnElement[int]:
    """Their sum, 0 of none; of those alone that `where` holds for."""
    added = func.sum(value if where is None else case((where, value), else_=0))
    return cast(func.coalesce(added, 0), BigInteger)  # PostgreSQL adds integers up to decimals


async def _enter(database: Database, connection: AsyncConnection, job: Columns, kind: EntryKind, **values: Any) -> None:
    entry = {name: job[name] for name in ("person_id", "guild_id", "channel_id", "model", "quality", "account")}
    entry |= {"job_id": job["id"], "kind": kind, "held_at": job["created_at"], **values}
    if kind is EntryKind.HOLD:
        await connection.execute(_HOLD, entry)
    else:  # of the grant that the hold was taken from
        await connection.execute(_END, entry | {"of_job": job["id"]})
    scopes = [job["account"]] if job["guild_id"] is None else [job["account"], guild_scope(job["guild_id"])]
    added = {
        "quarter": quarter_of(job["created_at"]),
        "pictures": values["committed_pictures"],
        "amount": values["committed_amount"],
    }
    # Always in this order, so that no two wait for each other.
    await connection.execute(database.insert_or_add(balances), [{"scope": scope} | added for scope in scopes])


def guild_scope(guild_id: int) -> str:
    """The scope of a guild's balances, on whichever account."""
    return f"guild:{guild_id}"


def quarter_of(moment: datetime) -> datetime:
    """The start of the quarter of an hour."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)
