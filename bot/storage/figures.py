"""How the whole deployment stands: `Figures` of `bot.service.ports` over SQL."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.account import OPERATOR
from bot.domain.audit import DifferenceKind
from bot.domain.catalog import MicroDollars
from bot.domain.job import JobStatus
from bot.domain.quota import Period, span
from bot.service.nightly import DIFFERENCE, RECONCILIATION
from bot.service.ports import DeploymentFigures
from bot.storage.engine import Database
from bot.storage.ledger import summed
from bot.storage.queue import oldest_waiting
from bot.storage.rows import LIVE
from bot.storage.tables import accounts, balances, jobs, occasions, processes

_NIGHTS = timedelta(days=100)
"""How far back the last reconciliation is looked for: as far as occasions are kept."""


class SqlFigures:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def figures(self, now: datetime) -> DeploymentFigures:
        async with self._database.read() as connection:
            counts = select(jobs.c.status, func.count()).where(LIVE).group_by(jobs.c.status)
            waiting, since = await oldest_waiting(connection)
            held = select(summed(jobs.c.hold)).where(LIVE, jobs.c.account == OPERATOR)
            reconciled_at, differences = await _last_reconciliation(connection, now)
            return DeploymentFigures(
                jobs={JobStatus(status): number for status, number in await connection.execute(counts)},
                waiting=waiting,
                oldest_wait=None if since is None else max((now - since).total_seconds(), 0.0),
                held=await connection.scalar(held) or 0,
                committed_today=await _committed(connection, span(Period.DAY, now).start),
                committed_this_month=await _committed(connection, span(Period.MONTH, now).start),
                processes=await connection.scalar(select(func.count()).select_from(processes)) or 0,
                closed_accounts=await _closed_accounts(connection),
                reconciled_at=reconciled_at,
                new_differences=differences,
                database_bytes=await self._database.size(connection),
            )


async def _committed(connection: AsyncConnection, since: datetime) -> MicroDollars:
    """What is spent or held on the operator's account, of what was asked for since the start of a day (UTC)."""
    total = select(summed(balances.c.amount)).where(balances.c.scope == OPERATOR, balances.c.quarter >= since)
    return await connection.scalar(total) or 0


async def _closed_accounts(connection: AsyncConnection) -> Mapping[bool, int]:
    closed = await connection.scalars(select(accounts.c.name).where(accounts.c.closed_for.is_not(None)))
    found = Counter(name == OPERATOR for name in closed)
    return {each: found[each] for each in (True, False)}


async def _last_reconciliation(
    connection: AsyncConnection, now: datetime
) -> tuple[datetime | None, Mapping[DifferenceKind, int]]:
    """When the last one that is done began, and what it found for the first time."""
    at = await connection.scalar(
        select(func.max(occasions.c.claimed_at, type_=occasions.c.claimed_at.type)).where(
            occasions.c.name.startswith(RECONCILIATION), occasions.c.done, occasions.c.claimed_at > now - _NIGHTS
        )
    )
    if at is None:
        return None, {}
    names = await connection.scalars(
        select(occasions.c.name).where(occasions.c.name.startswith(DIFFERENCE), occasions.c.claimed_at >= at)
    )
    return at, Counter(DifferenceKind(name.removeprefix(DIFFERENCE).partition(" ")[0]) for name in names)
