"""What grows with the store: the same calls with a thousand jobs of a year, and with a million."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from time import perf_counter

from bench.databases import DATABASES, empty_store
from bench.figures import Aim, Figure
from bench.history import FIRST_GUILD, FIRST_PERSON, GUILDS, PEOPLE, make_history
from bench.past_jobs import a_job, make_jobs, make_waiting
from bot.domain.errors.runs import InternalFailure
from bot.domain.fairness import Limits
from bot.domain.job import Job, JobStatus
from bot.domain.quota import Allowance, Period, UsageLimits, span
from bot.service.admission import OperatorTerms
from bot.service.line import CROWD
from bot.service.ports import Cutoffs, Terms
from bot.service.usage import UsageReports
from bot.storage.books import SqlBooks
from bot.storage.budgets import SqlBudgets
from bot.storage.erasures import SqlErasures
from bot.storage.figures import SqlFigures
from bot.storage.queue import SqlQueue
from bot.storage.runs import SqlRunBooks
from bot.storage.store import SqlStore
from bot.storage.vitals import SqlVitals
from tests.clocks import ManualClock
from tests.storage.examples import FREELY, UNLIMITED, claim, join

FEW, MANY = 1_000, 1_000_000
FEW_WAITING, WAITING = 100, 5_000
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)  # late in a month
MEMBER, GUILD = FIRST_PERSON + PEOPLE, FIRST_GUILD + GUILDS
"""Whose requests are the same few in both: what they ask for grows with the others' alone."""

REQUESTS = 40
"""Of that member, over the month."""

ROUNDS, CALLS = 5, 12

_ALL = UsageLimits(*(Allowance(10**9, 10**15 - 1) for _ in range(4)), cooldown=1)
_WITHIN = {"claim", "an admission against every limit", "/usage of a member"}
"""What the aim is for."""

Call = Callable[[int], Awaitable[None]]


async def measure() -> AsyncIterator[Figure]:
    for database in DATABASES:
        small = await _timed_with(database, FEW)
        large = await _timed_with(database, MANY)
        for what, values in large.items():
            aim = Aim(ratio=2) if what in _WITHIN else None
            yield Figure(f"{what}, {MANY:,} jobs stored", database, "ms", values, small[what], aim, ROUNDS * CALLS)
        async for figure in _in_a_crowd(database):
            yield figure


async def _timed_with(database: str, number: int) -> Mapping[str, list[float]]:
    async with empty_store(database) as store:
        history = await make_history(store.database, 2 * number, NOW)
        if (made := await make_jobs(store.database, history)) != number:
            raise RuntimeError(f"the invented history has {made} jobs")
        await join(store, "me")
        await _make_member(store)
        return {what: await _rounds(*calls) for what, calls in _calls(store).items()}


