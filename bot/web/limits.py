"""What one address may ask of the port, so that nobody's flood keeps others out."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

PER_SECOND = 50.0
"""Requests of one address in the long run. Replicate sends two for each run, and what it signed isn't counted."""

BURST = 500
"""Requests of one address at once."""

MOST_ADDRESSES = 10_000
"""That are remembered. Whoever has more could not be held by a limit per address anyway."""


class AddressLimit:
    """A token bucket for each address, kept as the time at which it will be full again (the generic cell rate
    algorithm). `now` counts seconds."""

    def __init__(
        self,
        *,
        per_second: float = PER_SECOND,
        burst: int = BURST,
        most: int = MOST_ADDRESSES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._interval = 1 / per_second
        self._depth = burst * self._interval
        self._most = most
        self._now = now
        self._full_at: OrderedDict[str, float] = OrderedDict()  # the latest used last

    def take(self, address: str) -> float:
        """Take a token: 0 where there was one, else the seconds until there is."""
        now = self._now()
        full_at = max(self._full_at.get(address, now), now) + self._interval
        if full_at - now > self._depth:
            return full_at - now - self._depth
        self._full_at[address] = full_at
        self._full_at.move_to_end(address)
        if len(self._full_at) > self._most:
            self._full_at.popitem(last=False)
        return 0.0

    def give_back(self, address: str) -> None:
        """Put the token of a request back that has proven to be welcome."""
        if address in self._full_at:
            self._full_at[address] -= self._interval


class Slots:
    """Room for so much work at once, `in_all` and for each address."""

    def __init__(self, in_all: int, each: int) -> None:
        self._in_all = asyncio.Semaphore(in_all)
        self._each = each
        self._of_address = WeakValueDictionary[str, asyncio.Semaphore]()

    @asynccontextmanager
    async def slot(self, address: str) -> AsyncGenerator[None]:
        """Wait for room, and hold it while the block runs."""
        own = self._of_address.setdefault(address, asyncio.Semaphore(self._each))
        async with own, self._in_all:
            yield
