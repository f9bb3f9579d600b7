"""What only PostgreSQL can show: how it is used by many at once, and how it fails and recovers."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import LimitReached, StoreUnavailable
from bot.domain.job import JobStatus
from bot.service.ports import Usage
from bot.storage import postgres as postgres_module
from bot.storage.cipher import Cipher
from bot.storage.engine import Turn
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import jobs
from bot.storage.troubles import reason
from tests.storage.conftest import Opener
from tests.storage.dead_network import network_to
from tests.storage.examples import (
    MEMBER,
    NOON,
    PRICE,
    UNLIMITED,
    a_job,
    admit,
    bring_to,
    claim,
    join,
    outcome,
    quota,
)
from tests.storage.postgres_server import PostgresServer


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
async def another(open_another: Opener) -> SqlStore:
    """The store of another process."""
    return await open_another()


async def waiting_for_a_lock(connection: AsyncConnection) -> None:
    """Return once some other transaction waits for a lock."""
    while not await connection.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")):
        pass


# ------------------------------------------------------------------------------------------- many at once


async def test_a_hundred_at_once_from_two_stores_where_the_quota_leaves_one(store: SqlStore, another: SqlStore) -> None:
    await admit(store)  # a member that is known already: nobody waits for anybody to make a row of it
    calls = [(store, another)[number % 2].admit(a_job(), quota(2), NOON) for number in range(100)]
    outcomes = await asyncio.gather(*map(outcome, calls))
    assert outcomes.count(None) == 1
    assert sum(isinstance(each, LimitReached) for each in outcomes) == 99
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage(2, 2, 2 * PRICE)


async def test_an_admission_sees_all_that_came_before_it(store: SqlStore, another: SqlStore) -> None:
    async with another.database.write() as connection:
        await another.database.take_turn(connection, Turn.ADMISSION)
        admission = asyncio.create_task(store.admit(a_job(), UNLIMITED, NOON))
        await waiting_for_a_lock(connection)
        assert not admission.done()
    await admission


async def test_a_claim_waits_for_no_job_that_is_in_the_middle_of_a_step(store: SqlStore, another: SqlStore) -> None:
    first, second = await admit(store), await admit(store, created_at=NOON + timedelta(seconds=1))
    async with another.database.write() as connection:
        await connection.execute(text("SELECT FROM jobs WHERE id = :id FOR UPDATE"), {"id": first.id})
        assert [job.id for job in (await claim(store, "me", most=1)).jobs] == [second.id]
    assert [job.id for job in (await claim(store, "me", most=1)).jobs] == [first.id]


async def test_claims_of_many_processes_share_no_job(store: SqlStore, another: SqlStore) -> None:
    made = [(await admit(store)).id for _ in range(30)]
    owners = [f"owner-{number}" for number in range(20)]
    await join(store, *owners)
    calls = [claim((store, another)[number % 2], owner, most=4) for number, owner in enumerate(owners)]
    claimed = [job.id for each in await asyncio.gather(*calls) for job in each.jobs]
    assert len(claimed) == len(set(claimed))
    rest = (await claim(store, "last")).jobs  # what the others passed over
    assert sorted([*claimed, *(job.id for job in rest)]) == sorted(made)


async def test_reading_sees_one_state(store: SqlStore, another: SqlStore) -> None:
    async with store.database.read() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM jobs")) == 0
        await admit(another)
        assert await connection.scalar(text("SELECT count(*) FROM jobs")) == 0


async def test_how_the_server_is_used(store: SqlStore) -> None:
    expected = {
        "application_name": "easel",
        "statement_timeout": "10s",
        "lock_timeout": "5s",
        "idle_in_transaction_session_timeout": "10s",
        "transaction_isolation": "read committed",
        "transaction_read_only": "off",
    }
    async with store.database.write() as connection:
        for name, value in expected.items():
            assert (await connection.exec_driver_sql(f"SHOW {name}")).scalar() == value
    async with store.database.read() as connection:
        assert (await connection.exec_driver_sql("SHOW transaction_read_only")).scalar() == "on"


@pytest.mark.parametrize("form", ["postgresql", "postgresql+asyncpg"])
async def test_addresses(form: str, postgres_url: str, cipher: Cipher) -> None:
    _, _, address = postgres_url.partition("://")
    store = await open_store(f"{form}://{address}&channel_binding=prefer", cipher)
    assert await store.check() is None
    await store.close()


# ------------------------------------------------------------------------------------------------ bad states


@pytest.mark.parametrize(
    "code", ["08006", "25006", "40001", "40P01", "42501", "53100", "53200", "53300", "55P03", "57014", "57P01", "58030"]
)
async def test_troubles(store: SqlStore, code: str) -> None:
    with pytest.raises(StoreUnavailable) as unavailable:
        async with store.database.write() as connection:
            await connection.exec_driver_sql(f"DO $$ BEGIN RAISE 'in trouble' USING ERRCODE = '{code}'; END $$")
    assert "in trouble" in reason(unavailable.value)


@pytest.mark.parametrize("code", ["22012", "23505", "42601", "42P01", "P0001"])
async def test_mistakes(store: SqlStore, code: str) -> None:
    with pytest.raises(DBAPIError, match="by mistake"):
        async with store.database.write() as connection:
            await connection.exec_driver_sql(f"DO $$ BEGIN RAISE 'by mistake' USING ERRCODE = '{code}'; END $$")


@pytest.mark.parametrize(
    ("setting", "statement"),
    [
        ("statement_timeout", "SELECT pg_sleep(60)"),
        ("lock_timeout", "SELECT FROM deployment FOR UPDATE"),
        ("idle_in_transaction_session_timeout", None),
    ],
)
async def test_what_takes_too_long(store: SqlStore, another: SqlStore, setting: str, statement: str | None) -> None:
    async with another.database.write() as connection:
        await connection.exec_driver_sql(f"SET {setting} = '50ms'")  # of the connection that is used below

    async def linger() -> None:
        async with another.database.write() as connection:
            if statement is None:
                await another.database.take_turn(connection, Turn.ADMISSION)
                await admit(store)  # as soon as the server has thrown the idle one out
            await connection.execute(text(statement or "SELECT 1"))

    async with store.database.write() as connection:
        await connection.execute(text("SELECT FROM deployment FOR UPDATE"))
        with pytest.raises(StoreUnavailable) as unavailable:
            await linger()
    assert "timeout" in reason(unavailable.value) or "closed" in reason(unavailable.value)


async def test_no_connection_free(open_another: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"pool_size": 1, "max_overflow": 0, "pool_timeout": 0.05}.items():
        monkeypatch.setitem(postgres_module._POOL, name, value)
    store = await open_another()
    async with store.database.read():
        assert isinstance(await outcome(admit(store)), StoreUnavailable)
    await admit(store)


async def test_a_database_that_can_only_be_read(store: SqlStore, postgres: PostgresServer) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    postgres.query("ALTER SYSTEM SET default_transaction_read_only = on")
    try:
        postgres.query("SELECT pg_reload_conf()")
        while await store.check() is None:
            pass
        words = await store.check() or ""
        assert words.startswith("it takes no writes")
        assert words.endswith("(cannot execute UPDATE in a read-only transaction)")
        for write in (
            admit(store),
            store.settle(job, JobStatus.SUCCEEDED, NOON, captured=1, pictures=1),
            store.received("id", NOON),
        ):
            assert isinstance(await outcome(write), StoreUnavailable)
        assert await store.job(job.id) == job
    finally:
        postgres.query("ALTER SYSTEM RESET default_transaction_read_only")
        postgres.query("SELECT pg_reload_conf()")
    while await store.check() is not None:
        pass
    await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=1, pictures=1)


async def test_lost_connections_are_replaced(store: SqlStore, postgres: PostgresServer) -> None:
    job = await admit(store)
    await asyncio.gather(*(store.job(job.id) for _ in range(5)))  # several connections
    terminate = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'easel'"
    await asyncio.to_thread(postgres.query, terminate)
    for _ in range(5):
        await asyncio.sleep(0)  # for the connections to learn of it
    assert await asyncio.gather(*(store.job(job.id) for _ in range(5))) == [job] * 5


@pytest.mark.parametrize("brief", [False, True])
async def test_a_connection_that_is_lost_in_the_middle(
    store: SqlStore, postgres: PostgresServer, *, brief: bool
) -> None:
    async def lose_it() -> None:
        async with store.database.write(brief=brief) as connection:
            pid = await connection.scalar(text("SELECT pg_backend_pid()"))
            postgres.query(f"SELECT pg_terminate_backend({pid}, 5000)")
            await connection.execute(text("SELECT 1"))

    with pytest.raises(StoreUnavailable):
        await lose_it()
    job = await admit(store)
    assert await store.job(job.id) == job


async def test_a_server_that_says_why_it_ends_a_connection_before_it_does(store: SqlStore) -> None:
    """An ErrorResponse that nothing was asked for, in "Message Formats" of PostgreSQL's documentation."""
    query = select(jobs.c.id)
    fields = b"SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"

    async def hear_it() -> None:
        async with store.database.write(brief=True) as connection:
            for _ in range(2):
                await connection.execute(query)  # so that the next time is the driver's
            driver = (await connection.get_raw_connection()).driver_connection
            driver._protocol.data_received(b"E" + (len(fields) + 4).to_bytes(4, "big") + fields)  # type: ignore[union-attr]
            await connection.execute(query)

    with pytest.raises(StoreUnavailable):
        await hear_it()
    assert await store.job((job := await admit(store)).id) == job