def _calls(store: SqlStore) -> Mapping[str, tuple[Call, Call | None]]:
    """Each by what it is, with what has to go before it."""
    queue, books, runs = SqlQueue(store.database, FREELY), SqlBooks(store.database), SqlRunBooks(store.database)
    terms = OperatorTerms(member=_ALL, guild=_ALL, deployment=_ALL)
    reports = UsageReports(books, SqlBudgets(store.database), terms, ManualClock(NOW))
    erasures = SqlErasures(store.database)

    async def admit(number: int) -> None:
        at = NOW + timedelta(seconds=2 * number + 10)
        await store.admit(_job(f"new-{number}", at), terms.quota(Terms(), (), at), at)

    async def let_one_wait(number: int) -> None:
        for job in await queue.owned("me"):
            ending = await store.advance(job, JobStatus.DELIVERING, failure=InternalFailure())
            await store.settle(ending, JobStatus.FAILED, NOW, captured=None, pictures=0)
        await store.admit(_job(f"one-{number}", NOW), UNLIMITED, NOW)

    async def claim_one(_: int) -> None:
        await queue.claim("me", NOW, 100)

    async def usage(_: int) -> None:
        await reports.of_member(MEMBER, GUILD)
        await store.jobs_of(MEMBER, 5)

    async def of_guild(_: int) -> None:
        await books.statement(span(Period.MONTH, NOW), UTC, guild_id=GUILD)

    async def line(_: int) -> None:
        await queue.line(NOW, 100)

    async def webhook(number: int) -> None:
        await store.received(f"webhook-{number}", NOW)
        await store.account_of(f"own-{number % REQUESTS}")

    async def estimate(_: int) -> None:
        await store.samples("openai/gpt-image-2", "high", 1, 50)

    async def start(_: int) -> None:
        await queue.owned("me")
        await store.doubtful(NOW - timedelta(hours=2))

    async def audit(_: int) -> None:
        await runs.unfinished(NOW, 100)
        await runs.submitted("operator", NOW - timedelta(days=1), NOW, 3)

    async def metrics(_: int) -> None:
        await SqlFigures(store.database).figures(NOW)
        await SqlVitals(store.database).read(NOW)

    async def retention(number: int) -> None:
        await erasures.strip_ended(Cutoffs(NOW - timedelta(days=1), {}), NOW, 1)

    calls = {
        "an admission against every limit": admit,
        "claim": claim_one,
        "/usage of a member": usage,
        "a month's statement of a guild": of_guild,
        "the line": line,
        "a webhook's receipt": webhook,
        "the estimate": estimate,
        "what a start looks for": start,
        "a page of the audit": audit,
        "the metrics' figures": metrics,
        "a request erased": retention,
    }
    return {what: (call, let_one_wait if call is claim_one else None) for what, call in calls.items()}


async def _rounds(call: Call, before: Call | None) -> list[float]:
    """Milliseconds of a call, the median of each round; what goes before it isn't counted."""
    medians: list[float] = []
    for first in range(0, ROUNDS * CALLS, CALLS):
        each: list[float] = []
        for number in range(first, first + CALLS):
            if before is not None:
                await before(number)
            began = perf_counter()
            await call(number)
            each.append((perf_counter() - began) * 1_000)
        medians.append(median(each))
    return medians


async def _make_member(store: SqlStore) -> None:
    """With requests of the last month, at their ends."""
    for number in range(REQUESTS):
        at = NOW - timedelta(hours=16 * number + 2)
        await store.admit(_job(f"own-{number}", at), UNLIMITED, at)
        [job] = (await claim(store, "me", at)).jobs
        for status in (JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.DELIVERING):
            job = await store.advance(job, status)
        await store.settle(job, JobStatus.SUCCEEDED, at + timedelta(seconds=40), captured=47_000, pictures=1)


def _job(job_id: str, at: datetime) -> Job:
    return a_job(job_id, at, member_id=MEMBER, guild_id=GUILD)


async def _in_a_crowd(database: str) -> AsyncIterator[Figure]:
    """A claim of one job, its limit leaving room for no more, and the line; beside the same with a few who wait."""
    few, many = [await _timed_in_line(database, waiting) for waiting in (FEW_WAITING, WAITING)]
    for what, values in many.items():
        count = ROUNDS * CALLS
        yield Figure(f"{what}, {WAITING:,} waiting", database, "ms", values, few[what], None, count)


async def _timed_in_line(database: str, waiting: int) -> Mapping[str, list[float]]:
    async with empty_store(database) as store:
        await make_history(store.database, 2 * FEW, NOW)
        await make_waiting(store.database, waiting, NOW, guilds=GUILDS)
        await join(store, "me")
        queues = [SqlQueue(store.database, Limits(in_all=most)) for most in range(ROUNDS * CALLS + 1)]

        async def claim_one(number: int) -> None:
            if len((await queues[number + 1].claim("me", NOW, 100)).jobs) != 1:
                raise RuntimeError("there is room for one")

        async def claim_none(_: int) -> None:
            await queues[0].claim("me", NOW, 100)

        async def line(_: int) -> None:
            await queues[0].line(NOW, CROWD)

        calls = {"a claim of one": claim_one, "a claim where nothing is free": claim_none, "the line": line}
        return {what: await _rounds(call, None) for what, call in calls.items()}
