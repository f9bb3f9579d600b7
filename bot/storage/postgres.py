"""PostgreSQL: any number of processes, rows locked by those who change them."""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import datetime
from typing import Any, cast

import asyncpg
from sqlalchemy import (
    ColumnElement,
    Integer,
    String,
    Table,
    bindparam,
    event,
    func,
    literal_column,
    select,
    text,
    type_coerce,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import StoreUnavailable
from bot.service.ports import CommitInDoubt
from bot.storage.brief import BriefConnection, BriefTransactions
from bot.storage.brief_postgres import AsyncpgDriver
from bot.storage.cipher import Cipher
from bot.storage.columns import Moment
from bot.storage.engine import Channel, Database, Turn
from bot.storage.errors import SchemaTooNew
from bot.storage.revisions import REVISION, is_current
from bot.storage.troubles import POSTGRES

_READING = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITING = "BEGIN ISOLATION LEVEL READ COMMITTED"  # whatever the server's default is

_POOL = {"pool_size": 10, "max_overflow": 10, "pool_timeout": 10}  # connections; seconds to wait for a free one
_CONNECT_TIMEOUT = 5  # seconds
_SCHEMA_SECONDS = 1  # how soon a process sees that another has migrated the database
_COMMAND_TIMEOUT = 30  # seconds until the network is taken for dead, where the server would have answered long ago
_STATEMENTS = 300  # that a connection keeps prepared: with their forms, more than Easel has
STATEMENT_TIMEOUT = "10s"
_SESSION = {
    "application_name": "easel",
    "statement_timeout": STATEMENT_TIMEOUT,
    "lock_timeout": "5s",
    # A process that froze in the middle of a transaction stands in nobody's way for longer.
    "idle_in_transaction_session_timeout": "10s",
    "jit": "off",  # its compiler costs more than these statements
    # A plan for any span of time reads far more than one for this month: sums took three times as long.
    "plan_cache_mode": "force_custom_plan",
}
_CLIENT_ONLY = ("channel_binding",)  # options that are libpq's alone, which hosted databases put in their addresses

_connect = cast("Any", asyncpg).connect  # it has no types
_DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)

# The first key of the advisory locks; the second one is the `Turn`.
_LOCKS = int.from_bytes(b"easl")

# The first key of the locks by which a process shows that it lives; the second one is made of its name.
_LINKS = int.from_bytes(b"easp")


_TAKE_TURN = select(func.pg_advisory_xact_lock(bindparam("locks", type_=Integer), bindparam("turn", type_=Integer)))
_SHARE_TURN = text("SELECT pg_advisory_xact_lock_shared(:locks, :turn)")
_TRY_TURN = text("SELECT pg_try_advisory_xact_lock(:locks, :turn)")
_NOTIFY = select(func.pg_notify(bindparam("channel", type_=String), bindparam("message", type_=String)))
_END_FROZEN = text(
    """
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = :name AND datname = current_database() AND usename = current_user
    AND xact_start IS NOT NULL AND wait_event = 'ClientRead' AND pid <> pg_backend_pid()
    AND state_change < clock_timestamp() - make_interval(secs => :seconds)
    """
)


class Session:
    """A connection that stays, to listen on."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.lost = asyncio.Event()
        connection.add_termination_listener(self._on_termination)

    async def listen(self, channel: Channel, hear: Callable[[str], None]) -> None:
        """Call `hear` with each message that comes from now on."""

        def heard(_connection: Any, _pid: int, _channel: str, message: str) -> None:
            hear(message)

        await self._connection.add_listener(channel, heard)

    async def link(self, name: str, key: int) -> None:
        """Hold the process's lock for as long as the connection lasts, and say that it does."""
        await self._connection.execute("SELECT pg_advisory_lock_shared($1, $2)", _LINKS, key)
        # On this connection, which is known to work: those of the pool may have died with the last one.
        await self._connection.execute("UPDATE processes SET linked = true WHERE name = $1", name)

    async def probe(self, seconds: float) -> None:
        """Fail if the server doesn't answer by then. A network that died says nothing by itself."""
        await self._connection.execute("SELECT 1", timeout=seconds)

    async def close(self) -> None:
        with suppress(*_DRIVER_ERRORS):  # then it is closed by force
            await self._connection.close(timeout=_CONNECT_TIMEOUT)

    def _on_termination(self, _connection: Any) -> None:
        self.lost.set()