async def test_a_server_that_dies_and_comes_back(store: SqlStore, another: SqlStore, postgres: PostgresServer) -> None:
    job = await bring_to(store, JobStatus.RUNNING)

    async def wait_for_a_turn() -> None:
        async with store.database.write() as connection:
            await store.database.take_turn(connection, Turn.ADMISSION)

    async def die() -> None:
        async with another.database.write() as connection:
            await another.database.take_turn(connection, Turn.ADMISSION)
            waiting = asyncio.create_task(wait_for_a_turn())
            await waiting_for_a_lock(connection)
            postgres.crash()
            with pytest.raises(StoreUnavailable):
                await waiting

    try:
        assert isinstance(await outcome(die()), StoreUnavailable)  # at its commit
        for call in (store.job(job.id), admit(store), store.advance(job, JobStatus.RUNNING, message_id=1)):
            assert isinstance(await outcome(call), StoreUnavailable)
        assert await store.check()
    finally:
        postgres.start()
    assert await store.check() is None
    assert await store.job(job.id) == job
    assert (await store.advance(job, JobStatus.RUNNING, message_id=1)).message_id == 1


async def test_a_migration_waits_for_another_as_long_as_it_takes(
    store: SqlStore, postgres_url: str, cipher: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_module, "_COMMAND_TIMEOUT", 0.05)
    monkeypatch.setitem(postgres_module._SESSION, "lock_timeout", "50ms")
    async with store.database.write() as connection:
        await store.database.take_turn(connection, Turn.MIGRATION)
        migration = asyncio.create_task(migrate(postgres_url, cipher))
        await waiting_for_a_lock(connection)
        await connection.execute(text("SELECT pg_sleep(0.2)"))  # longer than anything else may take
        assert not migration.done()
    await migration


