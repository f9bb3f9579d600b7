"""PostgreSQL without SQLAlchemy's adapter around asyncpg: brief transactions."""

from collections.abc import Awaitable, Sequence
from contextlib import suppress
from typing import Any, TypeVar, cast

import asyncpg
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.storage.brief import Driver
from bot.storage.prepared import Prepared, PreparedResult

_Answer = TypeVar("_Answer")

_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError)


class AsyncpgDriver(Driver):
    """asyncpg's connection. Whoever is canceled in the middle of a statement leaves it lost: the server ends the
    transaction then."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._at_commit: list[str] = []

    def at_commit(self, words: str) -> None:
        """Send a statement without parameters together with this transaction's commit, which fails if it fails."""
        self._at_commit.append(words)

    @property
    def lost(self) -> bool:
        return self._connection.is_closed()

    async def execute(self, prepared: Prepared, arguments: Sequence[Any]) -> PreparedResult:
        if prepared.columns is not None:
            rows = await self._asked(prepared.sql, self._connection.fetch(prepared.sql, *arguments))
            return prepared.result(rows, len(rows))
        status = await self._asked(prepared.sql, self._connection.execute(prepared.sql, *arguments))
        return prepared.result((), _count(status))

    async def execute_many(self, prepared: Prepared, arguments: Sequence[Sequence[Any]]) -> PreparedResult:
        await self._asked(prepared.sql, self._connection.executemany(prepared.sql, arguments))
        return prepared.result((), -1)

    async def begin(self, words: str) -> None:
        self._at_commit.clear()
        await self._asked(words, self._connection.execute(words))

    async def commit(self) -> None:
        words = "; ".join([*self._at_commit, "COMMIT;"])
        await self._asked(words, self._connection.execute(words))

    async def roll_back(self) -> None:
        if self.lost:
            return
        with suppress(*_ERRORS, asyncpg.InternalClientError, OSError):
            try:
                await self._connection.execute("ROLLBACK")
            except BaseException:
                self._connection.terminate()
                raise

    async def _asked(self, words: str, answer: Awaitable[_Answer]) -> _Answer:
        try:
            return await answer
        except _ERRORS as error:
            raise _raised(words, error, lost=self.lost) from error
        except asyncpg.InternalClientError as error:
            # The server has said why it ends the connection, and has not ended it yet.
            self._connection.terminate()
            raise _raised(words, error, lost=True) from error
        except BaseException:
            self._connection.terminate()
            raise


def _count(status: str) -> int:
    """Of a command's tag, such as `UPDATE 1` (CommandComplete, in "Message Formats" of PostgreSQL's documentation)."""
    count = status.rpartition(" ")[2]
    return int(count) if count.isdigit() else -1


def _raised(words: str, error: Any, *, lost: bool) -> DBAPIError:
    error.detail = None  # it quotes the row that it is about; the rest of it tells nothing about anyone
    kind = IntegrityError if isinstance(error, asyncpg.IntegrityConstraintViolationError) else DBAPIError
    return kind(words, None, cast("BaseException", error), hide_parameters=True, connection_invalidated=lost)
