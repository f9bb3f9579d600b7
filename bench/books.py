"""The books with a million entries: what a member, a moderator and an admission wait for."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from bench.databases import DATABASES, empty_store
from bench.figures import Aim, Figure, percentile, timed
from bench.history import History, make_history
from bench.past_jobs import a_job
from bot.domain.quota import Allowance, Period, UsageLimits, span
from bot.service.admission import OperatorTerms
from bot.service.ports import Terms
from bot.service.usage import UsageReports
from bot.storage.books import SqlBooks
from bot.storage.budgets import SqlBudgets
from bot.storage.store import SqlStore
from tests.clocks import ManualClock

ENTRIES = 1_000_000
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)  # late in a month
MONTH = span(Period.MONTH, NOW)

_ALL = UsageLimits(*(Allowance(10**9, 10**15 - 1) for _ in range(4)), cooldown=1)


async def measure() -> AsyncIterator[Figure]:
    for database in DATABASES:
        async with empty_store(database) as store:
            history = await make_history(store.database, ENTRIES, NOW)
            if history.entries != ENTRIES:
                raise RuntimeError(f"the invented history has {history.entries} entries")
            async for figure in _figures(store, history, database):
                yield figure


async def _figures(store: SqlStore, history: History, database: str) -> AsyncIterator[Figure]:
    books = SqlBooks(store.database)
    terms = OperatorTerms(member=_ALL, guild=_ALL, deployment=_ALL)
    reports = UsageReports(books, SqlBudgets(store.database), terms, ManualClock(NOW))

    async def admit(number: int) -> None:
        at = NOW + timedelta(seconds=2 * number + 10)
        job = a_job(f"new-{number}", at, member_id=history.member_id, guild_id=history.guild_id)
        await store.admit(job, terms.quota(Terms(), (), at), at)

    async def usage(_: int) -> None:
        await reports.of_member(history.member_id, history.guild_id)
        await store.jobs_of(history.member_id, 5)

    async def of_guild(_: int) -> None:
        await books.statement(MONTH, UTC, guild_id=history.guild_id)

    async def of_deployment(_: int) -> None:
        await books.statement(MONTH, UTC)

    async def export(_: int) -> None:
        async for _entry in books.entries(MONTH.start, MONTH.end, guild_id=history.guild_id):
            pass

    yield _most("an admission against every limit", database, await timed(200, admit), 100)
    yield _most("/usage of the busiest member", database, await timed(50, usage), 100)
    yield _most("a month's statement of the busiest guild", database, await timed(20, of_guild), 1_000)
    yield _most("a month's statement of the deployment", database, await timed(10, of_deployment), None)
    yield _most("a month's entries of the busiest guild", database, await timed(3, export, warm_up=0), None)


def _most(what: str, database: str, milliseconds: list[float], most: float | None) -> Figure:
    """What 95 of 100 take."""
    aim = None if most is None else Aim(most=most)
    figure = percentile(milliseconds, 95)
    return Figure(f"{what}, p95", database, "ms", [figure], aim=aim, count=len(milliseconds))