class PostgresDatabase(Database):
    """The database must exist; who owns it can make the tables.

    Any form of the URL that libpq takes will do, with one host in its first part (more in `?host=a,b`). A connection
    that was lost is replaced by the next transaction that would use it.
    """

    shared = True

    def __init__(self, url: URL, cipher: Cipher) -> None:
        address = url.set(drivername="postgresql").difference_update_query(_CLIENT_ONLY)
        self._dsn = address.render_as_string(hide_password=False)
        self._command_timeout: float | None = _COMMAND_TIMEOUT
        self._guarded_at: float | None = None  # on the monotonic clock
        super().__init__(
            # Alone: the address is the driver's to read, so that SQLAlchemy has no password to show.
            URL.create("postgresql+asyncpg"),
            cipher,
            async_creator=self._connect,
            isolation_level="READ COMMITTED",  # as `_WRITING`
            **_POOL,
        )
        event.listen(self._engine.sync_engine, "checkout", _refuse_lost)
        event.listen(self._engine.sync_engine, "handle_error", _forget_row)
        outside = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._brief = BriefTransactions(outside, AsyncpgDriver)
        self._reading = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def make(self) -> None:
        pass  # that is the server's operator's to do

    def exists(self) -> bool:
        return True

    @asynccontextmanager
    async def read(self, *, brief: bool = False) -> AsyncGenerator[AsyncConnection]:
        with self._troubles_told():
            async with self._brief.transaction(_READING) if brief else self._reading.begin() as connection:
                yield connection

    @asynccontextmanager
    async def write(self, *, brief: bool = False, turn: Turn | None = None) -> AsyncGenerator[AsyncConnection]:
        """Each statement sees what was committed before it began."""
        committing = False
        try:
            with self._troubles_told():
                begin = _WRITING if turn is None else f"{_WRITING}; SELECT pg_advisory_xact_lock({_LOCKS}, {turn:d})"
                async with self._brief.transaction(begin) if brief else self._engine.begin() as connection:
                    if turn is not None and not brief:
                        await self.take_turn(connection, turn)
                    await self._refuse_newer(connection)
                    yield connection
                    committing = True
                self._committed(connection)
        except StoreUnavailable as trouble:
            if committing:
                raise CommitInDoubt from trouble.__cause__
            raise

    def outside(self) -> AbstractAsyncContextManager[AsyncConnection]:
        return self._brief.connection()

    async def close(self) -> None:
        await self._brief.close()
        await super().close()

    def guard(self) -> None:
        self._guarded_at = 0.0

    async def _refuse_newer(self, connection: AsyncConnection) -> None:
        """Raise `StoreUnavailable` once another process has migrated the database to what this version doesn't know."""
        if self._guarded_at is None or time.monotonic() - self._guarded_at < _SCHEMA_SECONDS:
            return
        try:
            is_current(await connection.scalar(REVISION))
        except SchemaTooNew as too_new:
            raise StoreUnavailable from too_new
        self._guarded_at = time.monotonic()

    @asynccontextmanager
    async def migrating(self) -> AsyncGenerator[AsyncConnection]:
        # A migration takes as long as it takes, and so does waiting for another process's.
        self._command_timeout = None  # of the connections that are yet to be made
        async with self.write() as connection:
            await connection.execute(text("SET LOCAL statement_timeout = 0"))
            await connection.execute(text("SET LOCAL lock_timeout = 0"))
            await self.take_turn(connection, Turn.MIGRATION)
            yield connection

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[Session]:
        """A connection that stays, beside those of the transactions. Not through a pooler that hands connections on
        with every transaction. What goes wrong in it is `StoreUnavailable`."""
        session = Session(await self._connect())
        try:
            yield session
        except _DRIVER_ERRORS as error:
            raise StoreUnavailable from error
        finally:
            await session.close()

    async def take_turn(self, connection: AsyncConnection, turn: Turn) -> None:
        await connection.execute(_TAKE_TURN, {"locks": _LOCKS, "turn": turn})

    async def share_turn(self, connection: AsyncConnection, turn: Turn) -> None:
        await connection.execute(_SHARE_TURN, {"locks": _LOCKS, "turn": turn})

    async def try_turn(self, connection: AsyncConnection, turn: Turn) -> bool:
        return bool(await connection.scalar(_TRY_TURN, {"locks": _LOCKS, "turn": turn}))

    async def notify(self, connection: AsyncConnection, channel: Channel, message: str = "") -> None:
        if isinstance(connection, BriefConnection) and isinstance(connection.driver, AsyncpgDriver) and not message:
            connection.driver.at_commit(f"NOTIFY {channel}")
        else:
            await connection.execute(_NOTIFY, {"channel": channel, "message": message})

    async def scrub(self) -> None:
        pass  # the server's own vacuum does, in time

    def now(self) -> ColumnElement[datetime]:
        return type_coerce(literal_column("(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"), Moment())

    async def size(self, connection: AsyncConnection) -> int:
        return (await connection.execute(text("SELECT pg_database_size(current_database())"))).scalar_one()

    async def held_links(self, connection: AsyncConnection) -> set[int]:
        """Also those of other databases of the server, which are no one's here."""
        held = await connection.scalars(
            text("SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND classid = :links AND granted"),
            {"links": _LINKS},
        )
        return {key - (1 << 32) if key >= 1 << 31 else key for key in held}

    async def end_frozen(self, connection: AsyncConnection, seconds: float) -> int:
        """`idle_in_transaction_session_timeout` doesn't see who froze between the messages of one statement: PostgreSQL
        calls that session active, though it waits for its client."""
        ended = await connection.scalars(_END_FROZEN, {"name": _SESSION["application_name"], "seconds": seconds})
        return len(ended.all())

    def insert(self, table: Table) -> postgresql.Insert:
        return postgresql.insert(table)

    def is_trouble(self, error: BaseException | None) -> bool:
        state = getattr(error, "sqlstate", None)
        return isinstance(state, str) and state.startswith(tuple(POSTGRES))

    async def _connect(self) -> Any:
        """Raises `StoreUnavailable`: no mistake in a statement can keep a connection from being made."""
        try:
            return await _connect(
                self._dsn,
                timeout=_CONNECT_TIMEOUT,
                command_timeout=self._command_timeout,
                server_settings=_SESSION,
                statement_cache_size=_STATEMENTS,
            )
        except _DRIVER_ERRORS as error:
            raise StoreUnavailable from error


def _refuse_lost(connection: DBAPIConnection, _record: Any, _proxy: Any) -> None:
    """Instead of a round trip before each transaction: the driver knows when the server has closed a connection."""
    if cast("Any", connection).driver_connection.is_closed():
        raise InvalidatePoolError


def _forget_row(context: ExceptionContext) -> None:
    """An error's detail quotes the row that it is about; the rest of it tells nothing about anyone."""
    for error in (context.original_exception, context.original_exception.__cause__):
        if isinstance(getattr(error, "detail", None), str):
            error.detail = None  # type: ignore[union-attr] # it has one
