"""The change of the secret key: all that is encrypted, encrypted anew with the current key.

In any state in between all of it can be read with the old and the new key together. The facts in `deployment` are the
last, so a process that knows the new key alone can't start before all the rest is under it.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, Table, bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.blobs import DirectoryBlobs
from bot.storage.columns import Sealed
from bot.storage.engine import Database
from bot.storage.errors import StillOldKey, Undecipherable
from bot.storage.moderation_tables import metadata, trail
from bot.storage.processes import keys_of_the_living
from bot.storage.raw import encrypted_columns, raw
from bot.storage.tables import deployment

REENCRYPTING = "reencrypting"
"""The name of the fact under which the trail takes other bytes for the same words. Only the transaction that writes
them ever sees it."""

_BATCH = 200  # rows in one transaction; of pictures, one
_PASSES = 5  # through all tables, while others are writing


@dataclass(frozen=True, slots=True)
class Ciphertexts:
    """How many values are under which key."""

    current: int = 0
    retired: int = 0
    unreadable: Mapping[str, int] = field(default_factory=dict[str, int])
    """Those that no known key decrypts, by their place (`table.column`, or `blobs/` for files)."""

    def __add__(self, other: "Ciphertexts") -> "Ciphertexts":
        unreadable = dict(Counter(self.unreadable) + Counter(other.unreadable))
        return Ciphertexts(self.current + other.current, self.retired + other.retired, unreadable)


class Rotation:
    """`blobs` are the files beside a SQLite database; on PostgreSQL they are in a table."""

    def __init__(self, database: Database, blobs: DirectoryBlobs | None) -> None:
        self._database = database
        self._cipher = database.cipher
        self._blobs = blobs
        self.found = Ciphertexts()
        """What was found of the last run, at its end."""
        self._tables = [each for each in metadata.sorted_tables if encrypted_columns(each) and each is not deployment]

    async def run(self) -> AsyncGenerator[int]:
        """Encrypt anew what isn't under the current key, and yield after each batch how many values it was.

        Rows that another process is changing just now are left for the next time round. Where any remains under
        a retired key, as `found` tells then, another process writes with it, and the facts stay under it, too.
        Raises `StillOldKey` where that is known beforehand, and `StoreUnavailable` of `bot.domain.errors`; what was
        done until then stays.
        """
        async with self._database.read() as connection:
            for process, keys in (await keys_of_the_living(self._database, connection)).items():
                if keys[0] != self._cipher.fingerprints[0]:
                    raise StillOldKey(process)
        for _ in range(_PASSES):
            for table in self._tables:
                async for changed in self._table(table):
                    yield changed
            if self._blobs is not None:
                for key in await self._blobs.keys():
                    if await self._blobs.rotate(key):
                        yield 1
            self.found = await self._examine(self._tables)
            if not self.found.retired:
                break
        else:
            return
        async for changed in self._table(deployment):
            yield changed
        self.found += await self._examine([deployment], files=False)
        await self._database.scrub()

    async def examine(self) -> Ciphertexts:
        """Which keys all that is encrypted is under. It changes nothing."""
        return await self._examine([*self._tables, deployment])

    async def _examine(self, tables: Sequence[Table], *, files: bool = True) -> Ciphertexts:
        counts = Counter[str]()
        unreadable = Counter[str]()
        for table in tables:
            names, after = encrypted_columns(table), None
            while True:
                async with self._database.read() as connection:
                    rows = await self._batch(connection, table, after)
                for row in rows:
                    for name in names:
                        self._count(getattr(row, name), f"{table.name}.{name}", counts, unreadable)
                if not rows:
                    break
                after = _key(table, rows[-1])
        if files and self._blobs is not None:
            for key in await self._blobs.keys():
                kept = await self._blobs.kept(key)
                self._count(kept and kept[0], "blobs/", counts, unreadable)
        return Ciphertexts(counts["current"], counts["retired"], dict(unreadable))

    def _count(self, token: bytes | None, place: str, counts: Counter[str], unreadable: Counter[str]) -> None:
        if token is None:
            return
        if self._cipher.is_current(token):
            counts["current"] += 1
            return
        try:
            self._cipher.decrypt(token)
        except Undecipherable:
            unreadable[place] += 1
        else:
            counts["retired"] += 1

    async def _table(self, table: Table) -> AsyncGenerator[int]:
        after = None
        while True:
            async with self._database.write() as connection:
                rows = await self._batch(connection, table, after, locked=True)
                changes = [(row, change) for row in rows if (change := self._change(table, row))]
                await self._write(connection, table, changes)
            if not rows:
                return
            if changes:
                yield sum(len(change) for _, change in changes)
            after = _key(table, rows[-1])

    async def _batch(
        self, connection: AsyncConnection, table: Table, after: tuple[Any, ...] | None, *, locked: bool = False
    ) -> Sequence[Row[Any]]:
        """The next rows by primary key. Those that are `locked` by others are left out, so that nobody waits here for
        one who may wait for us."""
        kept = raw(table)
        key = [*kept.primary_key.columns]
        most = 1 if any(isinstance(each.type, Sealed) for each in table.columns) else _BATCH
        query = select(*key, *(kept.c[name] for name in encrypted_columns(table))).order_by(*key).limit(most)
        if after is not None:
            query = query.where(tuple_(*key) > tuple_(*after))
        if locked:  # the few facts are locked for moments, by those who look whether they can write
            query = query.with_for_update(key_share=True, skip_locked=table is not deployment)
        return (await connection.execute(query)).all()

    def _change(self, table: Table, row: Row[Any]) -> dict[str, bytes]:
        """The row's values that aren't under the current key, under it. Others' and damaged ones stay as they are."""
        changed: dict[str, bytes] = {}
        for name in encrypted_columns(table):
            token = getattr(row, name)
            if token is not None and not self._cipher.is_current(token):
                with suppress(Undecipherable):
                    changed[name] = self._cipher.rotate(token)
        return changed

    async def _write(
        self, connection: AsyncConnection, table: Table, changes: Sequence[tuple[Row[Any], Mapping[str, bytes]]]
    ) -> None:
        if not changes:
            return
        kept, names = raw(table), encrypted_columns(table)
        key = [*kept.primary_key.columns]
        statement = (
            update(kept)
            .where(*(column == bindparam(f"key_{column.name}") for column in key))
            .values({name: bindparam(f"new_{name}") for name in names})
        )
        rows = [
            {f"key_{column.name}": getattr(row, column.name) for column in key}
            | {f"new_{name}": change.get(name, getattr(row, name)) for name in names}
            for row, change in changes
        ]
        if table is trail:
            await connection.execute(self._database.insert_or_ignore(deployment).values(name=REENCRYPTING, value=""))
        await connection.execute(statement, rows)
        if table is trail:
            await connection.execute(deployment.delete().where(deployment.c.name == REENCRYPTING))


def _key(table: Table, row: Row[Any]) -> tuple[Any, ...]:
    return tuple(getattr(row, column.name) for column in table.primary_key.columns)
