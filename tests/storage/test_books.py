"""The ledger as it is read: statements by day, and entry by entry."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from bot.domain.job import Job, JobStatus
from bot.domain.ledger import EntryKind, Grant, LedgerEntry
from bot.domain.quota import Period, Span, span
from bot.service.ports import MemberUsage, Statement, Usage
from bot.storage import books as books_module
from bot.storage.books import SqlBooks
from bot.storage.budgets import SqlBudgets
from bot.storage.store import SqlStore
from bot.storage.tables import people
from tests.storage.examples import ANOTHER_MEMBER, CHANNEL, GUILD, MEMBER, NOON, PRICE, admit, bring_to

BERLIN = ZoneInfo("Europe/Berlin")
NOVEMBER = span(Period.MONTH, NOON)
MODEL = "openai/gpt-image-2"


@pytest.fixture
def books(store: SqlStore) -> SqlBooks:
    return SqlBooks(store.database)


async def ended(store: SqlStore, at: datetime, *, captured: int | None, pictures: int = 1, **details: Any) -> Job:
    """A job that was held then and ended an hour later, for so much or, for None, for nothing."""
    job = await bring_to(store, JobStatus.DELIVERING, pictures=pictures, created_at=at, **details)
    end = JobStatus.FAILED if captured is None else JobStatus.SUCCEEDED
    made = 0 if captured is None else pictures
    return await store.settle(job, end, at + timedelta(hours=1), captured=captured, pictures=made)


async def erase(store: SqlStore, member_id: int) -> None:
    async with store.database.write() as connection:
        await connection.execute(update(people).where(people.c.discord_id == member_id).values(discord_id=None))


async def listed(books: SqlBooks, start: datetime, end: datetime, guild_id: int | None = None) -> list[LedgerEntry]:
    return [entry async for entry in books.entries(start, end, guild_id=guild_id)]


async def test_a_statement_adds_up_by_day_quality_model_and_member(store: SqlStore, books: SqlBooks) -> None:
    day = timedelta(days=1)
    await ended(store, NOON, captured=200, pictures=2)
    await ended(store, NOON, captured=None)
    await ended(store, NOON - day, captured=12, quality="low")
    await ended(store, NOON - day, captured=3_000, member_id=ANOTHER_MEMBER)
    await ended(store, NOON - 30 * day, captured=9)  # in October
    await ended(store, NOON, captured=40, guild_id=GUILD + 1)
    await admit(store, pictures=3, created_at=NOON - 2 * day)  # still held
    held = Usage(3, 1, 3 * PRICE)
    by_guild = await books.statement(NOVEMBER, UTC, guild_id=GUILD)
    assert by_guild == Statement(
        span=NOVEMBER,
        total=Usage(7, 4, 3_212 + 3 * PRICE),
        by_day={date(2026, 11, 21): held, date(2026, 11, 22): Usage(2, 2, 3_012), date(2026, 11, 23): Usage(2, 1, 200)},
        by_quality={"high": Usage(6, 3, 3_200 + 3 * PRICE), "low": Usage(1, 1, 12)},
        by_model={MODEL: Usage(7, 4, 3_212 + 3 * PRICE)},
        by_member=[
            MemberUsage(MEMBER, Usage(6, 3, 212 + 3 * PRICE)),
            MemberUsage(ANOTHER_MEMBER, Usage(1, 1, 3_000)),
        ],
    )
    assert list(by_guild.by_day) == sorted(by_guild.by_day)
    everywhere = await books.statement(NOVEMBER, UTC, member_id=MEMBER)
    assert everywhere.by_day[NOON.date()] == Usage(3, 2, 240)
    assert [each.member_id for each in everywhere.by_member] == [MEMBER]
    here = await books.statement(NOVEMBER, UTC, guild_id=GUILD + 1, member_id=MEMBER)
    assert here.by_day == {NOON.date(): Usage(1, 1, 40)}
    assert (await books.statement(NOVEMBER, UTC)).total == Usage(8, 5, 3_252 + 3 * PRICE)


async def test_nothing_was_used(store: SqlStore, books: SqlBooks) -> None:
    await ended(store, NOON, captured=None)
    nothing = Statement(NOVEMBER, Usage(), {}, {}, {}, [])
    assert await books.statement(NOVEMBER, UTC, guild_id=GUILD) == nothing
    assert await books.statement(NOVEMBER, UTC, member_id=ANOTHER_MEMBER) == nothing


async def test_a_grant_is_no_use(store: SqlStore, books: SqlBooks) -> None:
    grant = Grant(GUILD, 20, NOON + timedelta(days=1), ANOTHER_MEMBER, member_id=MEMBER)
    await SqlBudgets(store.database).grant(grant, reference="1", now=NOON)
    assert (await books.statement(NOVEMBER, UTC)).total == Usage()


async def test_a_day_is_the_zones(store: SqlStore, books: SqlBooks) -> None:
    """Also the one of 25 hours on which summer time ended."""
    first = datetime(2026, 10, 25, tzinfo=BERLIN).astimezone(UTC)
    last = datetime(2026, 10, 26, tzinfo=BERLIN).astimezone(UTC) - timedelta(microseconds=1)
    assert last - first > timedelta(hours=24)
    for moment in (first - timedelta(microseconds=1), first, last, last + timedelta(microseconds=1)):
        await ended(store, moment, captured=1)
    october = span(Period.MONTH, first, BERLIN)
    assert {day.day: usage.jobs for day, usage in (await books.statement(october, BERLIN)).by_day.items()} == {
        24: 1,
        25: 2,
        26: 1,
    }
    of_the_day = await books.statement(Span(first, last), BERLIN)
    assert of_the_day.total.jobs == 1
    kathmandu = ZoneInfo("Asia/Kathmandu")  # 5:45 h ahead
    midnight = datetime(2026, 11, 20, tzinfo=kathmandu).astimezone(UTC)
    await ended(store, midnight - timedelta(seconds=1), captured=1)
    await ended(store, midnight, captured=1)
    assert list((await books.statement(span(Period.MONTH, midnight, kathmandu), kathmandu)).by_day) == [
        date(2026, 11, 19),
        date(2026, 11, 20),
    ]


async def test_who_was_erased_counts_without_a_name(store: SqlStore, books: SqlBooks) -> None:
    for number in range(3):
        await ended(store, NOON, captured=10, member_id=MEMBER + number)
    await erase(store, MEMBER)
    await erase(store, MEMBER + 1)
    statement = await books.statement(NOVEMBER, UTC, guild_id=GUILD)
    assert statement.total == Usage(3, 3, 30)
    assert statement.by_member == [MemberUsage(None, Usage(2, 2, 20)), MemberUsage(MEMBER + 2, Usage(1, 1, 10))]
    assert [each.person for each in await listed(books, NOON, NOON + timedelta(days=1))] == [
        None, None, MEMBER + 2, None, None, MEMBER + 2,
    ]  # fmt: skip


async def test_entries_say_all_that_the_ledger_does(store: SqlStore, books: SqlBooks) -> None:
    grant = Grant(GUILD, 20, NOON + timedelta(days=1), ANOTHER_MEMBER, member_id=MEMBER)
    grant_id = await SqlBudgets(store.database).grant(grant, reference="1", now=NOON - timedelta(seconds=1))
    job = await ended(store, NOON, captured=7, quality="low", pictures=2)
    common: dict[str, Any] = {"guild_id": GUILD, "person": MEMBER, "account": "operator"}
    of_job: dict[str, Any] = {"job_id": job.id, "channel_id": CHANNEL, "model": MODEL, "quality": "low"} | common
    hold = LedgerEntry(EntryKind.HOLD, NOON, pictures=2, amount=2 * PRICE, **of_job)
    capture = LedgerEntry(EntryKind.CAPTURE, NOON + timedelta(hours=1), pictures=2, amount=7, **of_job)
    assert await listed(books, NOVEMBER.start, NOVEMBER.end) == [
        LedgerEntry(EntryKind.GRANT, NOON - timedelta(seconds=1), pictures=20, amount=0, job_id=None,
                    grant_id=grant_id, **common),
        hold,
        capture,
    ]  # fmt: skip
    assert await listed(books, hold.at, capture.at) == [hold]
    assert await listed(books, NOVEMBER.start, NOVEMBER.end, GUILD + 1) == []


async def test_any_number_of_entries_comes_in_pages(
    store: SqlStore, books: SqlBooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of one moment are on several of them."""
    monkeypatch.setattr(books_module, "PAGE", 2)
    jobs = [await admit(store, created_at=NOON + timedelta(seconds=number // 5)) for number in range(9)]
    await admit(store, guild_id=None)
    later = await admit(store, created_at=NOON + timedelta(seconds=9))
    reading = books.entries(NOON, NOVEMBER.end, guild_id=GUILD)
    first = await anext(reading)
    another = await admit(store, created_at=NOON + timedelta(seconds=20))  # no transaction stays open meanwhile
    found = [first.job_id, *[entry.job_id async for entry in reading]]
    assert found == ids([*jobs, later, another])


def ids(jobs: Iterable[Job]) -> list[str]:
    return [job.id for job in jobs]
