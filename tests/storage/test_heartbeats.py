"""Who lives, and what becomes of the jobs of those that leave."""

import pytest
from sqlalchemy import select

from bot.domain.job import JobStatus
from bot.storage.processes import SqlProcesses
from bot.storage.store import SqlStore
from bot.storage.tables import processes as table
from tests.storage.examples import LIVE, bring_to, claim


@pytest.fixture
def processes(store: SqlStore) -> SqlProcesses:
    return SqlProcesses(store.database)


async def living(store: SqlStore) -> set[str]:
    async with store.database.read() as connection:
        return set(await connection.scalars(select(table.c.name)))


async def test_who_joined_lives_until_it_leaves(store: SqlStore, processes: SqlProcesses) -> None:
    assert not await processes.beat("me")
    await processes.join("me")
    assert await processes.beat("me")
    assert await living(store) == {"me"}
    await processes.leave("me")
    assert not await processes.beat("me")
    await processes.leave("me")
    assert await living(store) == set()


@pytest.mark.parametrize("status", LIVE)
async def test_who_leaves_leaves_its_jobs_free(store: SqlStore, processes: SqlProcesses, status: JobStatus) -> None:
    job = await bring_to(store, status)
    await processes.leave("me")
    freed = await store.job(job.id)
    assert freed is not None
    assert (freed.status, freed.owner, freed.claimed_at) == (status, None, None)
    assert [each.id for each in (await claim(store, "another")).jobs] == [job.id]


async def test_ended_jobs_are_as_they_ended(store: SqlStore, processes: SqlProcesses) -> None:
    job = await bring_to(store, JobStatus.SUCCEEDED)
    await processes.leave("me")
    assert await store.job(job.id) == job


async def test_a_start_ends_all_others_only_where_there_can_be_none(store: SqlStore, processes: SqlProcesses) -> None:
    await bring_to(store, JobStatus.RUNNING, "before")
    await processes.join("me")
    assert await living(store) == ({"before", "me"} if store.database.shared else {"me"})
    assert len((await claim(store, "me")).jobs) == (0 if store.database.shared else 1)
