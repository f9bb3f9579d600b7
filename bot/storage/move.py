"""The move of a SQLite database, and of the pictures beside it, to PostgreSQL: all of it or nothing."""

import hashlib
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import asyncpg
from sqlalchemy import Table, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import StoreUnavailable
from bot.storage.blobs import DirectoryBlobs
from bot.storage.columns import Moment
from bot.storage.engine import Database
from bot.storage.errors import CannotMove, CopyDiffers, TargetNotEmpty
from bot.storage.moderation_tables import metadata
from bot.storage.processes import end_all
from bot.storage.raw import raw
from bot.storage.schema import MOVED
from bot.storage.tables import blobs as pictures
from bot.storage.tables import deployment, ledger

Told = Callable[[str, int], None]
"""Called with the name of a table and the number of its rows that were just copied."""

_BATCH = 1_000  # rows
_MODULUS = 1 << 256

_Rows = Sequence[Sequence[Any]]


@dataclass(slots=True)
class Digest:
    """What rows come to, in whichever order: their number, and the sum of their hashes."""

    rows: int = 0
    total: int = 0

    def add(self, rows: _Rows) -> None:
        self.rows += len(rows)
        hashes = (hashlib.sha256(repr(tuple(row)).encode()).digest() for row in rows)
        self.total = (self.total + sum(int.from_bytes(each) for each in hashes)) % _MODULUS


class Move:
    """From a migrated SQLite database that nobody else uses, and its directory of kept pictures, to a migrated
    PostgreSQL database. What is encrypted is copied as it is, so both need the same keys."""

    def __init__(self, source: Database, directory: DirectoryBlobs, target: Database) -> None:
        self._source = source
        self._directory = directory
        self._target = target

    async def copy(self, told: Told) -> Mapping[str, int]:
        """Copy everything in one transaction, and compare what arrived before it ends. Answers the rows by table.

        A target that holds all of it already, and nothing else, is left as it is: the copy was done, and what came
        after it was not. Raises `TargetNotEmpty`, `CannotMove`, `CopyDiffers`, and `StoreUnavailable` of
        `bot.domain.errors`, which leave it empty, or as it was; after a commit in doubt, a copy again tells.
        """
        async with self._source.write() as connection:
            await end_all(connection)  # in the target, one that was killed just now would seem to live for a while
        async with self._source.read() as source, self._target.migrating() as target:
            await target.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
            if await _is_empty(target):
                sent = await self._copy(source, target, told)
                if not await _arrived(source, target, sent):
                    raise CopyDiffers
                await _count_on(target)
            else:
                sent = {each.name: await self._digest(source, each) for each in metadata.sorted_tables}
                if not await _arrived(source, target, sent):
                    raise TargetNotEmpty
        return {name: digest.rows for name, digest in sent.items()}

    async def _copy(self, source: AsyncConnection, target: AsyncConnection, told: Told) -> Mapping[str, Digest]:
        await target.execute(raw(deployment).delete())  # the facts that every new database begins with
        sent: dict[str, Digest] = {}
        for table in metadata.sorted_tables:
            sent[table.name] = Digest()
            async for rows in self._rows(source, table):
                sent[table.name].add(rows)
                await _insert(target, table, rows)
                told(table.name, len(rows))
        return sent

    async def _digest(self, source: AsyncConnection, table: Table) -> Digest:
        digest = Digest()
        async for rows in self._rows(source, table):
            digest.add(rows)
        return digest

    async def _rows(self, source: AsyncConnection, table: Table) -> AsyncGenerator[_Rows]:
        async for rows in _batches(source, table):
            yield rows
        if table is pictures:
            for key in await self._directory.keys():
                if kept := await self._directory.kept(key):
                    token, until = kept
                    yield [(key, token, Moment().process_bind_param(until, source.dialect))]

    async def mark(self, where: str) -> None:
        """Let no process start on the source any more, but say where all of it went."""
        async with self._source.write() as connection:
            await connection.execute(self._source.insert_or_replace(deployment).values(name=MOVED, value=where))


async def unmark(source: Database) -> bool:
    """Let processes start on a database again that was moved; False where it wasn't."""
    async with source.write() as connection:
        return bool((await connection.execute(deployment.delete().where(deployment.c.name == MOVED))).rowcount)


async def _is_empty(connection: AsyncConnection) -> bool:
    """Whether there is nothing but the facts that a migration makes."""
    for table in metadata.sorted_tables:
        if table is not deployment and await connection.scalar(select(func.count()).select_from(table)):
            return False
    return True


async def _insert(target: AsyncConnection, table: Table, rows: _Rows) -> None:
    """By PostgreSQL's COPY, in SQLAlchemy's transaction. Checks, references and triggers hold as for any insert."""
    connection = cast("Any", (await target.get_raw_connection()).driver_connection)
    try:
        await connection.copy_records_to_table(table.name, records=rows, columns=[each.name for each in table.columns])
    except (
        asyncpg.DataError,
        asyncpg.IntegrityConstraintViolationError,
        OverflowError,
        ValueError,
        TypeError,
    ) as error:
        raise CannotMove(table.name, type(error).__name__) from None  # its words may quote the row
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        raise StoreUnavailable from error


async def _arrived(source: AsyncConnection, target: AsyncConnection, sent: Mapping[str, Digest]) -> bool:
    """Whether the target has these rows, and the sums of the source's ledger."""
    for table in metadata.sorted_tables:
        found = Digest()
        async for rows in _batches(target, table):
            found.add(rows)
        if found != sent[table.name]:
            return False
    return await _sums(source) == await _sums(target)


async def _batches(connection: AsyncConnection, table: Table) -> AsyncGenerator[_Rows]:
    most = 1 if table is pictures else _BATCH
    async with connection.stream(raw(table).select(), execution_options={"yield_per": most}) as result:
        async for rows in result.partitions():
            yield [tuple(row) for row in rows]


async def _sums(connection: AsyncConnection) -> Sequence[Any]:
    """As the database itself adds them up."""
    sums = (func.sum(each) for each in (ledger.c.amount, ledger.c.pictures, ledger.c.committed_amount))
    rows = await connection.execute(select(ledger.c.kind, func.count(), *sums).group_by(ledger.c.kind))
    return sorted((kind.value, *map(int, numbers)) for kind, *numbers in rows)


async def _count_on(target: AsyncConnection) -> None:
    """Let the database number new rows from the highest id on, and know how large its tables are."""
    for table in metadata.sorted_tables:
        if (column := table.autoincrement_column) is not None:
            highest = await target.scalar(select(func.max(column)))
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            # Where it never numbered a row, it begins with 1.
            await target.execute(select(func.setval(sequence, max(highest or 1, 1), highest is not None)))
    await target.execute(text("ANALYZE"))
