"""SQLite: one process, writers in turn, readers beside them."""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import structlog
from sqlalchemy import ColumnElement, Connection, Table, event, literal
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import AdaptedConnection, DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.domain.errors import StoreUnavailable
from bot.storage.brief import BriefTransactions
from bot.storage.brief_sqlite import DRIVERNAME, BriefSqliteConnection, SqliteDriver
from bot.storage.cipher import Cipher
from bot.storage.columns import Moment
from bot.storage.engine import Channel, Database, Turn
from bot.storage.errors import UnsupportedDatabase
from bot.storage.files import make_file
from bot.storage.troubles import SQLITE

_log = structlog.get_logger(__name__)

_IMMEDIATE = "BEGIN IMMEDIATE"
_BUSY_TIMEOUT = 5  # seconds to wait for a lock that another program, a backup say, holds
# What is deleted is overwritten; without `secure_delete`, pages keep it until they are used again.
_PRAGMAS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON")


def sqlite_path(url: URL) -> Path:
    """The file of a SQLite URL. Raises `UnsupportedDatabase` where it names none."""
    if not url.database or url.database == ":memory:" or url.database.startswith("file:"):
        raise UnsupportedDatabase("A SQLite DATABASE_URL names a file, as sqlite:///data/easel.db does.")
    return Path(url.database)


class SqliteDatabase(Database):
    """The file is for its owner alone (mode 0600), in a directory that is (0700) where Easel made it."""

    shared = False

    def __init__(self, url: URL, cipher: Cipher) -> None:
        self._path = sqlite_path(url)
        # isolation_level None: the driver begins no transaction of its own, so that ours begin as they should.
        super().__init__(
            url.set(drivername="sqlite+aiosqlite"),
            cipher,
            connect_args={"isolation_level": None} | ({} if "timeout" in url.query else {"timeout": _BUSY_TIMEOUT}),
        )
        event.listen(self._engine.sync_engine, "connect", _configure)
        event.listen(self._engine.sync_engine, "begin", _begin)
        event.listen(self._engine.sync_engine, "invalidate", _roll_back)
        self._writing = self._engine.execution_options(easel_begin=_IMMEDIATE)
        patience = float(str(url.query.get("timeout", _BUSY_TIMEOUT)))
        self._committing = ThreadPoolExecutor(1, thread_name_prefix="commit")
        writer = partial(SqliteDriver, patience=patience, committing=self._committing)
        self._brief_reading = BriefTransactions(self._brief_engine(timeout=patience), SqliteDriver)
        self._brief_writing = BriefTransactions(self._brief_engine(timeout=0), writer)
        self._turn = asyncio.Lock()

    def make(self) -> None:
        try:
            make_file(self._path)
        except OSError as error:
            raise StoreUnavailable from error

    def exists(self) -> bool:
        return self._path.exists()

    @asynccontextmanager
    async def read(self, *, brief: bool = False) -> AsyncGenerator[AsyncConnection]:
        with self._troubles_told():
            async with self._brief_reading.transaction("BEGIN") if brief else self._engine.begin() as connection:
                yield connection

    @asynccontextmanager
    async def write(self, *, brief: bool = False, turn: Turn | None = None) -> AsyncGenerator[AsyncConnection]:
        """One at a time: SQLite would let the others wait by polling, and then refuse them."""
        async with self._turn:
            with self._troubles_told():
                async with (
                    self._brief_writing.transaction(_IMMEDIATE) if brief else self._writing.begin() as connection
                ):
                    yield connection
                self._committed(connection)

    async def close(self) -> None:
        await self._brief_reading.close()
        await self._brief_writing.close()
        await super().close()
        self._committing.shutdown()

    def outside(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._brief_reading.connection()

    def _brief_engine(self, timeout: float) -> AsyncEngine:
        engine = create_async_engine(
            self._engine.url.set(drivername=DRIVERNAME),
            hide_parameters=True,
            connect_args={
                "factory": BriefSqliteConnection,
                "isolation_level": None,
                "check_same_thread": False,
                "timeout": timeout,
            },
        )
        event.listen(engine.sync_engine, "connect", _configure)
        self._entrust(engine)
        return engine

    def guard(self) -> None:
        pass  # its lock lets no other process migrate it

    async def take_turn(self, connection: AsyncConnection, turn: Turn) -> None:
        pass  # whoever writes has every turn

    async def share_turn(self, connection: AsyncConnection, turn: Turn) -> None:
        pass

    async def try_turn(self, connection: AsyncConnection, turn: Turn) -> bool:
        return True

    async def notify(self, connection: AsyncConnection, channel: Channel, message: str = "") -> None:
        pass  # there is no other process

    async def scrub(self) -> None:
        """The log ahead of the file holds pages as they were; it is emptied unless somebody reads from it just now."""
        try:
            async with self._turn:
                with self._troubles_told():
                    async with self._engine.connect() as connection:
                        driver = (await connection.get_raw_connection()).driver_connection
                        await cast("Any", driver).execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except StoreUnavailable as error:
            _log.warning("what was erased may be in the database's log for a while", error=repr(error.__cause__))

    def now(self) -> ColumnElement[datetime]:
        return literal(datetime.now(UTC), Moment())  # a file is on the machine of its only process

    async def size(self, connection: AsyncConnection) -> int:
        """Of the file; its log comes on top."""
        pages = await connection.exec_driver_sql("PRAGMA page_count")
        each = await connection.exec_driver_sql("PRAGMA page_size")
        return pages.scalar_one() * each.scalar_one()

    async def held_links(self, connection: AsyncConnection) -> set[int]:
        return set()

    async def end_frozen(self, connection: AsyncConnection, seconds: float) -> int:
        return 0

    def insert(self, table: Table) -> sqlite.Insert:
        return sqlite.insert(table)

    def is_trouble(self, error: BaseException | None) -> bool:
        return _code(error) in SQLITE

    def is_damage(self, error: BaseException | None) -> bool:
        return _code(error) in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _code(error: BaseException | None) -> int:
    """The primary result code; the higher bits of a code say more of the same."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF if isinstance(error, sqlite3.Error) else 0


def _configure(connection: DBAPIConnection, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("easel_begin", "BEGIN"))


def _roll_back(connection: AdaptedConnection, _record: Any, _error: BaseException | None) -> None:
    """End the transaction of a caller that was canceled in the middle of a statement.

    The connection is closed next; but SQLite keeps a connection, and its locks, until the last statement of it is
    gone, and a task that was canceled may hold on to its own for long.
    """
    connection.run_async(lambda driver: driver.rollback())
