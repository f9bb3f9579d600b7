"""How fast creates follow each other on an account, and when it takes none: the same for all processes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.errors import OutOfCredit
from bot.domain.fairness import Limits
from bot.domain.job import Job, JobStatus
from bot.domain.pace import CROWD_SECONDS, FORGET_SECONDS, SLOWEST_PER_MINUTE
from bot.service.ports import Claim, Throttled
from bot.storage.queue import HELD_UP_SECONDS, PROBE_SECONDS, SqlQueue
from bot.storage.store import SqlStore
from tests.storage.conftest import Opener
from tests.storage.examples import FREELY, MEMBER, NOON, a_job, admit, claim

OURS, THEIRS = "operator", "guild:1"
SIXTY = replace(FREELY, creates_per_minute=60)  # a burst of 6, and then 54 a minute


@pytest.fixture
def queue(store: SqlStore) -> SqlQueue:
    return SqlQueue(store.database, SIXTY)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


async def queued(store: SqlStore, count: int, account: str = OURS) -> list[Job]:
    made = [a_job(status=JobStatus.QUEUED, account=account, member_id=MEMBER + number) for number in range(count)]
    return [await admit(store, job) for job in made]


async def claimed(store: SqlStore, seconds: float, limits: Limits = SIXTY, owner: str = "me") -> Claim:
    return await claim(store, owner, after(seconds), limits=limits)


async def numbers(store: SqlStore, seconds: Sequence[float], limits: Limits = SIXTY) -> list[int]:
    """How many jobs each of the claims at these times brings; all are submitted at once."""
    return [len(await submitted(store, (await claimed(store, each, limits)).jobs)) for each in seconds]


async def after_each_taken(store: SqlStore, seconds: Sequence[float], limits: Limits = SIXTY) -> list[int]:
    """The same where Replicate takes all creates before the next claim."""
    counts: list[int] = []
    for each in seconds:
        jobs = (await claimed(store, each, limits)).jobs
        counts.append(len(jobs))
        for job in jobs:
            await taken(store, job)
    return counts


async def submitted(store: SqlStore, jobs: Sequence[Job]) -> list[Job]:
    return [await store.advance(job, JobStatus.SUBMITTING) for job in jobs if job.status is JobStatus.QUEUED]


async def taken(store: SqlStore, job: Job) -> None:
    """Replicate takes the job's create."""
    await store.advance(await store.advance(job, JobStatus.SUBMITTING), JobStatus.RUNNING, prediction_id=f"p-{job.id}")


# --------------------------------------------------------------------------------------------------- pace


async def test_a_burst_and_then_one_after_another(store: SqlStore) -> None:
    await queued(store, 12)
    assert await numbers(store, [0, 0, 1, 1.2, 2.2, 2.3]) == [6, 0, 0, 1, 0, 1]


async def test_how_long_to_wait_for_the_next(store: SqlStore) -> None:
    await queued(store, 8)
    burst = await claimed(store, 0)
    assert burst.wait == pytest.approx(60 / 54, abs=0.001)
    again = await claimed(store, 1)
    assert again.wait == pytest.approx(60 / 54 - 1, abs=0.001)
    one = await claimed(store, 1 + (again.wait or 0))
    assert len(one.jobs) == 1
    last = await claimed(store, 10)
    assert (len(last.jobs), last.wait) == (1, None)  # none is left to wait


async def test_no_wait_for_what_only_a_place_is_missing_for(store: SqlStore) -> None:
    await queued(store, 8)
    claim = await claimed(store, 0, replace(SIXTY, in_all=3))
    assert (len(claim.jobs), claim.wait) == (3, None)


async def test_the_pace_is_one_for_all_processes_and_outlives_them(store: SqlStore, open_another: Opener) -> None:
    await queued(store, 12)
    assert len((await claimed(store, 0)).jobs) == 6
    if not store.database.shared:
        await store.close()
    assert len((await claimed(await open_another(), 0, owner="another")).jobs) == 0


async def test_an_account_has_a_pace_of_its_own(store: SqlStore) -> None:
    await queued(store, 8, OURS)
    theirs = await queued(store, 2, THEIRS)
    claim = await claimed(store, 0)
    assert sum(job.account == OURS for job in claim.jobs) == 6
    assert sum(job.account == THEIRS for job in claim.jobs) == len(theirs)


async def test_what_is_past_the_queue_costs_no_create(store: SqlStore) -> None:
    for _ in range(20):
        await admit(store)  # to be staged
    await queued(store, 6)
    assert len((await claimed(store, 0)).jobs) == 26


# ------------------------------------------------------------------------------------------------ throttled


async def test_after_a_refusal_one_goes_first_when_it_is_over(store: SqlStore, queue: SqlQueue) -> None:
    await queued(store, 3)
    theirs = await queued(store, 1, THEIRS)
    await queue.slow_down(OURS, NOON, Throttled(10.0, per_minute=30))
    claim = await claimed(store, 0)
    assert [job.id for job in claim.jobs] == [theirs[0].id]
    assert claim.wait == 10
    assert await numbers(store, [9.9]) == [0]
    first = await claimed(store, 10)
    assert (len(first.jobs), first.wait) == (1, HELD_UP_SECONDS)
    assert await numbers(store, [11]) == [0]  # it has its turn still
    await taken(store, first.jobs[0])
    assert await numbers(store, [11]) == [2]  # of the burst of 3 that has gathered meanwhile


