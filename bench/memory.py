"""Memory: what runs in flight keep, and what many large pictures take on their way."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any

from bench.databases import DATABASES
from bench.figures import Aim, Figure
from bench.processes import forget_peak, megabytes, peak_megabytes
from bench.stage import Stage, open_stage
from tests.wire.interactions import Interaction
from tests.wire.world import Channel

IN_FLIGHT = 5_000
AT_ONCE = 50  # commands whose runs aren't created yet: more of them would be measured as a crowd, and not as runs
MEMBERS = 100
SERVED = 5

JOBS, PICTURES, PICTURE_BYTES = 10, 10, 4_000_000

_PATIENCE = 120.0

_UNLIMITED: Mapping[str, str] = {
    "EASEL_MAX_IN_FLIGHT": "1000000",
    "EASEL_MAX_IN_FLIGHT_PER_GUILD": "1000000",
    "EASEL_MAX_IN_FLIGHT_PER_MEMBER": "1000000",
    "EASEL_MEMBER_DAILY_PICTURES": "1000000",
    "EASEL_DAILY_SPEND_USD": "1000000",
    "REPLICATE_CREATES_PER_MINUTE": "1000000",
}


async def measure() -> AsyncIterator[Figure]:
    for database in DATABASES:
        yield await in_flight(database)
    for database in DATABASES:
        yield await delivering(database)


async def in_flight(database: str, runs: int = IN_FLIGHT) -> Figure:
    """What a process holds while so many predictions run, beside what it held before the first."""
    async with open_stage(database, settings=_UNLIMITED) as stage, stage.program() as run:
        channel = stage.guild.channel()
        await _served(stage, channel)
        idle = megabytes(run.pid)
        stage.replicate.end_gate.hold()
        for number in range(runs):
            await run.meanwhile(_created(stage, number - AT_ONCE))
            await stage.imagine(channel, member=number % MEMBERS)
        await run.meanwhile(_created(stage, runs))
        held = megabytes(run.pid)
        await run.kill()  # rather than deliver them all
    aim = Aim(over=60)
    return Figure(f"memory with {runs:,} predictions in flight", database, "MB", [held], [idle], aim, count=runs)


async def delivering(database: str) -> Figure:
    """The most that a process and those it started hold at a time while many large pictures are on their way."""
    async with open_stage(database, picture_bytes=PICTURE_BYTES, settings=_UNLIMITED) as stage, stage.program() as run:
        channel = stage.guild.channel()
        stage.replicate.end_gate.hold()
        asked = [
            await stage.imagine(channel, member=number, count=PICTURES, format="png", aspect_ratio="2048x2048")
            for number in range(JOBS)
        ]
        await run.meanwhile(stage.replicate.until(lambda: len(stage.replicate.runs) == JOBS))
        forget_peak(run.pid)
        stage.replicate.end_gate.release()
        await run.meanwhile(_all(*(_shown(each, PICTURES) for each in asked)))
        peak = peak_megabytes(run.pid)
    return Figure(
        f"peak while {JOBS} × {PICTURES} pictures of {PICTURE_BYTES // 10**6} MB deliver",
        database,
        "MB",
        [peak],
        aim=Aim(most=300),
    )


async def _served(stage: Stage, channel: Channel) -> None:
    """A few jobs from their beginning to their end, so that all is loaded that a job needs."""
    for number in range(SERVED):
        await _shown(await stage.imagine(channel, member=number), 1)


async def _created(stage: Stage, runs: int) -> None:
    """Wait for so many runs, beside those of `_served`."""
    async with asyncio.timeout(_PATIENCE):
        await stage.replicate.until(lambda: len(stage.replicate.runs) >= SERVED + runs)


async def _shown(interaction: Interaction, pictures: int) -> None:
    await interaction.until(lambda message: len(message.pictures) == pictures, _PATIENCE)


async def _all(*waits: Coroutine[Any, Any, None]) -> None:
    await asyncio.gather(*waits)
