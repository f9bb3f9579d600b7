"""The daily round: what was kept for a time is let go when the time is over."""

import structlog

from bot.domain.errors import StoreUnavailable
from bot.service.ports import Blobs, Clock, Keys, Store

_log = structlog.get_logger(__name__)

ROUND_SECONDS = 3600.0


class Upkeep:
    def __init__(self, store: Store, blobs: Blobs, keys: Keys, clock: Clock) -> None:
        self._store = store
        self._blobs = blobs
        self._keys = keys
        self._clock = clock

    async def run(self) -> None:
        """Make the round now and every hour, until canceled."""
        while True:
            try:
                expired = await self._blobs.expire(self._clock.now())
                await self._store.forget_before(self._clock.now())
                forgotten = await self._keys.forget_retired()
                _log.info("upkeep done", pictures_let_go=expired, keys_deleted=forgotten)
            except (StoreUnavailable, OSError) as error:
                _log.error("upkeep failed", error=repr(error))
            await self._clock.sleep(ROUND_SECONDS)
