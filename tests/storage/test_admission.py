"""A job and its hold are one transaction, and the quota is checked in it."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.errors import LimitReached
from bot.domain.job import JobStatus
from bot.service.ports import AlreadyAdmitted, Usage
from bot.storage.store import SqlStore
from tests.storage.examples import (
    ANOTHER_MEMBER,
    MEMBER,
    NOON,
    PRICE,
    a_job,
    admit,
    bring_to,
    outcome,
    quota,
)

MIDNIGHT = datetime(2026, 11, 24, tzinfo=UTC)
LAST_MOMENT = MIDNIGHT - timedelta(microseconds=1)


async def test_an_admitted_job_is_there_with_its_hold(store: SqlStore) -> None:
    job = await admit(store, pictures=3)
    assert await store.job(job.id) == job
    report = await store.usage(MEMBER, NOON, 10)
    assert report.today == Usage(pictures=3, jobs=1, amount=3 * PRICE)
    assert report.last == (job,)


async def test_twenty_at_once_against_a_quota_of_one_admit_one(store: SqlStore) -> None:
    jobs = [a_job() for _ in range(20)]
    outcomes = await asyncio.gather(*(outcome(store.admit(job, quota(1), NOON)) for job in jobs))
    refused = LimitReached("member", "day", "pictures", 1, 1, 1, int(MIDNIGHT.timestamp()))
    assert [each for each in outcomes if each is not None] == [refused] * 19
    stored = [await store.job(job.id) for job in jobs]
    assert len([job for job in stored if job]) == 1
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage(1, 1, PRICE)


async def test_twenty_more_at_once_admit_what_is_left(store: SqlStore) -> None:
    await admit(store)
    outcomes = await asyncio.gather(*(outcome(store.admit(a_job(), quota(3), NOON)) for _ in range(20)))
    assert outcomes.count(None) == 2
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage(3, 3, 3 * PRICE)


async def test_the_deployments_spend_is_shared_by_all(store: SqlStore) -> None:
    jobs = [a_job(member_id=MEMBER + number) for number in range(20)]
    outcomes = await asyncio.gather(*(outcome(store.admit(job, quota(9, 2 * PRICE), NOON)) for job in jobs))
    refused = LimitReached("deployment", "day", "amount", 2 * PRICE, 2 * PRICE, PRICE, int(MIDNIGHT.timestamp()))
    assert [each for each in outcomes if each is not None] == [refused] * 18


async def test_a_quota_is_the_members_own(store: SqlStore) -> None:
    await admit(store, pictures=5)
    await store.admit(a_job(member_id=ANOTHER_MEMBER), quota(1), NOON)
    with pytest.raises(LimitReached):
        await store.admit(a_job(), quota(5), NOON)


async def test_a_refused_job_leaves_nothing(store: SqlStore) -> None:
    job = a_job(pictures=2)
    with pytest.raises(LimitReached):
        await store.admit(job, quota(1), NOON)
    assert await store.job(job.id) is None
    assert (await store.usage(MEMBER, NOON, 10)).today == Usage()
    await store.admit(job, quota(2), NOON)


async def test_a_job_is_admitted_once(store: SqlStore) -> None:
    job = await admit(store)
    with pytest.raises(AlreadyAdmitted):
        await store.admit(job, quota(0, 0), NOON)  # whatever the quota says by then
    assert (await store.usage(MEMBER, NOON, 10)).today == Usage(1, 1, PRICE)


async def test_a_release_frees_what_was_held(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING, pictures=4)
    await store.settle(job, JobStatus.FAILED, NOON, captured=None, pictures=0)
    await store.admit(a_job(pictures=4), quota(4, 4 * PRICE), NOON)


async def test_a_capture_counts_for_what_it_came_to(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING, pictures=4)
    await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=PRICE, pictures=1)
    await store.admit(a_job(pictures=3), quota(4, 4 * PRICE), NOON)
    with pytest.raises(LimitReached) as refused:
        await store.admit(a_job(), quota(4), NOON)
    assert (refused.value.scope, refused.value.used) == ("member", 4)
    with pytest.raises(LimitReached) as reached:
        await store.admit(a_job(), quota(9, 4 * PRICE), NOON)
    assert (reached.value.scope, reached.value.used) == ("deployment", 4 * PRICE)


async def test_a_capture_above_the_hold_counts_in_full(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=5 * PRICE, pictures=1)
    with pytest.raises(LimitReached) as reached:
        await store.admit(a_job(), quota(9, 5 * PRICE), NOON)
    assert (reached.value.scope, reached.value.used) == ("deployment", 5 * PRICE)


async def test_a_day_ends_at_midnight_in_utc(store: SqlStore) -> None:
    await store.admit(a_job(created_at=LAST_MOMENT), quota(1, PRICE, now=LAST_MOMENT), LAST_MOMENT)
    with pytest.raises(LimitReached):
        await store.admit(a_job(created_at=LAST_MOMENT), quota(1, PRICE, now=LAST_MOMENT), LAST_MOMENT)
    await store.admit(a_job(created_at=MIDNIGHT), quota(1, PRICE, now=MIDNIGHT), MIDNIGHT)
    assert (await store.usage(MEMBER, LAST_MOMENT, 0)).today == Usage(1, 1, PRICE)
    assert (await store.usage(MEMBER, MIDNIGHT, 0)).today == Usage(1, 1, PRICE)


async def test_what_was_held_yesterday_counts_for_yesterday_whenever_it_ends(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING, created_at=LAST_MOMENT)
    await store.settle(job, JobStatus.SUCCEEDED, MIDNIGHT, captured=3 * PRICE, pictures=2)
    await store.admit(a_job(created_at=MIDNIGHT), quota(1, PRICE, now=MIDNIGHT), MIDNIGHT)
    assert (await store.usage(MEMBER, LAST_MOMENT, 0)).today == Usage(2, 1, 3 * PRICE)
    assert (await store.usage(MEMBER, MIDNIGHT, 0)).today == Usage(1, 1, PRICE)


async def test_what_is_held_tomorrow_does_not_count_today(store: SqlStore) -> None:
    await store.admit(a_job(created_at=MIDNIGHT), quota(1, PRICE, now=MIDNIGHT), MIDNIGHT)
    await store.admit(a_job(created_at=LAST_MOMENT), quota(1, PRICE, now=LAST_MOMENT), LAST_MOMENT)
