"""What was decided in a guild, posted to its log channel: in order, each entry once.

A batch is claimed in the database before it is posted. A process that dies in between leaves it to be taken over after
`LEASE`; if the message did go out, its nonce keeps the repetition from making a second, for the few minutes that
Discord remembers it. Many entries are one message: a channel that could not be written to for a while isn't flooded.
"""

import asyncio
from datetime import timedelta

import structlog

from bot.domain.errors import StoreUnavailable
from bot.service.ports import Bulletins, Clock, MirrorBatch, Mirrors, TryLater, Undeliverable

_log = structlog.get_logger(__name__)

MOST_ENTRIES = 200
"""In one message: what it has no room for is in a file."""

GATHER_SECONDS = 1.0
"""What is decided in a row becomes one message."""

POLL_SECONDS = 60.0
"""How soon it is seen what another process has left."""

LEASE = timedelta(minutes=2)
"""Longer than a post takes, and no longer than Discord remembers a nonce."""

CLOSED = timedelta(minutes=10)
"""Between two tries at a channel that can't be written to: Discord bans who is refused 10,000 times in ten minutes."""


STOP_SECONDS = 2.0
"""How long a stop waits for a post that is under way."""


class Mirror:
    def __init__(self, mirrors: Mirrors, bulletins: Bulletins, clock: Clock) -> None:
        self._mirrors = mirrors
        self._bulletins = bulletins
        self._clock = clock

    async def run(self) -> None:
        """Post what was entered, soon after it was, until canceled; then a post that is under way is recorded, too."""
        while True:
            posting = asyncio.create_task(self._post_all())
            try:
                await asyncio.shield(posting)
            except asyncio.CancelledError:
                await asyncio.wait({posting}, timeout=STOP_SECONDS)
                posting.cancel()
                await asyncio.gather(posting, return_exceptions=True)
                raise
            news = asyncio.create_task(self._mirrors.news())
            polled = asyncio.create_task(self._clock.sleep(POLL_SECONDS))
            try:
                await asyncio.wait({news, polled}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                news.cancel()
                polled.cancel()
                await asyncio.gather(news, polled, return_exceptions=True)
            await self._clock.sleep(GATHER_SECONDS)

    async def _post_all(self) -> None:
        try:
            while await self.post():
                pass
        except StoreUnavailable as error:
            _log.warning("the trail can't be mirrored", error=repr(error))

    async def post(self) -> bool:
        """Post a message for each guild with entries that weren't posted; whether there were any. Raises
        `StoreUnavailable` of `bot.domain.errors`."""
        batches = await self._mirrors.claim(self._clock.now(), LEASE, MOST_ENTRIES)
        await asyncio.gather(*(self._post(batch) for batch in batches))
        return bool(batches)

    async def _post(self, batch: MirrorBatch) -> None:
        try:
            await self._bulletins.post_entries(batch.channel_id, batch.guild_id, batch.entries)
        except TryLater as error:
            _log.warning("a log channel can't be reached", guild=batch.guild_id, error=repr(error.__cause__ or error))
        except Undeliverable as error:
            why = repr(error.__cause__ or error)
            _log.warning("a log channel is closed to me", guild=batch.guild_id, channel=batch.channel_id, error=why)
            await self._mirrors.put_off(batch, self._clock.now() + CLOSED)
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 # a mistake over one guild's must not be the last of all
            _log.exception("entries of a trail could not be posted", guild=batch.guild_id)
            await self._mirrors.put_off(batch, self._clock.now() + CLOSED)
        else:
            await self._mirrors.posted(batch)
