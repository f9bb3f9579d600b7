"""Every job that hasn't ended has one living owner at most."""

import asyncio
from datetime import timedelta

from bot.domain.job import JobStatus
from bot.storage.store import SqlStore
from tests.storage.examples import LEASE, NOON, admit, bring_to, claim_one

LAPSED = NOON + timedelta(seconds=LEASE)
IN_TIME = LAPSED - timedelta(microseconds=1)


async def test_the_oldest_are_claimed_first(store: SqlStore) -> None:
    made = [await admit(store, created_at=NOON + timedelta(seconds=age)) for age in (3, 1, 2)]
    claimed = await store.claim("me", NOON, LEASE, 2)
    assert [job.id for job in claimed] == [made[1].id, made[2].id]
    assert [job.id for job in await store.claim("me", NOON, LEASE, 2)] == [made[0].id]
    assert await store.claim("me", NOON, LEASE, 2) == []


async def test_a_claimed_job_is_as_it_was(store: SqlStore) -> None:
    job = await admit(store)
    assert await store.claim("me", NOON, LEASE, 5) == [job]


async def test_claims_at_once_share_no_job(store: SqlStore) -> None:
    made = {(await admit(store)).id for _ in range(12)}
    claims = await asyncio.gather(*(store.claim(f"owner-{n}", NOON, LEASE, 3) for n in range(6)))
    claimed = [job.id for jobs in claims for job in jobs]
    assert sorted(claimed) == sorted(made)


async def test_ended_jobs_are_not_claimed(store: SqlStore) -> None:
    await bring_to(store, JobStatus.SUCCEEDED)
    assert await store.claim("me", LAPSED, LEASE, 5) == []


async def test_a_lease_holds_until_it_lapses(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.RUNNING)
    assert await store.claim("another", IN_TIME, LEASE, 5) == []
    assert await store.claim("another", LAPSED, LEASE, 5) == [job]


async def test_a_renewed_lease_holds_longer(store: SqlStore) -> None:
    mine = await bring_to(store, JobStatus.RUNNING)
    theirs = await bring_to(store, JobStatus.RUNNING, "another")
    await store.renew("me", IN_TIME, LEASE)
    assert [job.id for job in await store.claim("third", LAPSED, LEASE, 5)] == [theirs.id]
    assert await store.claim("third", IN_TIME + timedelta(seconds=LEASE), 1, 5) != []
    assert mine.id != theirs.id


async def test_what_an_owner_gives_up_is_free_at_once(store: SqlStore) -> None:
    mine = await bring_to(store, JobStatus.RUNNING)
    await bring_to(store, JobStatus.RUNNING, "another")
    await store.release_leases("me")
    assert await store.claim("third", NOON, LEASE, 5) == [mine]


async def test_what_all_owners_give_up(store: SqlStore) -> None:
    for owner in ("me", "another"):
        await bring_to(store, JobStatus.RUNNING, owner)
    await bring_to(store, JobStatus.FAILED, "me")
    await store.release_leases()
    assert len(await store.claim("third", NOON, LEASE, 5)) == 2


async def test_a_claim_outlives_a_step(store: SqlStore) -> None:
    await admit(store)
    job = await claim_one(store, "me")
    await store.advance(job, JobStatus.QUEUED)
    assert await store.claim("another", IN_TIME, LEASE, 5) == []
