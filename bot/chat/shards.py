"""The connections to Discord's gateway, one a shard, each with a life of its own.

discord.py's sharded client looks after its shards one at a time, and begins a session anew where a connection fails
without a word: with many shards, or over a day of a bad network, that takes long and uses up Discord's IDENTIFYs. So
its protocol and its state are used, and its loop is not.
"""

import asyncio
from collections.abc import Awaitable, Callable

import discord
import structlog
from discord.backoff import ExponentialBackoff
from discord.gateway import DiscordWebSocket, ReconnectWebSocket

from bot.chat.trouble import LOST

_log = structlog.get_logger(__name__)

CONNECT_SECONDS = 60.0

_NORMAL = 1000
_DISALLOWED_INTENTS = 4014


class Shard:
    """One connection at a time. A session is resumed wherever it can be; before a new one, `turn` is awaited."""

    def __init__(self, client: discord.Client, shard_id: int, turn: Callable[[int], Awaitable[None]]) -> None:
        self.id = shard_id
        self.websocket: DiscordWebSocket | None = None
        self.heard = False
        """Whether Discord tells of the shard's guilds now. Who hears that it does, sets it."""
        self._client = client
        self._turn = turn
        self._backoff = ExponentialBackoff[bool]()
        self._closed = False

    async def run(self) -> None:
        """Stay connected until closed. Raises `discord.ConnectionClosed` and `discord.PrivilegedIntentsRequired` where
        Discord won't have the shard."""
        while not self._closed:
            try:
                await self._serve()
            except ReconnectWebSocket as ended:
                # What has served comes back at once: Discord wished so, or a connection was lost, as they are.
                if not self.heard:
                    await self._rest(ended)
            except discord.ConnectionClosed as closed:
                if self._closed:
                    return
                if closed.code == _DISALLOWED_INTENTS:
                    raise discord.PrivilegedIntentsRequired(self.id) from None
                if closed.code != _NORMAL:
                    raise
                await self._rest(closed)
            except LOST as error:
                await self._rest(error)
            finally:
                self.heard = False

    async def close(self) -> None:
        """End the session, so that Discord tells nobody of it any more."""
        self._closed = True
        if self.websocket is not None and self.websocket.open:
            await self.websocket.close(code=_NORMAL)

    @property
    def _session(self) -> str | None:
        return self.websocket.session_id if self.websocket else None

    async def _serve(self) -> None:
        """Connect, and pass on what comes, until an exception tells of the end."""
        if self._session is None:
            await self._turn(self.id)
        last = self.websocket
        connecting = DiscordWebSocket.from_client(
            self._client,
            initial=True,
            shard_id=self.id,
            gateway=last.gateway if last and self._session else None,
            session=self._session,
            sequence=last.sequence if last and self._session else None,
            resume=self._session is not None,
        )
        self.websocket = await asyncio.wait_for(connecting, CONNECT_SECONDS)
        while True:
            await self.websocket.poll_event()

    async def _rest(self, error: Exception) -> None:
        """Before a session is resumed; a new one has its turn to wait for."""
        self.heard = False
        if self._session is None:
            _log.warning(
                "no session with Discord; the next one is started in its turn", shard=self.id, error=repr(error)
            )
            return
        seconds = self._backoff.delay()
        _log.warning("not connected to Discord; resuming", shard=self.id, seconds=round(seconds, 1), error=repr(error))
        await asyncio.sleep(seconds)
