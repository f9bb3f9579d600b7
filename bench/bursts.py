"""Many interactions at once, over TLS, to a program that was just started and has no connection yet.

The floor answers and does nothing else. In Easel everything that it does for a job goes on meanwhile: jobs are claimed,
submitted and queued while others are being answered. Runs at Replicate last, so that no picture is delivered.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from bench.databases import DATABASES
from bench.figures import Aim, Figure, percentile
from bench.stage import ANSWERS_ONLY, BARE, Stage, open_stage

SIZES = (300, 1_500)
REPETITIONS = 3

RESPONSE_SECONDS = 3
"""For which Discord waits."""

REFUSED = 10.0
"""Seconds that an answer counts as which came later, and which Discord doesn't take."""

_LASTING = 600.0  # seconds that a run takes: longer than the burst


async def measure() -> AsyncIterator[Figure]:
    for size in SIZES:
        for database in DATABASES:
            floor: list[list[float]] = []
            easel: list[list[float]] = []
            for _ in range(REPETITIONS):
                floor.append(await _floor(size))
                easel.append(await _easel(size, database))
            yield Figure(
                f"{size:,} interactions at once, the last answer",
                database,
                "s",
                [max(each) for each in easel],
                [max(each) for each in floor],
                Aim(most=RESPONSE_SECONDS),
                REPETITIONS * size,
            )
            yield Figure(
                f"{size:,} interactions at once, p99",
                database,
                "s",
                [percentile(each, 99) for each in easel],
                [percentile(each, 99) for each in floor],
                Aim(ratio=2),
                REPETITIONS * size,
            )


async def _floor(size: int) -> list[float]:
    async with open_stage(tls=True) as stage, stage.program(BARE, ANSWERS_ONLY):
        return await _burst(stage, size)


async def _easel(size: int, database: str) -> list[float]:
    async with open_stage(database, tls=True, seconds=lambda _: _LASTING) as stage, stage.program() as run:
        await run.logged("ready")
        return await _burst(stage, size)


async def _burst(stage: Stage, size: int) -> list[float]:
    """Seconds from each interaction's dispatch to its answer. Each is another member's."""
    channel = stage.guild.channel()
    interactions = await asyncio.gather(*(stage.imagine(channel, member=number) for number in range(size)))
    with suppress(TimeoutError):
        async with asyncio.timeout(REFUSED):
            for each in interactions:
                await each.answered()
    return [each.response_time or REFUSED for each in interactions]
