"""Who waits for an answer in this process. Discord lets an interaction wait for 3 s; nothing else is in such haste."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress


class Answering:
    def __init__(self) -> None:
        self._waiting = 0
        self._none = asyncio.Event()
        self._none.set()

    @property
    def waiting(self) -> int:
        """How many do."""
        return self._waiting

    @contextmanager
    def one(self) -> Generator[None]:
        """Somebody waits until the block is left."""
        self._waiting += 1
        self._none.clear()
        try:
            yield
        finally:
            self._waiting -= 1
            if not self._waiting:
                self._none.set()

    async def none(self, within: float) -> None:
        """Return as soon as nobody waits, or after so many seconds all the same."""
        if self._waiting:
            with suppress(TimeoutError):
                async with asyncio.timeout(within):
                    await self._none.wait()
