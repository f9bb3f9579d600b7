"""Word among processes: after commit, to all that listen, and again after the database was gone."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field

import pytest

from bot.domain.errors import LimitReached
from bot.domain.job import JobStatus
from bot.service.ports import PredictionNews, Wakeups
from bot.storage import postgres as postgres_module
from bot.storage.cipher import Cipher
from bot.storage.engine import Channel
from bot.storage.postgres import PostgresDatabase
from bot.storage.processes import SqlProcesses
from bot.storage.schema import connect
from bot.storage.store import SqlStore
from bot.storage.wakeups import NoWakeups, PostgresWakeups, open_wakeups
from tests.storage.dead_network import network_to
from tests.storage.examples import MEMBER, NOON, a_job, admit, bring_to, claim_one, quota
from tests.storage.postgres_server import PostgresServer

WAKE = "wake"
NEWS = PredictionNews("job-1", "prediction-1", "msg_1")
MARK = PredictionNews("mark", "", "")

Heard = str | PredictionNews


@pytest.fixture
def database_url(postgres_url: str) -> str:
    return postgres_url


@pytest.fixture
def database(store: SqlStore) -> PostgresDatabase:
    assert isinstance(store.database, PostgresDatabase)
    return store.database


@pytest.fixture
def wakeups(database: PostgresDatabase) -> PostgresWakeups:
    return PostgresWakeups(database, retry=0.01)


@dataclass
class Listener:
    """What one process hears."""

    heard: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue[Heard])

    async def run(self, wakeups: Wakeups) -> None:
        await wakeups.listen("me", lambda: self.heard.put_nowait(WAKE), self.heard.put_nowait)

    async def next(self) -> Heard:
        return await self.heard.get()

    async def until(self, mark: Heard) -> list[Heard]:
        """What is heard before that."""
        before: list[Heard] = []
        while (word := await self.next()) != mark:
            before.append(word)
        return before


Listen = Callable[..., Listener]


@pytest.fixture
async def listen(wakeups: PostgresWakeups) -> AsyncIterator[Listen]:
    """Starts to listen, until the test ends."""
    tasks: list[asyncio.Task[None]] = []

    def start(to: Wakeups = wakeups) -> Listener:
        listener = Listener()
        tasks.append(asyncio.create_task(listener.run(to)))
        return listener

    yield start
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def listener(listen: Listen) -> Listener:
    """One that has begun."""
    listener = listen()
    assert await listener.next() == WAKE
    return listener


async def test_an_admission_wakes_every_process(store: SqlStore, listener: Listener, listen: Listen) -> None:
    another = listen()
    assert await another.next() == WAKE  # it listens
    await admit(store)
    assert await listener.next() == WAKE
    assert await another.next() == WAKE


async def test_whatever_frees_or_cancels_a_job_wakes_every_process(store: SqlStore, listener: Listener) -> None:
    processes = SqlProcesses(store.database, life=0, linked_life=0)
    staged = await bring_to(store, JobStatus.STAGING)
    assert await listener.next() == WAKE  # of its admission
    job = await store.advance(staged, JobStatus.QUEUED, owner=None)
    assert await listener.next() == WAKE
    assert await store.cancel(job.id, MEMBER, NOON)
    assert await listener.next() == WAKE
    await claim_one(store, "leaving")
    await processes.leave("leaving")
    assert await listener.next() == WAKE
    await claim_one(store, "dying")
    await processes.join("living")
    assert await processes.beat("living")
    assert await listener.next() == WAKE


async def test_what_changes_nothing_for_others_wakes_nobody(
    store: SqlStore, wakeups: PostgresWakeups, listener: Listener
) -> None:
    processes = SqlProcesses(store.database)
    job = await bring_to(store, JobStatus.DELIVERING)
    assert await listener.next() == WAKE  # of its admission
    assert not await store.cancel(job.id, MEMBER, NOON)
    await store.settle(job, JobStatus.FAILED, NOON, captured=None, pictures=0)
    await processes.join("idle")
    await processes.beat("idle")
    await processes.leave("idle")
    await wakeups.announce_prediction(MARK)
    assert await listener.until(MARK) == []


async def test_it_is_told_when_it_is_committed_and_not_before(
    database: PostgresDatabase, wakeups: PostgresWakeups, listener: Listener
) -> None:
    async with database.write() as connection:
        await database.notify(connection, Channel.JOBS)
        await wakeups.announce_prediction(MARK)
        assert await listener.until(MARK) == []
    assert await listener.next() == WAKE


async def test_a_refused_admission_wakes_nobody(store: SqlStore, wakeups: PostgresWakeups, listener: Listener) -> None:
    with pytest.raises(LimitReached):
        await store.admit(a_job(), quota(0), NOON)
    await wakeups.announce_prediction(MARK)
    assert await listener.until(MARK) == []


async def test_news_of_a_prediction(wakeups: PostgresWakeups, listener: Listener) -> None:
    await wakeups.announce_prediction(NEWS)
    await wakeups.announce()
    assert [await listener.next(), await listener.next()] == [NEWS, WAKE]


@pytest.mark.parametrize("message", ["", "fox", "[]", '{"job_id": "job-1"}'])
async def test_word_that_cannot_be_read_is_passed_over(
    database: PostgresDatabase,
    wakeups: PostgresWakeups,
    listener: Listener,
    message: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with database.write() as connection:
        await database.notify(connection, Channel.PREDICTIONS, message)
    await wakeups.announce_prediction(MARK)
    assert await listener.until(MARK) == []
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


async def test_word_of_a_newer_version_is_understood(database: PostgresDatabase, listener: Listener) -> None:
    message = '{"job_id": "job-1", "prediction_id": "prediction-1", "webhook_id": "msg_1", "process": "p"}'
    async with database.write() as connection:
        await database.notify(connection, Channel.PREDICTIONS, message)
    assert await listener.next() == NEWS


async def test_a_lost_connection_is_made_again(
    wakeups: PostgresWakeups, listener: Listener, postgres: PostgresServer
) -> None:
    postgres.query("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'easel'")
    assert await listener.next() == WAKE  # for what was said meanwhile
    await wakeups.announce_prediction(NEWS)
    assert await listener.next() == NEWS


async def test_a_server_that_dies_and_comes_back(
    wakeups: PostgresWakeups, listener: Listener, postgres: PostgresServer
) -> None:
    postgres.crash()
    postgres.start()
    assert await listener.next() == WAKE
    await wakeups.announce_prediction(NEWS)
    assert await listener.next() == NEWS


async def test_a_network_that_dies(
    postgres_url: str, cipher: Cipher, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It tells nobody, so a silent connection has to be tried."""
    monkeypatch.setattr(postgres_module, "_CONNECT_TIMEOUT", 0.5)
    async with AsyncExitStack() as stack:
        network, url = await stack.enter_async_context(network_to(postgres_url))
        database = connect(url, cipher)
        assert isinstance(database, PostgresDatabase)
        stack.push_async_callback(database.close)
        remote = PostgresWakeups(database, retry=0.01, probe=0.5)
        listener = listen(remote)
        assert await listener.next() == WAKE
        network.die()
        network.revive()
        assert await listener.next() == WAKE
        await remote.announce_prediction(NEWS)
        assert await listener.until(NEWS) == []


async def test_who_stops_listening_leaves_no_connection(
    wakeups: PostgresWakeups, postgres: PostgresServer, listener: Listener
) -> None:
    listening = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'easel' AND query LIKE 'LISTEN%'"
    assert postgres.query(listening) == [["1"]]
    second = Listener()
    task = asyncio.create_task(second.run(wakeups))
    await second.next()
    assert postgres.query(listening) == [["2"]]
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    while postgres.query(listening) != [["1"]]:
        pass
    assert listener.heard.empty()


async def test_a_process_alone_needs_no_telling(migrated_file: object, cipher: Cipher) -> None:
    database = connect(f"sqlite:///{migrated_file}", cipher)
    wakeups = open_wakeups(database)
    assert isinstance(wakeups, NoWakeups)
    listener = Listener()
    task = asyncio.create_task(listener.run(wakeups))
    await wakeups.announce()
    await wakeups.announce_prediction(NEWS)
    assert not task.done()
    assert listener.heard.empty()
    task.cancel()
    await database.close()


def test_which_wakeups_a_database_has(database: PostgresDatabase) -> None:
    assert isinstance(open_wakeups(database), PostgresWakeups)
