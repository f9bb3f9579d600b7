"""Jobs for which Replicate may have run more than they own, and the runs that were found."""

import asyncio
from datetime import timedelta

from bot.domain.job import JobStatus
from bot.service.ports import Stray
from bot.storage.store import SqlStore
from tests.storage.conftest import Opener
from tests.storage.examples import NOON, bring_to


async def test_the_doubtful_jobs_since_then(store: SqlStore) -> None:
    jobs = [await bring_to(store, JobStatus.SUBMITTING, created_at=NOON + timedelta(minutes=age)) for age in (3, 1, 2)]
    doubtful = [await store.advance(job, JobStatus.QUEUED, doubtful=True) for job in jobs]
    await bring_to(store, JobStatus.RUNNING, created_at=NOON + timedelta(minutes=2))
    assert await store.doubtful(NOON) == [doubtful[1], doubtful[2], doubtful[0]]
    assert await store.doubtful(NOON + timedelta(minutes=2)) == [doubtful[2], doubtful[0]]
    assert await store.doubtful(NOON + timedelta(minutes=4)) == []


async def test_a_create_whose_fate_is_not_known_yet_is_doubtful(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.SUBMITTING)
    assert await store.doubtful(NOON + timedelta(days=1)) == [job]
    await store.advance(job, JobStatus.RUNNING)
    assert await store.doubtful(NOON) == []


async def test_a_job_stays_doubtful_when_it_has_ended(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.SUBMITTING)
    job = await store.advance(job, JobStatus.DELIVERING, doubtful=True)
    ended = await store.settle(job, JobStatus.FAILED, NOON, captured=1, pictures=0)
    assert await store.doubtful(NOON) == [ended]


async def test_a_stray_run_is_recorded_once(store: SqlStore, open_another: Opener) -> None:
    stray = Stray("p1", "operator", "job-1", NOON)
    assert sorted(await asyncio.gather(*(store.stray(stray) for _ in range(4)))) == [False] * 3 + [True]
    assert await store.stray(Stray("p2", "operator", "job-1", NOON))
    assert not await (await open_another()).stray(stray)
