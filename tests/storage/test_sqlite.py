"""What only a SQLite file can show: how it is used, and how it fails."""

import asyncio
import sqlite3
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from bot.domain.errors import StoreUnavailable
from bot.domain.job import Job, JobStatus
from bot.service.ports import Usage
from bot.storage.cipher import Cipher
from bot.storage.schema import migrate
from bot.storage.sqlite import SqliteDatabase
from bot.storage.store import SqlStore, open_store
from bot.storage.troubles import reason
from tests.storage.examples import MEMBER, NOON, PRICE, UNLIMITED, a_job, admit, bring_to, outcome


@pytest.fixture
def database_url(sqlite_file: Path) -> str:
    return f"sqlite:///{sqlite_file}?timeout=0.05"  # seconds that a lock is waited for


@pytest.fixture
def raw(sqlite_file: Path) -> Iterator[sqlite3.Connection]:
    """The file as any other program sees it."""
    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as connection:
        yield connection


async def test_how_the_file_is_used(store: SqlStore) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    async with store._database.write() as connection:
        for pragma, value in expected.items():
            assert (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar() == value


async def test_only_its_owner_can_read_the_file(tmp_path: Path, cipher: Cipher) -> None:
    path = tmp_path / "data" / "easel.db"
    await migrate(f"sqlite:///{path}", cipher)
    store = await open_store(f"sqlite:///{path}", cipher)
    await store.remember("a", "b")
    modes = {each.name: oct(each.stat().st_mode & 0o777) for each in (path.parent, *path.parent.iterdir())}
    await store.close()
    assert modes == {"data": "0o700", "easel.db": "0o600", "easel.db-wal": "0o600", "easel.db-shm": "0o600"}


async def test_reading_goes_on_while_something_is_written(store: SqlStore) -> None:
    job = await admit(store)
    async with store._database.write() as connection:
        await connection.exec_driver_sql("UPDATE jobs SET message_id = 5")
        assert await store.job(job.id) == job


async def test_writers_take_turns_where_the_file_would_refuse_them(sqlite_file: Path, cipher: Cipher) -> None:
    store = await open_store(f"sqlite:///{sqlite_file}?timeout=0", cipher)
    await asyncio.gather(*(admit(store) for _ in range(20)))
    await store.close()


async def test_a_writer_that_is_canceled_in_the_middle_of_a_statement_holds_nobody_up(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.RUNNING)

    async def write() -> None:
        async with store._database.write() as connection:
            await connection.exec_driver_sql("UPDATE jobs SET message_id = 5")

    writing = asyncio.create_task(write())

    def cancel(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("UPDATE jobs"):
            writing.cancel()  # which shows only once the driver's thread has the statement

    event.listen(store._database._engine.sync_engine, "before_cursor_execute", cancel)
    with pytest.raises(asyncio.CancelledError):
        await writing
    event.remove(store._database._engine.sync_engine, "before_cursor_execute", cancel)
    assert await store.check() is None, "while the task, and with it the statement, is still there"
    assert await store.job(job.id) == job


async def test_a_brief_writer_that_is_canceled_while_it_commits_is_done_whole(store: SqlStore) -> None:
    assert isinstance(store._database, SqliteDatabase)
    disk = threading.Event()
    store._database._committing.submit(disk.wait)
    writing = asyncio.create_task(store.remember("name", "value"))
    event.listen(store._database._brief_writing._engine.sync_engine, "commit", lambda _: writing.cancel(), once=True)
    for _ in range(3):
        await asyncio.sleep(0)  # it waits for the disk by now, and knows that it was canceled
    disk.set()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert await store.recall("name") == "value"
    await store.remember("name", "another value")
    assert await store.recall("name") == "another value"


async def test_a_brief_writer_lets_the_loop_go_on_while_another_program_has_the_file(
    store: SqlStore, raw: sqlite3.Connection
) -> None:
    raw.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(store.remember("name", "value"))
    await asyncio.sleep(0)  # it has found the file busy by now
    raw.execute("ROLLBACK")
    await writing
    assert await store.recall("name") == "value"


# ------------------------------------------------------------------------------------------------ bad states


async def test_a_locked_file(store: SqlStore, raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
    job = a_job()
    with pytest.raises(StoreUnavailable) as unavailable:
        await store.admit(job, UNLIMITED, NOON)
    assert "locked" in str(unavailable.value.__cause__)
    assert "another program holds it: end that" in (await store.check() or "")
    assert await store.job(job.id) is None  # reading goes on
    raw.execute("ROLLBACK")
    assert await store.check() is None
    await admit(store, job)


async def pragma(store: SqlStore, setting: str) -> None:
    """Set it for the connection that writes, of which there is one."""
    assert isinstance(store._database, SqliteDatabase)
    async with store._database._brief_writing.connection() as connection:
        await connection.exec_driver_sql(f"PRAGMA {setting}")


async def test_a_full_disk(store: SqlStore) -> None:
    await pragma(store, "max_page_count = 1")  # no more than there are
    outcomes = [await outcome(admit(store)) for _ in range(30)]
    admitted = [each for each in outcomes if isinstance(each, Job)]
    refused = [each for each in outcomes if isinstance(each, StoreUnavailable)]
    assert len(admitted) + len(refused) == 30
    assert "full" in str(refused[0].__cause__)
    assert await store.check() in (None, "the disk is full: free some space on it (database or disk is full)")
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage(len(admitted), len(admitted), len(admitted) * PRICE)
    await pragma(store, "max_page_count = 100000")
    await admit(store)


async def test_a_file_that_can_only_be_read(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    await pragma(store, "query_only = ON")
    for write in (
        admit(store),
        store.settle(job, JobStatus.SUCCEEDED, NOON, captured=1, pictures=1),
        store.received("id", NOON),
    ):
        assert isinstance(await outcome(write), StoreUnavailable)
    assert "it can't be written: let the account" in (await store.check() or "")
    assert await store.job(job.id) == job
    await pragma(store, "query_only = OFF")
    await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=1, pictures=1)


@contextmanager
def damaged(path: Path, table: str) -> Generator[None]:
    """Overwrite the first page of a table. The file must be closed."""
    whole = path.read_bytes()
    with closing(sqlite3.connect(path)) as raw:
        (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()
        (size,) = raw.execute("PRAGMA page_size").fetchone()
    path.write_bytes(whole[: (page - 1) * size] + b"\xff" * size + whole[page * size :])
    yield
    path.write_bytes(whole)


async def test_a_file_that_is_damaged(sqlite_file: Path, cipher: Cipher) -> None:
    url = f"sqlite:///{sqlite_file}"
    store = await open_store(url, cipher)
    job = await admit(store)
    await store.close()
    with damaged(sqlite_file, "jobs"):
        store = await open_store(url, cipher)
        assert await store.check() is None, "nothing has come upon it yet"
        assert isinstance(await outcome(store.job(job.id)), StoreUnavailable)
        words = await store.check() or ""
        assert words.startswith("the file is damaged: stop Easel, and put the latest backup in its place")
        assert words.endswith("(database disk image is malformed)")
        await store.close()
    store = await open_store(url, cipher)
    assert await store.job(job.id) == job
    await store.close()


async def test_what_is_no_file(tmp_path: Path, sqlite_file: Path, cipher: Cipher) -> None:
    for opening in (open_store, migrate):
        with pytest.raises(StoreUnavailable) as unavailable:
            await opening(f"sqlite:///{tmp_path}", cipher)
        assert reason(unavailable.value) == "unable to open database file"
    with pytest.raises(StoreUnavailable):
        await migrate(f"sqlite:///{sqlite_file}/easel.db", cipher)
