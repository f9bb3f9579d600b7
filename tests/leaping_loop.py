"""An event loop in which nobody waits: time-outs, back-offs and sleeps are over as soon as nothing else goes on."""

import asyncio
import selectors
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

QUIET_SECONDS = 0.001
"""How long no socket may have anything to say before the time leaps. Both ends are in this process, so what was sent is
there to be read at once."""


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.busy = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        if events := super().select(QUIET_SECONDS):
            return events
        if self.busy:
            return super().select(None)  # the thread that ends wakes the loop
        self.now += timeout
        return []


class LeapingLoop(asyncio.SelectorEventLoop):
    """Its time stands still while anything is being done, and leaps to the next timer when nothing is.

    Work in threads counts where it was given to an executor, or is `watched`. Processes and peers outside this one
    don't: the time leaps while they are at it.
    """

    def __init__(self) -> None:
        self._leaping = _Selector()
        super().__init__(self._leaping)

    def time(self) -> float:
        return self._leaping.now

    def block(self, seconds: float) -> None:
        """Let so much time pass while everything else waits."""
        self._leaping.now += seconds

    @contextmanager
    def watched(self) -> Generator[None]:
        """Work elsewhere that the time waits for."""
        self._leaping.busy += 1
        try:
            yield
        finally:
            self._leaping.busy -= 1

    def run_in_executor(self, executor: Executor | None, func: Callable[..., Any], *args: Any) -> asyncio.Future[Any]:
        future = super().run_in_executor(executor, func, *args)
        self._leaping.busy += 1
        future.add_done_callback(self._count_down)
        return future

    def _count_down(self, _: asyncio.Future[Any]) -> None:
        self._leaping.busy -= 1


class LoopClock:
    """The port `Clock` by the time of a loop, which begins at `start`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, start: datetime) -> None:
        self._loop = loop
        self._start = start - timedelta(seconds=loop.time())

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._loop.time())

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def advance(self, seconds: float) -> None:
        """Move ahead at once. Who sleeps already sleeps no shorter for it."""
        self._start += timedelta(seconds=seconds)
