"""What is remembered beside the jobs: who used what, and what came in before."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.account import Billing
from bot.domain.job import JobStatus
from bot.service.ports import Sample, Usage, UsageReport
from bot.storage.store import SqlStore
from tests.storage.conftest import Opener
from tests.storage.examples import ANOTHER_MEMBER, MEMBER, NOON, PRICE, admit, bring_to

MODEL = "openai/gpt-image-2"


async def ended(store: SqlStore, *, captured: int | None = PRICE, pictures: int = 1, **details: Any) -> None:
    job = await bring_to(store, JobStatus.DELIVERING, pictures=pictures, **details)
    end = JobStatus.FAILED if captured is None else JobStatus.SUCCEEDED
    made = 0 if captured is None else pictures
    await store.settle(job, end, job.created_at, captured=captured, pictures=made)


async def test_a_member_that_was_never_seen(store: SqlStore) -> None:
    assert await store.usage(MEMBER, NOON, 5) == UsageReport(Usage(), Usage(), {}, ())


async def test_usage_adds_up_by_day_month_and_quality(store: SqlStore) -> None:
    await ended(store, quality="high", pictures=2, captured=200_000)
    await ended(store, quality="high", captured=None)
    await ended(store, quality="low", captured=12_000)
    await ended(store, quality="auto", captured=None)
    await ended(store, quality="medium", captured=47_000, created_at=NOON - timedelta(days=22))  # the 1st
    await ended(store, quality="medium", captured=47_000, created_at=NOON - timedelta(days=23))  # last month
    await ended(store, quality="high", captured=99, created_at=NOON + timedelta(days=1))
    await ended(store, quality="high", captured=99, member_id=ANOTHER_MEMBER)
    await admit(store, quality="low", pictures=3)  # still held
    report = await store.usage(MEMBER, NOON, 0)
    assert report.today == Usage(2 + 1 + 3, 3, 200_000 + 12_000 + 3 * PRICE)
    assert report.by_quality == {
        "high": Usage(2, 1, 200_000),
        "low": Usage(4, 2, 12_000 + 3 * PRICE),
        "medium": Usage(1, 1, 47_000),
    }
    assert report.month == Usage(7, 4, 259_000 + 3 * PRICE)


async def test_a_run_that_cost_and_made_nothing_is_used_too(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    await store.settle(job, JobStatus.CANCELED, NOON, captured=PRICE, pictures=0)
    assert (await store.usage(MEMBER, NOON, 0)).by_quality == {"high": Usage(0, 1, PRICE)}


async def test_a_month_begins_at_midnight_in_utc(store: SqlStore) -> None:
    first = datetime(2026, 12, 1, tzinfo=UTC)
    await ended(store, captured=1, created_at=first - timedelta(microseconds=1))
    await ended(store, captured=10, created_at=first)
    assert (await store.usage(MEMBER, first, 0)).month.amount == 10
    assert (await store.usage(MEMBER, first - timedelta(microseconds=1), 0)).month.amount == 1


async def test_the_last_jobs_come_newest_first(store: SqlStore) -> None:
    made = [await admit(store, created_at=NOON + timedelta(minutes=age)) for age in (1, 3, 2)]
    await admit(store, member_id=ANOTHER_MEMBER)
    assert (await store.usage(MEMBER, NOON, 2)).last == (made[1], made[2])


async def run(store: SqlStore, seconds: float, end: JobStatus = JobStatus.SUCCEEDED, **details: Any) -> None:
    job = await bring_to(store, JobStatus.DELIVERING, **details)
    job = await store.advance(job, JobStatus.DELIVERING, run_seconds=seconds)
    await store.settle(job, end, NOON + timedelta(seconds=seconds), captured=1, pictures=job.request.count)


async def test_how_long_the_latest_such_runs_took_and_what_they_cost(store: SqlStore) -> None:
    await run(store, 30)
    await run(store, 50)
    await run(store, 40)
    await run(store, 60, billing=Billing.TOKEN)
    await run(store, 99, JobStatus.FAILED)
    await run(store, 99, quality="low")
    await run(store, 99, pictures=2)
    await bring_to(store, JobStatus.SUCCEEDED)  # without a time
    by_picture = [Sample(seconds, 1, Billing.PICTURE) for seconds in (50, 40, 30)]
    assert await store.samples(MODEL, "high", 1, 10) == [Sample(60, 1, Billing.TOKEN), *by_picture]
    assert await store.samples(MODEL, "high", 1, 2) == [Sample(60, 1, Billing.TOKEN), by_picture[0]]
    assert await store.samples(MODEL, "high", 3, 10) == []
    assert await store.samples("openai/gpt-image-1.5", "high", 1, 10) == []


async def test_a_delivery_is_received_once(store: SqlStore, open_another: Opener) -> None:
    received = await asyncio.gather(*(store.received("wh_1", NOON) for _ in range(5)))
    assert sorted(received) == [False] * 4 + [True]
    assert await store.received("wh_2", NOON)
    assert not await (await open_another()).received("wh_1", NOON)


async def test_deliveries_are_forgotten_when_none_can_come_again(store: SqlStore) -> None:
    await store.received("old", NOON)
    await store.received("new", NOON + timedelta(hours=20))
    await store.forget_before(NOON + timedelta(hours=25))
    assert await store.received("old", NOON)
    assert not await store.received("new", NOON)


async def test_facts_are_remembered(store: SqlStore, open_another: Opener) -> None:
    assert await store.recall("commands") is None
    await store.remember("commands", "abc")
    await store.remember("commands", "def")
    assert await store.recall("commands") == "def"
    assert await (await open_another()).recall("commands") == "def"
