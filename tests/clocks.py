"""Clocks that a test moves, for the port `Clock`."""

import asyncio
from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


class LeapingClock:
    """Whoever sleeps finds the time passed at once; `slept` tells how long they wanted to."""

    def __init__(self) -> None:
        self._now = NOON
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class ManualClock:
    """Stands still until it is advanced; then those wake up whose time has come."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        until = self._now + timedelta(seconds=seconds)
        while self._now < until:
            await self._moved.wait()

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()


class FastClock:
    """Runs `rate` times as fast as the real time, and can be moved ahead: what takes minutes is over in a moment."""

    def __init__(self, rate: float = 300.0) -> None:
        self._rate = rate
        self._started = datetime.now(UTC)
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._started + (datetime.now(UTC) - self._started) * self._rate + self._ahead

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._rate)

    def advance(self, seconds: float) -> None:
        """Move ahead at once. Who sleeps already sleeps no shorter for it."""
        self._ahead += timedelta(seconds=seconds)
