"""From the start of the process to a bot that Discord hears, and to the jobs of the last one being waited for again."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

from bench.databases import DATABASES
from bench.figures import Aim, Figure
from bench.stage import BARE, Stage, open_stage
from bot.storage.tables import jobs
from tests.process.program import EASEL, EaselRun

STARTS = 5
RESUMES = 3
JOBS = 5_000

_RESUMED = "looked up at Replicate"
"""What the log tells of jobs that are waited for again."""

_COPIES = """
INSERT INTO jobs ({columns})
WITH RECURSIVE copy(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM copy WHERE i < {most})
SELECT {copied} FROM jobs CROSS JOIN copy
"""
_BURY = "UPDATE processes SET beat_at = 0"  # nobody is waited for, who might yet be alive


async def measure() -> AsyncIterator[Figure]:
    """A start lasts from the spawn of the process until Discord's gateway gets its IDENTIFY, which READY answers at
    once. The commands are synced and the database is migrated by a first start, which has a figure of its own.

    A resume lasts from the spawn until each of the jobs is waited for again: claimed from the process that was killed,
    and asked about at Replicate, where all of them still run.
    """
    for database in DATABASES:
        async with open_stage(database) as stage:
            first = await _start(stage, EASEL)
            yield Figure("a first start, to READY", database, "s", [first])
            easel: list[float] = []
            bare: list[float] = []
            for _ in range(STARTS):
                easel.append(await _start(stage, EASEL))
                bare.append(await _start(stage, BARE))
            yield Figure("a start, to READY", database, "s", easel, bare, Aim(over=1))
            await _leave_jobs(stage)
            resumes = [await _resume(stage) for _ in range(RESUMES)]
            yield Figure(f"{JOBS:,} jobs resumed, start included", database, "s", resumes, aim=Aim(most=10))


async def _start(stage: Stage, program: Sequence[str | Path]) -> float:
    began = time.perf_counter()
    async with stage.program(program):
        return time.perf_counter() - began


async def _resume(stage: Stage) -> float:
    """Leaves the jobs to a dead process again."""

    def resumed(run: EaselRun) -> bool:
        return sum(each["predictions"] for each in run.log if each["event"] == _RESUMED) >= JOBS

    began = time.perf_counter()
    async with stage.program() as run:
        await run.until(lambda: resumed(run))
        seconds = time.perf_counter() - began
        await run.kill()
    stage.execute(_BURY)
    return seconds


async def _leave_jobs(stage: Stage) -> None:
    """Let a process be killed that has all the jobs running: one that a member asked for, and copies of it."""
    stage.replicate.end_gate.hold()
    async with stage.program() as run:
        await stage.imagine(stage.guild.channel())
        while not [each for each in stage.records().jobs if each["status"] == "running"]:  # noqa: ASYNC110 # of a table
            await asyncio.sleep(0.01)
        await run.kill()
    own = ("id", "prediction_id")
    names = [each.name for each in jobs.columns]
    copied = [f"'copy-' || copy.i AS {name}" if name in own else f'jobs."{name}"' for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    stage.execute(_COPIES.format(columns=columns, copied=", ".join(copied), most=JOBS - 1))
    stage.execute(_BURY)
    [run] = stage.replicate.runs
    stage.replicate.runs[:] = [run, *(replace(run, id=f"copy-{i}", number=i + 1, tasks=[]) for i in range(1, JOBS))]