async def test_it_keeps_the_limit_that_the_refusal_told(store: SqlStore, queue: SqlQueue) -> None:
    await queued(store, 12)
    await queue.slow_down(OURS, NOON, Throttled(1.0, per_minute=SLOWEST_PER_MINUTE))
    assert await after_each_taken(store, [1, 11, 11.2, 22.2, 22.4]) == [0, 0, 1, 0, 1]  # 5.4 a minute
    assert await after_each_taken(store, [4 * FORGET_SECONDS]) == [6]  # 6, 12, 24, 48, and 60 again


async def test_a_limit_that_was_not_told_is_half_of_it_once_for_a_crowd(store: SqlStore, queue: SqlQueue) -> None:
    for second in (0.0, 1.0, CROWD_SECONDS - 1):
        await queue.slow_down(OURS, after(second), Throttled(1.0))
    await queued(store, 12)
    later = CROWD_SECONDS + 60
    assert await after_each_taken(store, [later, later]) == [1, 2]  # the burst of 30 a minute
    await queue.slow_down(OURS, after(later), Throttled(1.0))
    assert await after_each_taken(store, [later + 60, later + 60]) == [1, 0]  # of 15


async def test_a_shorter_refusal_ends_no_longer_one(store: SqlStore, queue: SqlQueue) -> None:
    await queued(store, 1)
    await queue.slow_down(OURS, NOON, Throttled(30.0))
    await queue.slow_down(OURS, NOON, Throttled(1.0))
    assert await numbers(store, [29, 30]) == [0, 1]


# --------------------------------------------------------------------------------------------------- closed


async def test_a_closed_account_is_tried_once_a_minute(store: SqlStore, queue: SqlQueue) -> None:
    await queued(store, 12)
    assert await queue.closed(OURS) is None
    assert await queue.close(OURS, NOON, OutOfCredit())
    assert await queue.closed(OURS) == OutOfCredit()
    claim = await claimed(store, 1)
    assert (claim.jobs, claim.wait) == ([], PROBE_SECONDS - 1)
    probe = await claimed(store, PROBE_SECONDS)
    assert (len(probe.jobs), probe.wait) == (1, PROBE_SECONDS)
    [job] = await submitted(store, probe.jobs)
    assert await numbers(store, [PROBE_SECONDS + 60]) == [0]  # the one that tries is on its way
    assert not await queue.close(OURS, after(PROBE_SECONDS + 60), OutOfCredit())
    await store.advance(job, JobStatus.QUEUED, owner=None)
    assert await numbers(store, [2 * PROBE_SECONDS + 59, 2 * PROBE_SECONDS + 60]) == [0, 1]


async def test_who_closes_it_first_is_told(store: SqlStore, queue: SqlQueue) -> None:
    await queued(store, 2)
    assert await queue.close(OURS, NOON, OutOfCredit())
    assert not await queue.close(OURS, after(5), OutOfCredit())
    assert await numbers(store, [64, 65]) == [0, 1]
    assert await queue.close(THEIRS, NOON, OutOfCredit())


async def test_the_first_create_that_is_taken_opens_it(store: SqlStore, queue: SqlQueue) -> None:
    await queued(store, 12)
    await queue.close(OURS, NOON, OutOfCredit())
    [probe] = (await claimed(store, 60)).jobs
    await taken(store, probe)
    assert await queue.closed(OURS) is None
    assert await numbers(store, [60]) == [5]  # the burst, less the probe
    assert await queue.close(OURS, after(61), OutOfCredit())


async def test_no_other_step_opens_it(store: SqlStore, queue: SqlQueue) -> None:
    [job, other] = [*await queued(store, 1), *await queued(store, 1, THEIRS)]
    mine, theirs = (await claimed(store, 0)).jobs
    assert {mine.id, theirs.id} == {job.id, other.id}
    if mine.id != job.id:
        mine, theirs = theirs, mine
    await queue.close(OURS, NOON, OutOfCredit())
    await taken(store, theirs)
    mine = await store.advance(mine, JobStatus.SUBMITTING)
    mine = await store.advance(mine, JobStatus.QUEUED)
    await store.advance(mine, JobStatus.DELIVERING)
    assert await queue.closed(OURS) == OutOfCredit()


async def test_others_go_on_beside_a_closed_account(store: SqlStore, queue: SqlQueue) -> None:
    await queued(store, 3)
    theirs = await queued(store, 2, THEIRS)
    await queue.close(OURS, NOON, OutOfCredit())
    assert sorted(job.id for job in (await claimed(store, 0)).jobs) == sorted(job.id for job in theirs)


async def test_who_waits(store: SqlStore, queue: SqlQueue) -> None:
    waiting = [
        await admit(store, status=JobStatus.QUEUED, created_at=after(-age), member_id=MEMBER + age) for age in (5, 10)
    ]
    await admit(store)  # to be staged
    await queued(store, 1, THEIRS)
    assert await queue.waiting(OURS, 10) == waiting
    assert await queue.waiting(OURS, 1) == waiting[:1]
    assert len((await claimed(store, 0)).jobs) == 4
    assert await queue.waiting(OURS, 10) == []
