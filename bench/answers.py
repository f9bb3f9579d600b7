"""From the interaction to its answer, one member at a time.

The floor answers and does nothing else. Easel admits a job, answers with its card, and makes its picture; the next
member asks when that is delivered and settled, so that nothing else is under way.
"""

import asyncio
from collections.abc import AsyncIterator

from bench.databases import DATABASES
from bench.figures import Aim, Figure, percentile
from bench.stage import ANSWERS_ONLY, BARE, Stage, open_stage
from tests.process.program import EaselRun
from tests.wire.world import Channel

REPETITIONS = 3
ANSWERS = 100  # in each
WARM_UP = 10
MEMBERS = 50  # who ask in turn

_PAUSE = 0.02  # seconds, for the look around for more work that the end of a job brings about
_MOST = {"SQLite": Aim(ratio=4), "PostgreSQL": Aim(ratio=6)}


async def measure() -> AsyncIterator[Figure]:
    for database in DATABASES:
        floor: list[list[float]] = []
        easel: list[list[float]] = []
        for _ in range(REPETITIONS):
            floor.append(await _floor())
            easel.append(await _easel(database))
        for percent in (50, 99):
            yield Figure(
                f"interaction → answer, p{percent}",
                database,
                "ms",
                [percentile(each, percent) for each in easel],
                [percentile(each, percent) for each in floor],
                _MOST[database],
                REPETITIONS * ANSWERS,
            )


async def _floor() -> list[float]:
    async with open_stage() as stage, stage.program(BARE, ANSWERS_ONLY):
        channel = stage.guild.channel()
        return [await _answered(stage, channel, number) for number in range(-WARM_UP, ANSWERS)][WARM_UP:]


async def _easel(database: str) -> list[float]:
    async with open_stage(database) as stage, stage.program() as run:
        await run.logged("ready")
        channel = stage.guild.channel()
        milliseconds: list[float] = []
        for number in range(-WARM_UP, ANSWERS):
            milliseconds.append(await _answered(stage, channel, number))
            await _settled(run, WARM_UP + number + 1)
        return milliseconds[WARM_UP:]


async def _answered(stage: Stage, channel: Channel, number: int) -> float:
    """Milliseconds from the dispatch at the gateway to the arrival of the answer."""
    interaction = await stage.imagine(channel, member=number % MEMBERS)
    await interaction.answered()
    await asyncio.sleep(_PAUSE)
    return (interaction.response_time or 0.0) * 1_000


async def _settled(run: EaselRun, jobs: int) -> None:
    """Wait until so many jobs of the program have ended with their pictures."""
    await run.until(lambda: sum(each.get("event") == "pictures delivered" for each in run.log) >= jobs)
    await asyncio.sleep(_PAUSE)
