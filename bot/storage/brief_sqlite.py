"""SQLite without a thread for each statement: brief transactions on the event loop's own thread.

A statement that finds its few rows by an index takes some microseconds. To send it to another thread and hear of its
result, in several steps, takes twenty times as long (docs/performance.md), so it is executed right where it is asked
for. What has to wait for the disk, the commit of what was written, does go to a thread.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import Executor
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import AsyncAdaptedQueuePool, Pool, PoolProxiedConnection
from sqlalchemy.util import await_only

from bot.storage.brief import Driver
from bot.storage.prepared import Prepared, PreparedResult

_RETRY_SECONDS = 0.01

DRIVERNAME = "sqlite+easel_brief"
"""In URLs of SQLAlchemy's."""


class _Cursor(sqlite3.Cursor):
    async def _async_soft_close(self) -> None:
        """What SQLAlchemy awaits of an asynchronous driver's cursor once all rows are read."""


class BriefSqliteConnection(sqlite3.Connection):
    """What an engine with this driver is to connect with: `connect_args={"factory": BriefSqliteConnection}`."""

    def cursor(self, factory: Any = _Cursor) -> Any:
        return super().cursor(factory)


class _Dialect(SQLiteDialect_pysqlite):
    """sqlite3 as it is, offered to an `AsyncEngine`: nothing is ever waited for, though SQLAlchemy takes a driver that
    awaits nothing for one that isn't asynchronous. Transactions are those of `SqliteDriver`."""

    driver = "easel_brief"
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

    def do_commit(self, dbapi_connection: PoolProxiedConnection) -> None:
        pass

    def do_rollback(self, dbapi_connection: PoolProxiedConnection) -> None:
        pass


async def _nothing() -> None:
    """Be awaited, and go on at once."""


class SqliteDriver(Driver):
    """sqlite3's connection. Where others hold the file, who begins to write waits for so many seconds, not on SQLite's
    own time-out, which would block; commits are made in a thread of the executor's, if there is one."""

    def __init__(
        self, connection: sqlite3.Connection, *, patience: float = 0.0, committing: Executor | None = None
    ) -> None:
        self._connection = connection
        self._patience = patience
        self._committing = committing

    @property
    def lost(self) -> bool:
        return False

    async def execute(self, prepared: Prepared, arguments: Sequence[Any]) -> PreparedResult:
        cursor = sqlite3.Cursor(self._connection)
        try:
            cursor.execute(prepared.sql, arguments)
            return prepared.result(cursor.fetchall(), cursor.rowcount)
        except sqlite3.Error as error:
            raise _raised(prepared.sql, error) from error

    async def execute_many(self, prepared: Prepared, arguments: Sequence[Sequence[Any]]) -> PreparedResult:
        cursor = sqlite3.Cursor(self._connection)
        try:
            cursor.executemany(prepared.sql, arguments)
        except sqlite3.Error as error:
            raise _raised(prepared.sql, error) from error
        return prepared.result((), cursor.rowcount)

    async def begin(self, words: str) -> None:
        until = asyncio.get_running_loop().time() + self._patience
        while True:
            try:
                self._connection.execute(words)
            except sqlite3.Error as error:
                busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
                if not busy or asyncio.get_running_loop().time() > until:
                    raise _raised(words, error) from error
                await asyncio.sleep(_RETRY_SECONDS)
            else:
                return

    async def commit(self) -> None:
        """Whoever is canceled meanwhile goes on once it is done: the connection is the thread's until then."""
        try:
            if self._committing is None:
                self._connection.commit()
            else:
                await _whole(asyncio.get_running_loop().run_in_executor(self._committing, self._connection.commit))
        except sqlite3.Error as error:
            raise _raised("COMMIT", error) from error

    async def roll_back(self) -> None:
        if self._connection.in_transaction:  # some errors have ended it
            self._connection.rollback()


async def _whole(commit: asyncio.Future[None]) -> None:
    try:
        await asyncio.shield(commit)
    except asyncio.CancelledError:
        await asyncio.wait({commit})
        raise


def _raised(words: str, error: sqlite3.Error) -> BaseException:
    return DBAPIError.instance(words, None, error, sqlite3.Error, hide_parameters=True)


registry.register(DRIVERNAME.replace("+", "."), __name__, _Dialect.__name__)
