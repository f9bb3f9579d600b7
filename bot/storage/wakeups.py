"""Word among processes: `Wakeups` of `bot.service.ports` over the database that they share."""

import asyncio
from collections.abc import Callable

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.domain.errors import StoreUnavailable
from bot.service.ports import PredictionNews, Wakeups
from bot.storage.engine import Channel, Database
from bot.storage.postgres import PostgresDatabase
from bot.storage.processes import lock_of
from bot.storage.troubles import reason

_log = structlog.get_logger(__name__)

_NEWS = TypeAdapter(PredictionNews)

RETRY_SECONDS = 1.0
PROBE_SECONDS = 15.0
"""How often a silent connection is tried."""


def open_wakeups(database: Database) -> Wakeups:
    return PostgresWakeups(database) if isinstance(database, PostgresDatabase) else NoWakeups()


class NoWakeups:
    """For the only process there is: it needs no telling."""

    async def announce(self) -> None:
        pass

    async def announce_prediction(self, news: PredictionNews) -> None:
        pass

    async def listen(self, name: str, wake: Callable[[], None], hear: Callable[[PredictionNews], None]) -> None:
        await asyncio.Event().wait()


class PostgresWakeups:
    """NOTIFY in a transaction of its own, and LISTEN on a connection that stays."""

    def __init__(
        self, database: PostgresDatabase, *, retry: float = RETRY_SECONDS, probe: float = PROBE_SECONDS
    ) -> None:
        self._database = database
        self._retry = retry
        self._probe = probe

    async def announce(self) -> None:
        await self._notify(Channel.JOBS)

    async def announce_prediction(self, news: PredictionNews) -> None:
        await self._notify(Channel.PREDICTIONS, _NEWS.dump_json(news).decode())

    async def listen(self, name: str, wake: Callable[[], None], hear: Callable[[PredictionNews], None]) -> None:
        listening: bool | None = None  # not yet known
        while True:
            try:
                async with self._database.session() as session:
                    await session.link(name, lock_of(name))
                    await session.listen(Channel.JOBS, lambda _: wake())
                    await session.listen(Channel.PREDICTIONS, lambda message: _pass_on(message, hear))
                    if listening is False:
                        _log.info("listening to other processes again")
                    listening = True
                    wake()
                    while not await _happens(session.lost, within=self._probe):
                        await session.probe(self._probe)
                    raise StoreUnavailable from ConnectionResetError("connection lost")
            except StoreUnavailable as error:
                if listening is not False:
                    _log.warning("not listening to other processes; jobs are polled for", error=reason(error))
                listening = False
            await asyncio.sleep(self._retry)

    async def _notify(self, channel: Channel, message: str = "") -> None:
        async with self._database.write() as connection:
            await self._database.notify(connection, channel, message)


def _pass_on(message: str, hear: Callable[[PredictionNews], None]) -> None:
    try:
        news = _NEWS.validate_json(message)
    except ValidationError:  # another version's
        _log.warning("word of another process that can't be read")
    else:
        hear(news)


async def _happens(event: asyncio.Event, *, within: float) -> bool:
    try:
        async with asyncio.timeout(within):
            await event.wait()
    except TimeoutError:
        return False
    return True
