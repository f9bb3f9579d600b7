"""The stand-in's clock, and how a test waits for it to change."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

Found = TypeVar("Found")

PATIENCE = 10.0
"""Seconds after which a wait has failed. A test that passes never waits them out."""


class Clock:
    """The real time, or from `stopped_at` on a time that stands still; a test may push either ahead.

    A stopped clock keeps a slow machine from breaking Discord's time limits in a test that isn't about them.
    """

    def __init__(self, stopped_at: datetime | None = None) -> None:
        self._stopped_at = stopped_at
        self._ahead = timedelta()

    def now(self) -> datetime:
        return (self._stopped_at or datetime.now(UTC)) + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


class Changes:
    """Wakes whoever waits for something to become true, each time that it may have."""

    def __init__(self) -> None:
        self._changed = asyncio.Event()

    def announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, find: Callable[[], Found | None], patience: float = PATIENCE) -> Found:
        """The first truthy answer of `find`, which is asked now and after each change. Raises `TimeoutError`."""
        async with asyncio.timeout(patience):
            while not (found := find()):
                await self._changed.wait()
            return found
