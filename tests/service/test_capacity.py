"""Room for pictures in memory: first come, first served, and nothing waits for ever."""

import asyncio
from contextlib import AsyncExitStack

from bot.domain.request import ImageRequest
from bot.service.capacity import Capacity, Room, expected_picture

MODEL = "openai/gpt-image-2"


class Delivery:
    """One that holds room until it is told to let go."""

    def __init__(self, capacity: Capacity, size: int) -> None:
        self.entered = asyncio.Event()
        self._leave = asyncio.Event()
        self.task = asyncio.create_task(self._run(capacity, size))
        self.room: Room | None = None

    async def _run(self, capacity: Capacity, size: int) -> None:
        async with capacity.room(size) as self.room:
            self.entered.set()
            await self._leave.wait()

    async def end(self) -> None:
        self._leave.set()
        await self.task


async def settle() -> None:
    """Let every task come as far as it does by itself."""
    for _ in range(5):
        await asyncio.sleep(0)


async def begin(capacity: Capacity, *sizes: int) -> list[Delivery]:
    begun = [Delivery(capacity, size) for size in sizes]
    await settle()
    return begun


def held(deliveries: list[Delivery]) -> list[bool]:
    return [each.entered.is_set() for each in deliveries]


async def test_they_come_in_by_turns_and_small_ones_do_not_overtake() -> None:
    first, large, small = deliveries = await begin(Capacity(10), 6, 8, 1)
    assert held(deliveries) == [True, False, False], "there would be room for the last, but it isn't its turn"
    await first.end()
    await settle()
    assert held(deliveries) == [True, True, True]
    await asyncio.gather(large.end(), small.end())


async def test_one_that_is_larger_than_all_there_is_has_all_to_itself() -> None:
    small, large, later = deliveries = await begin(Capacity(10), 1, 1_000, 1)
    assert held(deliveries) == [True, False, False]
    await small.end()
    await settle()
    assert held(deliveries) == [True, True, False]
    assert large.room is not None
    large.room.resize(25)  # as it turns out; the next ones wait for all of it
    await settle()
    assert held(deliveries) == [True, True, False]
    await large.end()
    await settle()
    assert held(deliveries) == [True, True, True]
    await later.end()


async def test_what_it_does_not_need_is_given_to_the_next_at_once() -> None:
    first, second = deliveries = await begin(Capacity(10), 9, 9)
    assert first.room is not None
    first.room.resize(1)
    await settle()
    assert held(deliveries) == [True, True]
    (third,) = await begin(Capacity(10), 10)
    await asyncio.gather(first.end(), second.end(), third.end())


async def test_one_that_is_canceled_leaves_its_place_to_the_others() -> None:
    capacity = Capacity(10)
    first, large, small = deliveries = await begin(capacity, 6, 8, 4)
    large.task.cancel()
    await settle()
    assert held(deliveries) == [True, False, True]
    # Canceled in the moment in which its turn has come.
    (waiting,) = await begin(capacity, 10)
    await asyncio.gather(first.end(), small.end())
    waiting.task.cancel()
    await asyncio.gather(large.task, waiting.task, return_exceptions=True)
    (last,) = await begin(capacity, 10)
    assert held([last]) == [True], "nothing is lost"
    await last.end()


async def test_what_failed_has_given_back_its_room() -> None:
    capacity = Capacity(10)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(capacity.room(10))
        stack.push(lambda *_: True)
        raise RuntimeError
    async with asyncio.timeout(1), capacity.room(10):
        pass


def test_a_picture_is_expected_to_be_as_large_as_the_largest_of_its_aspect_ratio() -> None:
    def expected(aspect_ratio: str, output_format: str) -> int:
        return expected_picture(ImageRequest(MODEL, "a fox", aspect_ratio=aspect_ratio, output_format=output_format))

    assert expected("1024x1024", "webp") == 1024 * 1024
    assert expected("1024x1024", "png") == 3 * 1024 * 1024
    assert expected("16:9", "webp") == 3840 * 2160
    assert expected("auto", "webp") == 2880 * 2880
    gone = ImageRequest("someone/retired-model", "a fox", aspect_ratio="1:1")
    assert expected_picture(gone) > 0, "a model that isn't in the catalogue any more may still have jobs"
