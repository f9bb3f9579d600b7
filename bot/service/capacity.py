"""How many bytes of pictures are held in memory at a time, by all deliveries together."""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from bot.domain.catalog import CATALOG
from bot.domain.job import Job
from bot.domain.request import ImageRequest
from bot.domain.tokens import DEAREST, sizes
from bot.service.ports import OutputPicture

LOSSY, LOSSLESS = 1, 3
"""Bytes a pixel that a picture is expected to take: a photograph as webp or jpeg takes less, and noise as png this."""

_Waiting: TypeAlias = tuple[int, asyncio.Future[None]]


class Room:
    """What one delivery holds, or may come to hold."""

    def __init__(self, capacity: "Capacity", size: int) -> None:
        self._capacity = capacity
        self.size = size
        """Bytes."""

    def resize(self, size: int) -> None:
        """It is known now how much it takes. More than was expected is taken at once, and others wait for it."""
        self._capacity.give_back(self.size - size)
        self.size = size

    def fit(self, pictures: Sequence[OutputPicture]) -> None:
        """The same, where these are all that it holds."""
        self.resize(sum(len(each.data) for each in pictures))


class Capacity:
    """First come, first served: what needs much isn't overtaken for ever by what needs little.

    A delivery takes room for all that it will hold before it holds any, so that no two can wait for each other. One
    that needs more than there is has all of it to itself. Nothing that holds room may ask for more.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._free = size
        self._waiting: deque[_Waiting] = deque()

    @asynccontextmanager
    async def room(self, expected: int) -> AsyncGenerator[Room]:
        """Wait for so many bytes, and give back what the room has then when the block is left."""
        expected = min(expected, self._size)
        if self._waiting or expected > self._free:
            await self._turn(expected)
        else:
            self._free -= expected
        room = Room(self, expected)
        try:
            yield room
        finally:
            self.give_back(room.size)

    def give_back(self, size: int) -> None:
        """Let go of so many bytes; of less than none where more are taken."""
        self._free += size
        while self._waiting and self._waiting[0][0] <= self._free:
            expected, turn = self._waiting.popleft()
            if not turn.done():  # canceled
                self._free -= expected
                turn.set_result(None)

    async def _turn(self, expected: int) -> None:
        turn = asyncio.get_running_loop().create_future()
        waiting = (expected, turn)
        self._waiting.append(waiting)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._waiting.remove(waiting)
                self.give_back(0)  # it may have stood in the way of others
            else:
                self.give_back(expected)
            raise


def expected_bytes(job: Job) -> int:
    """About how many bytes the pictures of a job will take, by what was asked for."""
    return (len(job.prediction.output) if job.prediction else job.request.count) * expected_picture(job.request)


def expected_picture(request: ImageRequest) -> int:
    """The same of one picture. An aspect ratio is made in whichever size has it, so the largest of them counts."""
    ratios = CATALOG[request.model].choices("aspect_ratio") if request.model in CATALOG else ()
    listed = sizes(request.aspect_ratio, ratios) or [DEAREST]
    return max(width * height for width, height in listed) * (LOSSLESS if request.output_format == "png" else LOSSY)
