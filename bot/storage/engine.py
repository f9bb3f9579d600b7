"""What the store needs of a database. All that differs from one to another is in the module of its name."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any, ClassVar
from weakref import WeakSet

from sqlalchemy import ColumnElement, Executable, Insert, RowMapping, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.domain.errors import StoreUnavailable
from bot.service.watch import Alarm
from bot.storage.cipher import Cipher, Root
from bot.storage.columns import cipher_of, root_of, use_cipher, use_root
from bot.storage.troubles import explain, unavailable


class Turn(IntEnum):
    """What only one transaction does at a time, in whichever process."""

    MIGRATION = 1
    ADMISSION = 2
    CLAIM = 3
    TRAIL = 4
    INCIDENTS = 5
    FACT = 6


class Channel(StrEnum):
    """What processes tell each other about."""

    JOBS = "easel_jobs"
    PREDICTIONS = "easel_predictions"


class Database(ABC):
    """One database: its connections and its transactions.

    In a transaction the database's own troubles (locked, full, read-only, out of reach) become `StoreUnavailable` of
    `bot.domain.errors`, chained from their cause; mistakes of ours stay what they are.
    """

    shared: ClassVar[bool]
    """Whether other processes may use the database at the same time."""

    def __init__(self, url: URL, cipher: Cipher, **options: Any) -> None:
        # Without their parameters, statements in errors and logs tell nothing about anyone.
        self._engine = create_async_engine(url, hide_parameters=True, **options)
        self._engines: list[AsyncEngine] = []
        self._entrust(self._engine, cipher)
        self.alarm = Alarm()
        """Rings with every trouble."""
        self.entered = asyncio.Event()
        """Set by each entry of a trail, once it is committed."""
        self._entering = WeakSet[AsyncConnection]()
        self._inserts: dict[tuple[str, Table], Insert] = {}
        self.damage: str | None = None
        """What was found to be damaged, in words for the operator. It doesn't heal while the database is open."""

    @property
    def cipher(self) -> Cipher:
        return cipher_of(self._engine.dialect)

    @property
    def root(self) -> Root:
        """What keys for other purposes are derived from; known once the database was found to be up to date."""
        return root_of(self._engine.dialect)

    @root.setter
    def root(self, root: Root) -> None:
        for engine in self._engines:
            use_root(engine.dialect, root)

    def _entrust(self, engine: AsyncEngine, cipher: Cipher | None = None) -> None:
        """Let an engine of this database read and write what is encrypted."""
        use_cipher(engine.dialect, cipher or self.cipher)
        self._engines.append(engine)

    def announce_entry(self, connection: AsyncConnection) -> None:
        """Set `entered` as soon as this transaction is committed, and only then."""
        self._entering.add(connection)

    def _committed(self, connection: AsyncConnection) -> None:
        if connection in self._entering:
            self.entered.set()

    @abstractmethod
    def make(self) -> None:
        """Make the database where there is none and it can be made from here. It blocks.

        Raises `StoreUnavailable` of `bot.domain.errors`."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is a database to connect to, as far as can be told without connecting. It blocks."""

    @abstractmethod
    def read(self, *, brief: bool = False) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that sees one state of the database and changes nothing.

        A `brief` one finds a few rows by indices, however many there are, and awaits nothing but its statements: on
        SQLite these run on the loop's own thread, which must not be held for more than some milliseconds.
        """

    async def look(self, query: Executable, parameters: Mapping[str, Any]) -> Sequence[RowMapping]:
        """The rows, by the names of their columns, of a query that stands for itself: it sees one state of the database
        without a transaction around it. Else the same holds of it as of a `brief` one."""
        with self._troubles_told():
            async with self.outside() as connection:
                return (await connection.execute(query, parameters)).mappings().all()

    @abstractmethod
    def outside(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection without a transaction: each statement sees what is committed by then. Else the same holds of it
        as of a `brief` transaction that reads."""

    @abstractmethod
    def write(self, *, brief: bool = False, turn: Turn | None = None) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that may change things: all of them at its end, none after an exception. Of `brief` ones the
        same holds as of those that read; their commit may take its time. With a `turn` it begins as `take_turn` does,
        without asking for that by itself."""

    def migrating(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that may change the schema, while no other does. It comes first, and the database is closed
        after it."""
        return self.write()

    @abstractmethod
    def guard(self) -> None:
        """From now on let nothing be written once another process has migrated the database beyond this version."""

    @abstractmethod
    async def take_turn(self, connection: AsyncConnection, turn: Turn) -> None:
        """Wait for the transactions that took this turn before to end. Statements from here on see what they did."""

    @abstractmethod
    async def share_turn(self, connection: AsyncConnection, turn: Turn) -> None:
        """Keep this turn from `try_turn` until the transaction ends. Any number may share it."""

    @abstractmethod
    async def try_turn(self, connection: AsyncConnection, turn: Turn) -> bool:
        """Take this turn, if nobody has it or shares it. It waits for nobody."""

    @abstractmethod
    async def notify(self, connection: AsyncConnection, channel: Channel, message: str = "") -> None:
        """Tell the processes that listen, once the transaction is committed and only then."""

    @abstractmethod
    async def scrub(self) -> None:
        """Let the database's files hold nothing any more of what was erased, as far as that can be done from here."""

    @abstractmethod
    def now(self) -> ColumnElement[datetime]:
        """The database's own time, of which there is only one."""

    @abstractmethod
    async def size(self, connection: AsyncConnection) -> int:
        """Bytes that the database takes, as far as it tells without reading its rows."""

    @abstractmethod
    async def held_links(self, connection: AsyncConnection) -> set[int]:
        """The second keys of the locks that living processes hold; none where no other process can live."""

    @abstractmethod
    async def end_frozen(self, connection: AsyncConnection, seconds: float) -> int:
        """End the transactions of processes that have said nothing for so long in the middle of one: they may hold what
        the others wait for. Answers how many."""

    @abstractmethod
    def insert(self, table: Table) -> sqlite.Insert | postgresql.Insert: ...

    def insert_or_ignore(self, table: Table) -> Insert:
        """An insert that does nothing where it would break a unique constraint."""
        return self._once("ignore", table, lambda: self.insert(table).on_conflict_do_nothing())

    def insert_or_replace(self, table: Table) -> Insert:
        """An insert of a whole row, in place of the one with the same primary key."""
        return self._once("replace", table, lambda: self._upsert(table, lambda _, new: new))

    def insert_or_add(self, table: Table) -> Insert:
        """An insert of a whole row of numbers, added to those of the one with the same primary key."""
        return self._once("add", table, lambda: self._upsert(table, lambda old, new: old + new))

    def _upsert(self, table: Table, merge: Callable[[ColumnElement[Any], ColumnElement[Any]], Any]) -> Insert:
        insert = self.insert(table)
        others = [column.name for column in table.columns if not column.primary_key]
        return insert.on_conflict_do_update(
            index_elements=list(table.primary_key),
            set_={name: merge(table.c[name], insert.excluded[name]) for name in others},
        )

    def _once(self, what: str, table: Table, build: Callable[[], Insert]) -> Insert:
        """A statement that is built at its first use: SQLAlchemy then knows it again without looking through it."""
        key = (what, table)
        if key not in self._inserts:
            self._inserts[key] = build()
        return self._inserts[key]

    @abstractmethod
    def is_trouble(self, error: BaseException | None) -> bool:
        """Whether an exception of the driver tells of the database's state, not of a mistake in a statement."""

    def is_damage(self, error: BaseException | None) -> bool:
        """Whether an exception of the driver tells that something stored can't be read any more."""
        return False

    async def close(self) -> None:
        """Close every connection. Transactions must have ended."""
        for engine in self._engines:
            await engine.dispose()

    @contextmanager
    def _troubles_told(self) -> Generator[None]:
        try:
            yield
        except StoreUnavailable as trouble:
            self.alarm.ring(explain(trouble))
            raise
        except DBAPIError as error:
            if not (error.connection_invalidated or self.is_trouble(error.orig)):
                raise
            trouble = unavailable(error, self.alarm)
            if self.is_damage(error.orig):
                self.damage = explain(trouble)
            raise trouble from error
        except (NoConnectionFree, OSError) as error:
            raise unavailable(error, self.alarm) from error
