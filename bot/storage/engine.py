"""What the store needs of a database. All that differs from one to another is in the module of its name."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bot.domain.errors import StoreUnavailable
from bot.storage.cipher import Cipher
from bot.storage.columns import use_cipher


def reason(unavailable: StoreUnavailable) -> str:
    """Why the store is unavailable, in the database's own words (which hold no data)."""
    cause = unavailable.__cause__
    return str(cause.orig if isinstance(cause, DBAPIError) else cause)


class Database(ABC):
    """One database: its connections and its transactions.

    In a transaction the database's own troubles (locked, full, read-only, out of reach) become `StoreUnavailable` of
    `bot.domain.errors`, chained from their cause; mistakes of ours stay what they are.
    """

    def __init__(self, url: URL, cipher: Cipher, **options: Any) -> None:
        # Without their parameters, statements in errors and logs tell nothing about anyone.
        self._engine = create_async_engine(url, hide_parameters=True, **options)
        use_cipher(self._engine.dialect, cipher)

    @abstractmethod
    def make(self) -> None:
        """Make the database where there is none and it can be made from here. It blocks.

        Raises `StoreUnavailable` of `bot.domain.errors`."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is a database to connect to, as far as can be told without connecting. It blocks."""

    @asynccontextmanager
    async def read(self) -> AsyncGenerator[AsyncConnection]:
        """A transaction that sees one state of the database and changes nothing."""
        with self._troubles_told():
            async with self._engine.begin() as connection:
                yield connection

    @abstractmethod
    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that may change things: all of them at its end, none after an exception."""

    @abstractmethod
    def insert_or_ignore(self, table: Table) -> Insert:
        """An insert that does nothing where it would break a unique constraint."""

    @abstractmethod
    def is_trouble(self, error: BaseException | None) -> bool:
        """Whether an exception of the driver tells of the database's state, not of a mistake in a statement."""

    async def close(self) -> None:
        """Close every connection. Transactions must have ended."""
        await self._engine.dispose()

    @contextmanager
    def _troubles_told(self) -> Generator[None]:
        try:
            yield
        except DBAPIError as error:
            if error.connection_invalidated or self.is_trouble(error.orig):
                raise StoreUnavailable from error
            raise
        except NoConnectionFree as error:
            raise StoreUnavailable from error
