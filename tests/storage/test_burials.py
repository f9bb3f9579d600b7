"""Who is taken for dead among many processes, and what it can still do: PostgreSQL alone, which has many."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import asyncpg  # pyright: ignore[reportMissingTypeStubs] # it has none
import pytest
from sqlalchemy import select, text, update

from bot.domain.job import JobStatus
from bot.service.ports import Fenced
from bot.storage.engine import Turn
from bot.storage.postgres import _LOCKS, PostgresDatabase
from bot.storage.processes import LIFE_SECONDS, LINKED_LIFE_SECONDS, SqlProcesses
from bot.storage.queue import SqlQueue
from bot.storage.store import SqlStore
from bot.storage.tables import processes as table
from bot.storage.wakeups import PostgresWakeups
from tests.storage.conftest import Opener
from tests.storage.examples import FREELY, LIVE, NOON, admit, bring_to, claim, outcome


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def processes(store: SqlStore) -> SqlProcesses:
    return SqlProcesses(store.database)


@pytest.fixture
def strict(store: SqlStore) -> SqlProcesses:
    """Whoever hasn't shown that they live since, doesn't."""
    return SqlProcesses(store.database, life=0, linked_life=0)


@pytest.fixture
async def linked(store: SqlStore, processes: SqlProcesses) -> AsyncIterator[asyncio.Task[None]]:
    """The process "linked", listening: to end it is to lose its lock."""
    assert isinstance(store.database, PostgresDatabase)
    await processes.join("linked")
    woken = asyncio.Event()
    listening = PostgresWakeups(store.database).listen("linked", woken.set, lambda _: None)
    task = asyncio.create_task(listening)
    await woken.wait()
    yield task
    await lose_link(task)


async def lose_link(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def silent_for(store: SqlStore, name: str, seconds: float) -> None:
    """Let the last heartbeat be as long ago."""
    async with store.database.write() as connection:
        now = await connection.scalar(select(store.database.now()))
        assert now
        beat = update(table).where(table.c.name == name).values(beat_at=now - timedelta(seconds=seconds))
        await connection.execute(beat)


async def living(store: SqlStore) -> set[str]:
    async with store.database.read() as connection:
        return set(await connection.scalars(select(table.c.name)))


# ------------------------------------------------------------------------------------------------- the dead


@pytest.mark.parametrize("status", LIVE)
async def test_a_silent_process_is_buried_and_its_jobs_freed(
    store: SqlStore, processes: SqlProcesses, status: JobStatus
) -> None:
    job = await bring_to(store, status, "silent")
    await processes.join("me")
    await silent_for(store, "silent", LIFE_SECONDS - 2)
    assert await processes.beat("me")
    assert await store.job(job.id) == job
    await silent_for(store, "silent", LIFE_SECONDS)
    assert await processes.beat("me")
    assert [each.id for each in (await claim(store, "me")).jobs] == [job.id]
    assert await living(store) == {"me"}


async def test_who_was_buried_changes_nothing_any_more(store: SqlStore, strict: SqlProcesses) -> None:
    job = await bring_to(store, JobStatus.SUBMITTING, "frozen")
    await strict.join("me")
    await strict.beat("me")
    assert not await strict.beat("frozen")
    with pytest.raises(Fenced):
        await SqlQueue(store.database, FREELY).claim("frozen", NOON, 5)
    free = await store.job(job.id)
    for _ in range(2):  # whether another has adopted the job or not
        with pytest.raises(Fenced):
            await store.advance(job, JobStatus.RUNNING, prediction_id="p")
        assert await store.job(job.id) == free
        await claim(store, "me")
        free = await store.job(job.id)
    adopted = await store.advance(free or job, JobStatus.DELIVERING)
    with pytest.raises(Fenced):
        await store.settle(replace(adopted, owner="frozen"), JobStatus.FAILED, NOON, captured=1, pictures=0)
    await strict.leave("frozen")
    assert await store.job(job.id) == adopted


async def test_a_process_that_shows_it_lives_keeps_its_jobs(store: SqlStore, processes: SqlProcesses) -> None:
    job = await bring_to(store, JobStatus.RUNNING, "slow")
    await silent_for(store, "slow", LIFE_SECONDS + 1)
    assert await processes.beat("slow")
    await processes.join("me")
    await processes.beat("me")
    assert await store.job(job.id) == job


async def test_a_linked_process_whose_lock_is_gone_is_buried_sooner(
    store: SqlStore, processes: SqlProcesses, linked: asyncio.Task[None]
) -> None:
    job = await bring_to(store, JobStatus.RUNNING, "linked")
    await processes.join("me")
    await silent_for(store, "linked", LINKED_LIFE_SECONDS)
    assert await processes.beat("me")
    assert await store.job(job.id) == job  # its lock says that it lives
    await lose_link(linked)
    await no_link(store)
    assert await processes.beat("me")
    assert [each.id for each in (await claim(store, "me")).jobs] == [job.id]
    assert await living(store) == {"me"}


async def test_a_lock_does_not_save_who_is_silent_for_too_long(
    store: SqlStore, processes: SqlProcesses, linked: asyncio.Task[None]
) -> None:
    await processes.join("me")
    await silent_for(store, "linked", LIFE_SECONDS)
    await processes.beat("me")
    assert await living(store) == {"me"}
    assert not linked.done()


async def test_who_has_no_lock_yet_has_the_longer_time(
    store: SqlStore, processes: SqlProcesses, linked: asyncio.Task[None]
) -> None:
    await processes.join("unlinked")
    await silent_for(store, "unlinked", LINKED_LIFE_SECONDS + 1)
    await processes.beat("linked")
    assert await living(store) == {"linked", "unlinked"}


async def test_who_lost_its_lock_lives_while_its_heart_beats(
    store: SqlStore, processes: SqlProcesses, linked: asyncio.Task[None]
) -> None:
    await lose_link(linked)
    await no_link(store)
    await processes.join("me")
    await processes.beat("me")
    assert await living(store) == {"linked", "me"}


async def no_link(store: SqlStore) -> None:
    """Return once the server knows that the connection has ended."""
    async with store.database.write() as connection:
        while await store.database.held_links(connection):
            pass


# ------------------------------------------------------------------------------------------------ at once


async def test_several_that_bury_at_once(store: SqlStore, processes: SqlProcesses) -> None:
    jobs = [await bring_to(store, JobStatus.RUNNING, f"silent-{number}") for number in range(3)]
    names = [f"living-{number}" for number in range(6)]
    for name in names:
        await processes.join(name)
    for number in range(3):
        await silent_for(store, f"silent-{number}", LIFE_SECONDS)
    assert await asyncio.gather(*(processes.beat(name) for name in names)) == [True] * 6
    assert await living(store) == set(names)
    claims = await asyncio.gather(*(claim(store, name) for name in names))
    assert sorted(job.id for each in claims for job in each.jobs) == sorted(job.id for job in jobs)


async def test_all_that_return_at_once_live(store: SqlStore, processes: SqlProcesses) -> None:
    """As after a time when the database was out of reach: each finds the others silent."""
    names = [f"process-{number}" for number in range(8)]
    for name in names:
        await processes.join(name)
        await silent_for(store, name, LIFE_SECONDS)
    beats = await asyncio.gather(*(outcome(processes.beat(name)) for name in names))
    assert {name for name, beat in zip(names, beats, strict=True) if beat is True} == await living(store)
    assert all(isinstance(beat, bool) for beat in beats)  # and nobody waits for who waits for them


async def test_a_process_in_the_middle_of_a_claim_is_not_buried(
    store: SqlStore, strict: SqlProcesses, open_another: Opener
) -> None:
    another = await open_another()
    await strict.join("claiming")
    await strict.join("me")
    async with another.database.write() as connection:
        row = select(table.c.name).where(table.c.name == "claiming")
        await connection.execute(row.with_for_update(read=True, key_share=True))
        assert await strict.beat("me")  # without waiting
    assert await living(store) == {"claiming", "me"}
    await strict.beat("me")
    assert await living(store) == {"me"}


async def test_a_claim_delays_no_heartbeat(store: SqlStore, processes: SqlProcesses, open_another: Opener) -> None:
    another = await open_another()
    await admit(store)
    await processes.join("me")
    async with another.database.write() as connection:
        await connection.execute(text("LOCK TABLE turns IN ACCESS EXCLUSIVE MODE"))
        await connection.execute(text("LOCK TABLE people IN ACCESS EXCLUSIVE MODE"))
        claiming = asyncio.create_task(SqlQueue(store.database, FREELY).claim("me", NOON, 5))
        while not await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
            pass
        assert await processes.beat("me")
        assert not claiming.done()
    assert len((await claiming).jobs) == 1


async def test_who_froze_between_the_messages_of_a_statement_holds_nobody_up(
    store: SqlStore, postgres_url: str
) -> None:
    """PostgreSQL takes such a session for active, and lets it hold its locks for as long as it likes."""
    processes = SqlProcesses(store.database, frozen=0)
    await processes.join("me")
    frozen = await asyncpg.connect(postgres_url, server_settings={"application_name": "easel"})
    try:
        await frozen.execute(f"BEGIN; SELECT pg_advisory_xact_lock({_LOCKS}, {Turn.CLAIM:d})")
        transport = frozen._transport
        transport.pause_reading()
        query = b"\0SELECT 1\0\0\0"
        transport.write(b"P" + (len(query) + 4).to_bytes(4) + query + b"H" + (4).to_bytes(4))  # Parse, Flush; no Sync
        while not await states(store) & {"active"}:  # noqa: ASYNC110 # the server tells of it by no event
            await asyncio.sleep(0)
        await processes.beat("me")
        await claim(store, "me")
    finally:
        frozen.terminate()


async def states(store: SqlStore) -> set[str]:
    """What PostgreSQL says of the others' sessions that are in a transaction."""
    async with store.database.read() as connection:
        others = "pid <> pg_backend_pid() AND xact_start IS NOT NULL AND datname = current_database()"
        return set(await connection.scalars(text(f"SELECT state FROM pg_stat_activity WHERE {others}")))
