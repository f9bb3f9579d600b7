"""Brief transactions: a few statements that find their rows by an index, without SQLAlchemy's part in each of them.

Beginning and ending a transaction, and executing what is prepared (`bot.storage.prepared`), are the driver's alone, and
connections stay open from one transaction to the next. What isn't prepared goes through SQLAlchemy, on the same
connection and as a part of the same transaction.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.util import greenlet_spawn

from bot.storage.prepared import Prepared, PreparedResult, Statements

_KEPT = 5
"""Connections that stay open for those who come next."""


class Driver(ABC):
    """A driver's connection. Its errors are raised as SQLAlchemy would raise them."""

    @property
    @abstractmethod
    def lost(self) -> bool:
        """Whether it can't be used any more."""

    @abstractmethod
    async def execute(self, prepared: Prepared, arguments: Sequence[Any]) -> PreparedResult: ...

    @abstractmethod
    async def execute_many(self, prepared: Prepared, arguments: Sequence[Sequence[Any]]) -> PreparedResult:
        """Once with each of several arguments; the result has no rows."""

    @abstractmethod
    async def begin(self, words: str) -> None:
        """Begin a transaction, in the database's words for its kind."""

    @abstractmethod
    async def commit(self) -> None:
        """Whoever is canceled meanwhile finds it done, or not, or the connection lost."""

    @abstractmethod
    async def roll_back(self) -> None:
        """Raises nothing: one that can't be rolled back is lost."""


class BriefConnection(AsyncConnection):
    """One whose driver executes what is prepared."""

    def __init__(self, engine: AsyncEngine, connection: Connection, driver: Driver, statements: Statements) -> None:
        super().__init__(engine, connection)
        self.driver = driver
        self._statements = statements

    async def execute(  # pyright: ignore[reportIncompatibleMethodOverride] # overloaded, with types of columns
        self, statement: Executable, parameters: Any = None, *, execution_options: Any = None
    ) -> CursorResult[Any]:
        """Answers with as much of a `CursorResult` as `PreparedResult` is."""
        several = isinstance(parameters, list) and bool(parameters)  # pyright: ignore[reportUnknownArgumentType]
        sets: Sequence[Mapping[str, Any]] = cast("Any", parameters) if several else [cast("Any", parameters) or {}]
        prepared = None if execution_options else self._statements.find(statement, sets[0])
        if prepared is None:
            return await super().execute(statement, cast("Any", parameters), execution_options=execution_options)
        for tell in self.listeners.before_cursor_execute:
            tell(self.sync_connection, None, prepared.sql, (), None, several)
        arguments = [prepared.arguments(each) for each in sets]
        if several:
            result = await self.driver.execute_many(prepared, arguments)
        else:
            result = await self.driver.execute(prepared, arguments[0])
        return cast("CursorResult[Any]", result)

    @property
    def listeners(self) -> Any:
        """Those who listen to SQLAlchemy's events are told of what is the driver's alone, too."""
        return cast("Any", self.sync_connection).dispatch

    async def settle(self) -> None:
        """End what SQLAlchemy takes for a transaction of its own, since a statement went through it."""
        if self.in_transaction():
            await self.rollback()


class BriefTransactions:
    """On connections of an engine whose dialect begins and ends nothing by itself."""

    def __init__(self, engine: AsyncEngine, drive: Callable[[Any], Driver]) -> None:
        """`drive` is given a connection of the driver's."""
        self._engine = engine
        self._drive = drive
        self._statements = Statements(engine.dialect)
        self._kept: list[BriefConnection] = []

    @asynccontextmanager
    async def transaction(self, begin: str) -> AsyncGenerator[BriefConnection]:
        async with self.connection() as connection:
            driver = connection.driver
            try:
                await driver.begin(begin)
                yield connection
                for tell in connection.listeners.commit:
                    tell(connection.sync_connection)
                await driver.commit()
            except BaseException:
                await driver.roll_back()
                raise

    @asynccontextmanager
    async def connection(self) -> AsyncGenerator[BriefConnection]:
        """One on which each statement stands for itself."""
        connection = await self._connect()
        try:
            yield connection
        finally:
            if connection.driver.lost:
                await connection.invalidate()
            else:
                await connection.settle()
            if connection.invalidated or len(self._kept) >= _KEPT:
                await connection.close()
            else:
                self._kept.append(connection)

    async def close(self) -> None:
        while self._kept:
            await self._kept.pop().close()

    async def _connect(self) -> BriefConnection:
        while self._kept:
            connection = self._kept.pop()
            if not connection.driver.lost:
                return connection
            await connection.invalidate()
            await connection.close()
        return await greenlet_spawn(self._opened)

    def _opened(self) -> BriefConnection:
        connection = self._engine.sync_engine.connect()
        driver = self._drive(connection.connection.driver_connection)
        return BriefConnection(self._engine, connection, driver, self._statements)
