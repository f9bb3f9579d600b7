"""Short steps that go on to their end, even where the job they belong to is dropped meanwhile."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class Unbroken:
    """A create that is cut off may have been paid for, and a delivery may have been half made."""

    def __init__(self) -> None:
        self._steps: set[asyncio.Task[Any]] = set()

    async def take(self, step: Coroutine[Any, Any, T]) -> T:
        """Await a step that goes on by itself where its caller is canceled."""
        task = asyncio.create_task(step)
        self._steps.add(task)
        task.add_done_callback(self._done)
        return await asyncio.shield(task)

    async def finish(self) -> None:
        """Return once no step is under way."""
        while self._steps:
            await asyncio.gather(*self._steps, return_exceptions=True)

    async def abandon(self) -> None:
        """Cut all steps off: their jobs are another's."""
        for each in self._steps:
            each.cancel()
        await self.finish()

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._steps.discard(task)
        if not task.cancelled():
            task.exception()  # whoever awaited it has it; where nobody did, the job is entered again
