"""Every job that hasn't ended has one living owner at most, and what is past the queue waits for no turn."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
import structlog
from sqlalchemy import text

from bot.domain.fairness import PATIENCE, Limits
from bot.domain.job import CancelRequest, Job, JobStatus
from bot.service.ports import Fenced
from bot.storage.processes import SqlProcesses
from bot.storage.queue import SqlQueue
from bot.storage.store import SqlStore
from tests.storage.examples import ANOTHER_MEMBER, LIVE, MEMBER, NOON, admit, bring_to, claim, claim_one, join

CLOSED = Limits(per_member=0, per_guild=0, in_all=0)  # nothing has a turn
PAST = [status for status in LIVE if status is not JobStatus.QUEUED]


def ids(jobs: Iterable[Job]) -> list[str]:
    return [job.id for job in jobs]


async def given_up(store: SqlStore, status: JobStatus) -> Job:
    """A job in that status, which was its owner's until that one left."""
    job = await bring_to(store, status, "gone")
    await SqlProcesses(store.database).leave("gone")
    return job


# ---------------------------------------------------------------------------------------------- past the queue


@pytest.mark.parametrize("status", PAST)
async def test_a_job_under_way_is_adopted_whatever_the_limits(store: SqlStore, status: JobStatus) -> None:
    job = await given_up(store, status)
    [adopted] = (await claim(store, "me", limits=CLOSED)).jobs
    assert adopted == replace(job, owner="me", claimed_at=NOON)
    assert await store.job(job.id) == adopted


async def test_a_queued_job_has_to_have_a_turn(store: SqlStore) -> None:
    job = await admit(store, status=JobStatus.QUEUED)
    assert (await claim(store, "me", limits=CLOSED)).jobs == []
    assert ids((await claim(store, "me")).jobs) == [job.id]


async def test_a_queued_job_that_its_owner_left_waits_for_a_turn_again(store: SqlStore) -> None:
    await given_up(store, JobStatus.QUEUED)
    assert (await claim(store, "me", limits=CLOSED)).jobs == []


async def test_a_canceled_job_waits_for_no_turn(store: SqlStore) -> None:
    job = await admit(store, status=JobStatus.QUEUED)
    assert await store.cancel(job.id, MEMBER, NOON)
    claim_ = await claim(store, "me", limits=CLOSED)
    assert [each.cancel for each in claim_.jobs] == [CancelRequest(NOON, by_moderator=False)]
    assert claim_.canceled == {}  # it says so itself


async def test_a_job_that_waited_for_too_long_waits_no_longer(store: SqlStore) -> None:
    job = await admit(store, status=JobStatus.QUEUED)
    for now, claimed in ((NOON + PATIENCE - timedelta(microseconds=1), []), (NOON + PATIENCE, [job.id])):
        assert ids((await claim(store, "me", now, limits=CLOSED)).jobs) == claimed


async def test_the_oldest_are_claimed_first_and_no_more_than_asked_for(store: SqlStore) -> None:
    made = [await admit(store, created_at=NOON + timedelta(seconds=age)) for age in (3, 1, 2)]
    assert ids((await claim(store, "me", most=2)).jobs) == [made[1].id, made[2].id]
    assert ids((await claim(store, "me", most=2)).jobs) == [made[0].id]
    assert (await claim(store, "me", most=2)).jobs == []


async def test_what_is_past_the_queue_comes_before_it(store: SqlStore) -> None:
    waiting = await admit(store, status=JobStatus.QUEUED)
    later = await admit(store, created_at=NOON + timedelta(seconds=1))
    assert ids((await claim(store, "me", most=1)).jobs) == [later.id]
    assert ids((await claim(store, "me", most=1)).jobs) == [waiting.id]


async def test_no_more_queued_jobs_than_asked_for(store: SqlStore) -> None:
    made = [await admit(store, status=JobStatus.QUEUED) for _ in range(5)]
    claims = [await claim(store, "me", most=2) for _ in range(4)]
    assert [len(each.jobs) for each in claims] == [2, 2, 1, 0]
    assert sorted(ids(job for each in claims for job in each.jobs)) == sorted(ids(made))


async def test_a_claim_tells_whether_the_end_of_a_run_may_give_others_their_turn(store: SqlStore) -> None:
    alone = Limits(per_member=2, per_guild=10, in_all=1)
    first, second = [await admit(store, status=JobStatus.QUEUED) for _ in range(2)]
    claim_ = await claim(store, "me", limits=alone)
    assert (ids(claim_.jobs), claim_.waiting) == ([first.id], True)
    assert (await claim(store, "me", limits=alone)).waiting, "it goes on to wait"
    claim_ = await claim(store, "me")
    assert (ids(claim_.jobs), claim_.waiting) == ([second.id], False)
    assert not (await claim(store, "me", limits=alone)).waiting, "nobody is left"


