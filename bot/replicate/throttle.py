"""Staying away from Replicate after a 429, for one account and one kind of call."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from bot.service.ports import Clock, Throttled


class Throttle:
    """Lets calls through side by side until one is answered with 429. From then on none is sent before its time, and
    then one by one, until one has passed: a crowd that returns together would only close the throttle again.

    A call whose wait is longer than `patience` seconds isn't kept waiting: it gets `Throttled` with what is left.
    """

    def __init__(self, clock: Clock, patience: float) -> None:
        self._clock = clock
        self._patience = patience
        self._closed_until: datetime | None = None
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def passage(self) -> AsyncGenerator[None]:
        """Around one call; notes the `Throttled` that the call raises."""
        if self._closed_until is None and not self._turn.locked():
            with_turn = False
        else:
            with_turn = True
            await self._turn.acquire()
        try:
            if with_turn:
                await self._wait()
            try:
                yield
            except Throttled as throttled:
                until = self._clock.now() + timedelta(seconds=throttled.retry_after)
                self._closed_until = max(until, self._closed_until or until)
                raise
            # A call that set out before the 429 proves nothing by its success.
            if with_turn:
                self._closed_until = None
        finally:
            if with_turn:
                self._turn.release()

    async def _wait(self) -> None:
        while self._closed_until is not None:
            left = (self._closed_until - self._clock.now()).total_seconds()
            if left <= 0:
                return
            if left > self._patience:
                raise Throttled(left)
            await self._clock.sleep(left)
