"""This process among those that share the database: the name it works under, and whether it may touch the world."""

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from bot.domain.errors import StoreUnavailable
from bot.service.ports import Clock, NeverSent, Processes, TryLater

_log = structlog.get_logger(__name__)

BEAT_SECONDS = 1.0
STALE_SECONDS = 6.0
"""How long after its last heartbeat a process may still touch the world: less than the others wait before they take it
for dead (`bot.storage.processes`), so that two never touch the same job."""


class Stale(NeverSent, TryLater):
    """Nothing may be touched until the next heartbeat: this process may have been taken for dead, after it was frozen
    or while the database was out of reach."""


class Presence:
    """A name serves one life. Who was taken for dead returns under a new one, without the jobs of the old.

    Where no other process can take this one's place (`alone`), it is always present.
    """

    def __init__(self, processes: Processes, clock: Clock, new_name: Callable[[], str], *, alone: bool) -> None:
        self._processes = processes
        self._clock = clock
        self._new_name = new_name
        self._alone = alone
        self._beat_at: datetime | None = None
        self.name = ""

    async def enter(self) -> None:
        """Join under a new name, as soon as the database can be reached."""
        tells = True
        while True:
            name, now = self._new_name(), self._clock.now()
            try:
                await self._processes.join(name)
            except StoreUnavailable as error:
                if tells:
                    _log.error("the database can't be joined; waiting", error=repr(error.__cause__ or error))
                tells = False
                await self._clock.sleep(BEAT_SECONDS)
            else:
                self.name, self._beat_at = name, now
                return

    async def keep(self) -> None:
        """Send heartbeats; return once this process was taken for dead, and never where it is alone."""
        if self._alone:
            await asyncio.Event().wait()
        out_of_reach = False
        while True:
            await self._clock.sleep(BEAT_SECONDS)
            now = self._clock.now()
            try:
                if not await self._processes.beat(self.name):
                    self._beat_at = None
                    return
            except StoreUnavailable as error:
                if not out_of_reach:
                    _log.error("no heartbeat reaches the database", error=repr(error.__cause__ or error))
                out_of_reach = True
            else:
                self._beat_at = now
                if out_of_reach:
                    _log.info("heartbeats reach the database again")
                out_of_reach = False

    @property
    def present(self) -> bool:
        """Whether no other process can have taken this one for dead yet."""
        if self._alone:
            return True
        return self._beat_at is not None and (self._clock.now() - self._beat_at).total_seconds() <= STALE_SECONDS

    def fence(self) -> None:
        """Before whatever changes the world. Raises `Stale`."""
        if not self.present:
            raise Stale

    async def leave(self) -> None:
        """Hand all jobs over. Raises `StoreUnavailable`."""
        name, self._beat_at = self.name, None
        if name:
            await self._processes.leave(name)