async def test_whom_a_member_has_waiting_beyond_their_limit_is_not_forgotten(store: SqlStore) -> None:
    for _ in range(3):
        await admit(store, status=JobStatus.QUEUED)
    two_at_once = Limits(per_member=2, per_guild=10, in_all=10)
    claim_ = await claim(store, "me", limits=two_at_once)
    assert (len(claim_.jobs), claim_.waiting) == (2, True)
    theirs = await admit(store, status=JobStatus.QUEUED, member_id=ANOTHER_MEMBER)
    claim_ = await claim(store, "me", limits=two_at_once)
    assert (ids(claim_.jobs), claim_.waiting) == ([theirs.id], True), "not when the turn is another's, either"


@pytest.mark.parametrize("end", [JobStatus.SUCCEEDED, JobStatus.FAILED, JobStatus.CANCELED])
async def test_ended_jobs_are_not_claimed(store: SqlStore, end: JobStatus) -> None:
    await bring_to(store, end)
    assert (await claim(store, "another", NOON + 2 * PATIENCE)).jobs == []


# ------------------------------------------------------------------------------------------------ one owner


@pytest.mark.parametrize("status", LIVE)
async def test_a_job_is_claimed_once(store: SqlStore, status: JobStatus) -> None:
    job = await bring_to(store, status)
    for owner in ("me", "another"):
        assert (await claim(store, owner, NOON + 2 * PATIENCE)).jobs == []
    assert await store.job(job.id) == job


async def test_claims_at_once_share_no_job(store: SqlStore) -> None:
    made = [await admit(store) for _ in range(6)] + [await admit(store, status=JobStatus.QUEUED) for _ in range(6)]
    owners = [f"owner-{number}" for number in range(6)]
    await join(store, *owners)
    claims = await asyncio.gather(*(claim(store, owner, most=3) for owner in owners))
    claimed = [(job.id, job.owner) for each in claims for job in each.jobs]
    claimed += [(job.id, job.owner) for job in (await claim(store, "last")).jobs]  # what they passed over
    assert sorted(each for each, _ in claimed) == sorted(ids(made))
    for job_id, owner in claimed:
        job = await store.job(job_id)
        assert job is not None
        assert job.owner == owner


async def test_who_is_not_among_the_living_claims_nothing(store: SqlStore) -> None:
    job = await admit(store)
    await join(store, "me")
    await SqlProcesses(store.database).leave("me")
    with pytest.raises(Fenced):
        await SqlQueue(store.database, Limits()).claim("me", NOON, 5)
    assert await store.job(job.id) == job


async def test_an_owner_hears_of_cancellations_until_its_job_is_past_them(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.QUEUED)
    await bring_to(store, JobStatus.QUEUED)
    await bring_to(store, JobStatus.QUEUED, "another")
    assert await store.cancel(job.id, ANOTHER_MEMBER, NOON)
    asked = {job.id: CancelRequest(NOON, by_moderator=True)}
    for step in (JobStatus.SUBMITTING, JobStatus.RUNNING):
        assert (await claim(store, "me")).canceled == asked
        assert (await claim(store, "another")).canceled == {}
        job = await store.advance(job, step)
    assert (await claim(store, "me")).canceled == asked
    await store.advance(job, JobStatus.DELIVERING)
    assert (await claim(store, "me")).canceled == {}


async def test_what_an_owner_gives_up_is_free_at_once(store: SqlStore) -> None:
    mine = await bring_to(store, JobStatus.RUNNING)
    theirs = await bring_to(store, JobStatus.RUNNING, "another")
    await SqlProcesses(store.database).leave("me")
    assert ids((await claim(store, "third")).jobs) == [mine.id]
    assert await store.job(theirs.id) == theirs


async def test_a_claim_outlives_a_step(store: SqlStore) -> None:
    await admit(store)
    job = await claim_one(store, "me")
    await store.advance(job, JobStatus.QUEUED)
    assert (await claim(store, "another")).jobs == []


async def test_a_damaged_row_keeps_no_other_job_waiting(store: SqlStore) -> None:
    damaged, sound = await admit(store), await admit(store)
    async with store.database.write() as connection:
        await connection.execute(
            text("UPDATE jobs SET request = :bytes WHERE id = :id"), {"bytes": b"x", "id": damaged.id}
        )
    with structlog.testing.capture_logs() as log:
        claimed = await claim(store, "me")
    assert [job.id for job in claimed.jobs] == [sound.id]
    assert [each["job"] for each in log] == [damaged.id]
    assert (await claim(store, "me")).jobs == []
