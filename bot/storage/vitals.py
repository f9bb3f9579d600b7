"""How the deployment stands: `Vitals` of `bot.service.ports` over SQL."""

from datetime import datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.account import OPERATOR
from bot.domain.catalog import MicroDollars
from bot.domain.errors import OutOfCredit
from bot.domain.job import JobStatus
from bot.domain.quota import Period, Span, span
from bot.service.ports import VitalSigns
from bot.storage.engine import Database
from bot.storage.ledger import summed
from bot.storage.rows import LIVE, readable_jobs
from bot.storage.tables import accounts, balances, deliveries, jobs

LATEST = 5
"""Runs that webhooks are looked for of: one may get lost, and so many don't."""

LOOKS_BACK = timedelta(hours=12)
"""Less than deliveries are kept for."""

_WAITING = and_(
    LIVE,
    jobs.c.status == JobStatus.QUEUED,
    jobs.c.owner.is_(None),
    jobs.c.account.not_in(select(accounts.c.name).where(accounts.c.closed_for.is_not(None))),
)


class SqlVitals:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, now: datetime) -> VitalSigns:
        async with self._database.read() as connection:
            closed = select(accounts.c.closed_for).where(accounts.c.name == OPERATOR)
            return VitalSigns(
                spent_today=await _spent(connection, span(Period.DAY, now)),
                spent_this_month=await _spent(connection, span(Period.MONTH, now)),
                out_of_credit=isinstance(await connection.scalar(closed), OutOfCredit),
                waiting=await connection.scalar(select(func.count()).where(_WAITING)) or 0,
                waiting_since=await _waiting_since(connection),
                unheard=await _unheard(connection, now),
            )


async def _spent(connection: AsyncConnection, within: Span) -> MicroDollars:
    in_span = (balances.c.quarter >= within.start, balances.c.quarter < within.end)
    amount = select(summed(balances.c.amount)).where(balances.c.scope == OPERATOR, *in_span)
    return await connection.scalar(amount) or 0


async def _waiting_since(connection: AsyncConnection) -> datetime | None:
    """Who has a request under way waits for themselves."""
    busy = select(jobs.c.person_id).where(LIVE, jobs.c.status.in_(_UNDER_WAY), jobs.c.owner.is_not(None))
    since = func.min(func.coalesce(jobs.c.approved_at, jobs.c.created_at), type_=jobs.c.created_at.type)
    return await connection.scalar(select(since).where(_WAITING, jobs.c.person_id.not_in(busy)))


async def _unheard(connection: AsyncConnection, now: datetime) -> int:
    latest = (
        select(jobs.c.id)
        .where(jobs.c.erased_at.is_(None), jobs.c.finished_at > now - LOOKS_BACK, jobs.c.prediction_id.is_not(None))
        .order_by(jobs.c.finished_at.desc(), jobs.c.id.desc())
        .limit(LATEST)
    )
    runs = await readable_jobs(connection, (await connection.scalars(latest)).all())
    told = [each.submitted_at for each in runs if each.submitted_at and each.submission and each.submission.webhook]
    if not told:
        return 0
    heard = select(deliveries.c.webhook_id).where(deliveries.c.received_at >= min(told)).limit(1)
    return 0 if await connection.scalar(heard) else len(told)


_UNDER_WAY = (JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RUNNING)
