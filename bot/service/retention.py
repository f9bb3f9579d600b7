"""What is let go by itself: the words of old requests, what belongs to guilds that were left, pictures of nobody's.

Once a day, by whichever process comes first, all of it; every hour, by each, the pictures of erased requests alone: a
process that died between erasing a request and deleting its pictures leaves those behind.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bot.domain.errors import StoreUnavailable
from bot.service.ports import Blobs, Clock, Cutoffs, Erasures, Occasion, Occasions, Preferences

_log = structlog.get_logger(__name__)

ROUND_SECONDS = 3600.0

LEASE = timedelta(hours=2)
"""How long a day's sweep may take until another process takes it for given up."""

BATCH = 500
"""Requests that are erased in one transaction, for which all others wait on SQLite."""

SAVED_WITHIN_SECONDS = 600.0
"""How long a picture may be kept before the style is that it is for."""

_STYLES = "styles/"


class Retention:
    """`days` is how long requests are kept at most, `grace` how long what belongs to a guild that was left."""

    def __init__(
        self,
        erasures: Erasures,
        preferences: Preferences,
        blobs: Blobs,
        occasions: Occasions,
        clock: Clock,
        *,
        days: int,
        grace: timedelta,
    ) -> None:
        self._erasures = erasures
        self._preferences = preferences
        self._blobs = blobs
        self._occasions = occasions
        self._clock = clock
        self._days = days
        self._grace = grace

    async def run(self) -> None:
        """Sweep today, unless it was done, and every day; collect every hour; until canceled."""
        while True:
            try:
                await self.sweep_once_a_day()
                await self.collect()
            except (StoreUnavailable, OSError) as error:
                _log.error("what is kept no longer could not be erased", error=repr(error))
            await self._clock.sleep(ROUND_SECONDS)

    async def sweep_once_a_day(self) -> None:
        """Sweep, unless that was done today or is being done. Raises `StoreUnavailable`, as those below do."""
        occasion = f"retention {self._clock.now().date()}"
        if await self._occasions.claim(occasion, self._clock.now(), LEASE) is Occasion.OURS:
            await self.sweep()
            await self._occasions.done(occasion)

    async def sweep(self) -> None:
        """Erase what is too old, and what belongs to guilds that were left for longer than the grace period."""
        now = self._clock.now()
        guilds = 0
        for guild_id in await self._erasures.left_before(now - self._grace):
            guilds += await self._erasures.erase_guild(guild_id, now - self._grace, now)
        requests = await self._strip_ended(now)
        traces = await self._erasures.forget_traces(now)
        await self._collect_of_styles()
        _log.info("what is kept no longer was erased", requests=requests, guilds=guilds, traces=traces)

    async def collect(self) -> int:
        """Delete the pictures of erased requests; answers how many."""
        return await self._delete_unneeded(lambda key: not key.startswith(_STYLES))

    async def settle_guilds(self, present: set[int], ours: Callable[[int], bool]) -> None:
        """Note which guilds the bot has joined or left while nobody listened: of those that are `ours` to know of,
        these are present."""
        now = self._clock.now()
        for guild_id in await self._erasures.known_guilds():
            if ours(guild_id) and guild_id not in present:
                _log.warning("a server was left while the bot was away", guild=guild_id)
                await self._erasures.note_left(guild_id, now)
        await self._erasures.note_present(present)

    async def joined(self, guild_id: int) -> None:
        await self._erasures.note_present([guild_id])

    async def left(self, guild_id: int) -> None:
        """From now on the grace period runs."""
        await self._erasures.note_left(guild_id, self._clock.now())

    async def _strip_ended(self, now: datetime) -> int:
        of_guilds = {
            guild_id: now - timedelta(days=policy.retention_days)
            for guild_id, policy in (await self._preferences.policies()).items()
            if policy.retention_days is not None and policy.retention_days < self._days
        }
        cutoffs = Cutoffs(now - timedelta(days=self._days), of_guilds)
        requests, up_to = 0, None
        while True:
            batch = await self._erasures.strip_ended(cutoffs, now, BATCH, up_to)
            requests += batch.requests
            if batch.requests < BATCH:
                return requests
            up_to = batch.up_to

    async def _collect_of_styles(self) -> None:
        """Twice with a pause, since a style is saved after its pictures."""
        of_styles = [key for key in await self._blobs.keys() if key.startswith(_STYLES)]
        before = await self._erasures.unneeded(of_styles)
        if before:
            await self._clock.sleep(SAVED_WITHIN_SECONDS)
            await self._delete_unneeded(lambda key: key in before)

    async def _delete_unneeded(self, concerns: Callable[[str], bool]) -> int:
        keys = [key for key in await self._blobs.keys() if concerns(key)]
        unneeded = await self._erasures.unneeded(keys)
        for key in unneeded:
            await self._blobs.delete(key)
        return len(unneeded)
