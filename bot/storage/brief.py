"""SQLite without a thread for each statement: brief transactions on the event loop's own thread.

A statement that finds its few rows by an index takes some microseconds. To send it to another thread and hear of its
result, in several steps, takes twenty times as long (docs/performance.md), so it is executed right where it is asked
for. What has to wait for the disk, the commit of what was written, does go to a thread.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import Connection, Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool, PoolProxiedConnection
from sqlalchemy.util import await_only, greenlet_spawn

_RETRY_SECONDS = 0.01

READER, WRITER = "sqlite+easel_reader", "sqlite+easel_writer"
"""The drivers' names in URLs of SQLAlchemy's."""


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """What SQLAlchemy awaits of an asynchronous driver's cursor once all rows are read."""


class BriefConnection(sqlite3.Connection):
    """What engines with these drivers are to connect with: `connect_args={"factory": BriefConnection}`."""

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class _Reader(SQLiteDialect_pysqlite):
    """sqlite3 as it is, offered to an `AsyncEngine`: nothing is ever waited for, though SQLAlchemy takes a driver that
    awaits nothing for one that isn't asynchronous."""

    driver = "easel_reader"
    supports_statement_cache = True
    is_async = True

    @classmethod
    def get_pool_class(cls, url: URL) -> type[Pool]:
        return AsyncAdaptedQueuePool

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        await_only(_nothing())
        cursor.execute(statement, parameters)

    def do_executemany(self, cursor: Any, statement: str, parameters: Any, context: Any = None) -> None:
        await_only(_nothing())
        cursor.executemany(statement, parameters)

    def do_execute_no_params(self, cursor: Any, statement: str, context: Any = None) -> None:
        await_only(_nothing())
        cursor.execute(statement)


class _Writer(_Reader):
    """One that commits in a thread."""

    driver = "easel_writer"
    supports_statement_cache = True
    committing: Executor | None = None

    def do_commit(self, dbapi_connection: PoolProxiedConnection) -> None:
        await_only(_in_thread(self.committing, dbapi_connection))


async def _nothing() -> None:
    """Be awaited, and go on at once."""


async def _in_thread(executor: Executor | None, connection: PoolProxiedConnection) -> None:
    """Commit. Whoever is canceled meanwhile goes on once it is done: the connection is the thread's until then."""
    commit = asyncio.get_running_loop().run_in_executor(executor, connection.commit)
    try:
        await asyncio.shield(commit)
    except asyncio.CancelledError:
        await asyncio.wait({commit})
        raise


def commit_with(dialect: Any, executor: Executor) -> None:
    """Let the dialect of a writer commit in threads of this executor's."""
    cast("_Writer", dialect).committing = executor


def begin(connection: Connection) -> None:
    """Begin to read, unless a single query stands for itself (`easel_begin` is False)."""
    if connection.get_execution_options().get("easel_begin", True):
        _driver(connection).execute("BEGIN")


def begin_immediate(connection: Connection, patience: float) -> None:
    """Begin to write, once other programs let go of the file; not on SQLite's own time-out, which would block.

    Raises SQLAlchemy's `OperationalError` where they still hold it after so many seconds.
    """
    driver = _driver(connection)
    until = asyncio.get_running_loop().time() + patience
    while True:
        try:
            driver.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy or asyncio.get_running_loop().time() > until:
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # for SQLAlchemy to tell of it
                return
            await_only(asyncio.sleep(_RETRY_SECONDS))
        else:
            return


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    """What `AsyncEngine.begin` is, in two steps instead of six, which cost more than the statements in between."""
    connection = await greenlet_spawn(_started, engine.sync_engine)
    try:
        yield AsyncConnection(engine, connection)
    except BaseException:
        await greenlet_spawn(_ended, connection, whole=False)
        raise
    await greenlet_spawn(_ended, connection, whole=True)


def _driver(connection: Connection) -> BriefConnection:
    """Without SQLAlchemy, whose part in a statement is ten times as long as SQLite's in these."""
    return cast("BriefConnection", connection.connection.dbapi_connection)


def _started(engine: Engine) -> Connection:
    connection = engine.connect()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


def _ended(connection: Connection, *, whole: bool) -> None:
    try:
        connection.commit() if whole else connection.rollback()
    except BaseException:
        connection.rollback()  # or it would be used again in the middle of its transaction
        raise
    finally:
        connection.close()


for _dialect in (_Reader, _Writer):
    registry.register(f"sqlite.{_dialect.driver}", __name__, _dialect.__name__)
