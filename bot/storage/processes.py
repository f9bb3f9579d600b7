"""Who shares the database and lives: `Processes` of `bot.service.ports` over SQL."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from zlib import crc32

import structlog
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import StoreUnavailable
from bot.storage.engine import Channel, Database
from bot.storage.rows import LIVE
from bot.storage.tables import jobs, processes
from bot.storage.troubles import reason

_log = structlog.get_logger(__name__)

LIFE_SECONDS = 10.0
"""How long after its last beat a process counts as living."""

LINKED_LIFE_SECONDS = 3.0
"""The same for one whose lock is gone: its connection ended, as it does with the process."""


FROZEN_SECONDS = 10.0
"""How long a transaction may wait for the next word of its process. None is meant to wait for anything else."""


def lock_of(name: str) -> int:
    """The second key of the lock that a living process holds: 32 bits, signed, as PostgreSQL wants them. Two names
    with the same one would only cover for each other until the longer time is over."""
    return int.from_bytes(crc32(name.encode()).to_bytes(4), signed=True)


_SEPARATOR = ","


async def keys_of_the_living(database: Database, connection: AsyncConnection) -> Mapping[str, Sequence[str]]:
    """The fingerprints of the secret keys that each living process knows, by its name; the one that it encrypts with
    first."""
    if not database.shared:
        return {}
    now = await connection.scalar(select(database.now()))
    assert now is not None  # noqa: S101 # the database has a clock
    living = select(processes).where(
        processes.c.beat_at >= now - timedelta(seconds=LIFE_SECONDS), processes.c.fingerprints.is_not(None)
    )
    return {row.name: row.fingerprints.split(_SEPARATOR) for row in await connection.execute(living)}


class SqlProcesses:
    """Times are the database's, since the hosts' clocks may differ by more than a process is given. `buried` is called
    in the one process that has taken another for dead, with that one's name and how many jobs it leaves."""

    def __init__(
        self,
        database: Database,
        *,
        life: float = LIFE_SECONDS,
        linked_life: float = LINKED_LIFE_SECONDS,
        frozen: float = FROZEN_SECONDS,
        buried: Callable[[str, int], None] = lambda name, freed: None,
    ) -> None:
        self._database = database
        self._life = timedelta(seconds=life)
        self._linked_life = timedelta(seconds=linked_life)
        self._frozen = frozen
        self._buried = buried

    async def join(self, name: str) -> None:
        async with self._database.write() as connection:
            if not self._database.shared:  # its lock says that no other process lives
                await end_all(connection)
            keys = _SEPARATOR.join(self._database.cipher.fingerprints)
            values = {"name": name, "beat_at": self._database.now(), "linked": False, "fingerprints": keys}
            await connection.execute(processes.insert().values(values))

    async def beat(self, name: str) -> bool:
        if not self._database.shared:
            async with self._database.read(brief=True) as connection:
                return await connection.scalar(select(processes.c.name).where(processes.c.name == name)) is not None
        async with self._database.write(brief=True) as connection:
            beat = update(processes).where(processes.c.name == name).values(beat_at=self._database.now())
            if (await connection.execute(beat)).rowcount == 0:
                return False
            if frozen := await self._database.end_frozen(connection, self._frozen):
                _log.warning("transactions of a frozen process are ended", transactions=frozen)
            seemingly_dead = await self._seemingly_dead(connection, name)
        for dead, beat_at in seemingly_dead:
            await self._bury(dead, beat_at)
        return True

    async def leave(self, name: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(processes.delete().where(processes.c.name == name))
            await self._free(connection, name)

    async def _seemingly_dead(self, connection: AsyncConnection, but: str) -> Sequence[tuple[str, datetime]]:
        now = await connection.scalar(select(self._database.now()))
        assert now is not None  # noqa: S101 # the database has a clock
        silent = select(processes).where(processes.c.name != but, processes.c.beat_at < now - self._linked_life)
        rows = (await connection.execute(silent)).all()
        if not rows:
            return []
        held = await self._database.held_links(connection)
        return [
            (row.name, row.beat_at)
            for row in rows
            if row.beat_at < now - self._life or (row.linked and lock_of(row.name) not in held)
        ]

    async def _bury(self, name: str, beat_at: datetime) -> None:
        """In a transaction of its own: whatever it may wait for, the heartbeat before it counts."""
        still_silent = (processes.c.name == name, processes.c.beat_at == beat_at)
        try:
            async with self._database.write() as connection:
                # One that is locked shows that it lives, or is being buried: two that wait for each other never end.
                silent = select(processes.c.name).where(*still_silent).with_for_update(skip_locked=True)
                if await connection.scalar(silent) is None:
                    return
                await connection.execute(processes.delete().where(processes.c.name == name))
                freed = await self._free(connection, name)
        except StoreUnavailable as error:
            _log.warning("a process that seems dead keeps its jobs as yet", process=name, error=reason(error))
        else:
            _log.warning("a process is taken for dead; its jobs are free", process=name, jobs=freed)
            self._buried(name, freed)

    async def _free(self, connection: AsyncConnection, name: str) -> int:
        freed = await connection.execute(update(jobs).where(LIVE, jobs.c.owner == name).values(_FREE))
        if freed.rowcount:
            await self._database.notify(connection, Channel.JOBS)
        return freed.rowcount


async def end_all(connection: AsyncConnection) -> None:
    """Take every process for dead. For databases that only one can use, by who holds the lock."""
    await connection.execute(processes.delete())
    await connection.execute(update(jobs).where(LIVE, jobs.c.owner.is_not(None)).values(_FREE))


_FREE = {"owner": None, "claimed_at": None}