async def test_a_network_that_dies(
    postgres_url: str, cipher: Cipher, store: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_module, "_CONNECT_TIMEOUT", 0.5)
    monkeypatch.setattr(postgres_module, "_COMMAND_TIMEOUT", 0.5)
    job = await admit(store)
    async with network_to(postgres_url) as (network, url):
        remote = await open_store(url, cipher)
        network.die()
        assert isinstance(await outcome(remote.job(job.id)), StoreUnavailable)  # on a connection that there was
        with pytest.raises(StoreUnavailable) as unavailable:
            await remote.job(job.id)  # on a new one
        assert reason(unavailable.value) == "TimeoutError"
        network.revive()
        assert await remote.job(job.id) == job
        await remote.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda url: url.replace("/test_", "/missing_"), "does not exist"),
        (lambda url: url.replace("postgres@", "stranger@"), "does not exist"),
        (lambda url: f"{url}-missing", "No such file"),
        (lambda url: f"{url}&colour=blue", "unrecognized configuration parameter"),
        (lambda url: f"{url}&sslmode=perhaps", "sslmode"),
    ],
)
async def test_a_database_that_cannot_be_reached(
    postgres_url: str, cipher: Cipher, change: Callable[[str], str], words: str
) -> None:
    for opening in (open_store, migrate):
        with pytest.raises(StoreUnavailable) as unavailable:
            await opening(change(postgres_url), cipher)
        assert words in reason(unavailable.value)


async def test_someone_who_may_not_make_tables(postgres: PostgresServer, cipher: Cipher) -> None:
    name = postgres.make_database()
    postgres.query("CREATE ROLE visitor LOGIN CONNECTION LIMIT 3")
    try:
        url = postgres.url(name).replace("postgres@", "visitor@")
        with pytest.raises(StoreUnavailable) as unavailable:
            await migrate(url, cipher)
        assert reason(unavailable.value) == "permission denied for schema public"
        postgres.query("ALTER ROLE visitor CONNECTION LIMIT 0")
        with pytest.raises(StoreUnavailable) as unavailable:
            await migrate(url, cipher)
        assert "too many connections" in reason(unavailable.value)
    finally:
        postgres.query("DROP ROLE visitor")
        postgres.drop_database(name)
