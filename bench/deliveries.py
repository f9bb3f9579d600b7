"""From a prediction's end to its pictures in the channel, and what the processor has to do for a whole job."""

import asyncio
import statistics
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bench.databases import DATABASES
from bench.figures import Aim, Figure
from bench.processes import pinned, processor_seconds
from bench.stage import BARE, Stage, open_stage
from tests.process.deployment import REPLICATE_TOKEN
from tests.process.program import EASEL, easel_run
from tests.wire.messages import Message
from tests.wire.timing import Changes
from tests.wire.world import Channel

LARGE, SMALL = 1_500_000, 1_000_000
"""Bytes of a picture."""

MODEL_SECONDS = 2.0
AT_ONCE = 200

_ROUNDS = 5
_DELIVERIES = 20
_BURSTS = 2
_RUNS, _JOBS = 3, 60
_PATIENCE = 60.0  # seconds

_BARE_TRANSFERS = (sys.executable, "-m", "bench.bare_transfers")
_ROOT = Path(__file__).parent.parent
_MANY = {
    "EASEL_MAX_IN_FLIGHT": str(AT_ONCE),
    "EASEL_MAX_IN_FLIGHT_PER_MEMBER": str(AT_ONCE),
    "EASEL_MEMBER_DAILY_PICTURES": "100000",
    "REPLICATE_CREATES_PER_MINUTE": "100000",
    "HTTP_TRUSTED_PROXIES": "127.0.0.1",  # all webhooks come at once through the relay, as through a reverse proxy
}
_CARD = {"flags": 1 << 15, "components": [{"type": 10, "content": "a card"}]}  # with Components V2


async def measure() -> AsyncIterator[Figure]:
    for database in DATABASES:
        yield await _one_by_one(database)
    for database in DATABASES:
        yield await _all_at_once(database)
    floor = [await _processor_time("SQLite", BARE) for _ in range(_RUNS)]  # which uses no database
    for database in DATABASES:
        easel = [await _processor_time(database, EASEL) for _ in range(_RUNS)]
        what = "processor time per job, 1 MB each way"
        yield Figure(what, database, "ms", easel, floor, Aim(ratio=2), _RUNS * _JOBS)


class _Transfers:
    """The floor, told of deliveries as a webhook would tell it."""

    def __init__(self, stage: Stage, channel: Channel, session: aiohttp.ClientSession, port: int) -> None:
        self._stage = stage
        self._channel = channel
        self._session = session
        self._url = f"http://127.0.0.1:{port}/"
        self._picture = ""

    async def begin(self) -> None:
        """Have one picture made, which is fetched each time."""
        url = f"{self._stage.replicate.url}/models/openai/gpt-image-2/predictions"
        headers = {"Authorization": f"Bearer {REPLICATE_TOKEN}"}
        body = {"input": {"prompt": "the floor's fox", "output_format": "png"}}
        async with self._session.post(url, headers=headers, json=body) as answer:
            run_id = (await answer.json())["id"]
        (run,) = (each for each in self._stage.replicate.runs if each.id == run_id)
        await self._stage.replicate.until(lambda: run.output)
        (self._picture,) = run.output

    async def deliver(self) -> None:
        message = self._stage.discord.world.post(self._channel, _CARD)
        changes = Changes()
        message.watchers.append(changes)
        told = {"fetch": self._picture, "message": f"/channels/{self._channel.id}/messages/{message.id}"}
        async with self._session.post(self._url, json=told):
            pass
        await changes.until(lambda: message.pictures, _PATIENCE)


@asynccontextmanager
async def _bare_transfers(stage: Stage, channel: Channel) -> AsyncGenerator[_Transfers]:
    settings = {"PYTHONPATH": str(_ROOT), **stage.settings}
    async with (
        easel_run(directory=stage.directory, settings=settings, forked=False, program=pinned(_BARE_TRANSFERS)) as run,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session,
    ):
        transfers = _Transfers(stage, channel, session, (await run.logged("listening"))["port"])
        await transfers.begin()
        yield transfers


async def _one_by_one(database: str) -> Figure:
    """From the end of a run to its picture in the message."""
    async with open_stage(database, picture_bytes=LARGE, settings=_MANY) as stage:
        channel = stage.guild.channel()
        async with _bare_transfers(stage, channel) as transfers, stage.program():

            async def easel() -> float:
                gate = stage.replicate.end_gate
                gate.hold()
                interaction = await stage.imagine(channel)
                await interaction.answered(_PATIENCE)
                await asyncio.sleep(0.1)  # until all that a begin brings about is done
                began = time.perf_counter()
                gate.release()
                await interaction.until(_shows_pictures, _PATIENCE)
                return (time.perf_counter() - began) * 1_000

            async def floor() -> float:
                began = time.perf_counter()
                await transfers.deliver()
                return (time.perf_counter() - began) * 1_000

            for _ in range(3):
                await easel()
                await floor()
            easels: list[float] = []
            floors: list[float] = []
            for _ in range(_ROUNDS):
                easels.append(statistics.median([await easel() for _ in range(_DELIVERIES)]))
                floors.append(statistics.median([await floor() for _ in range(_DELIVERIES)]))
    what = "prediction ended → picture of 1.5 MB in the message, p50"
    return Figure(what, database, "ms", easels, floors, Aim(ratio=1.5), _ROUNDS * _DELIVERIES)


async def _all_at_once(database: str) -> Figure:
    easels: list[float] = []
    floors: list[float] = []
    for _ in range(_BURSTS):
        # A stage of its own each time: it remembers all that it was sent.
        async with open_stage(database, picture_bytes=LARGE, seconds=_model_seconds, settings=_MANY) as stage:
            channel = stage.guild.channel()
            async with stage.program():
                await _jobs(stage, channel, 1)
                began = time.perf_counter()
                await asyncio.gather(*(_job(stage, channel, number) for number in range(AT_ONCE)))
                easels.append(time.perf_counter() - began)
            async with _bare_transfers(stage, channel) as transfers:
                await transfers.deliver()
                began = time.perf_counter()
                await asyncio.gather(*(transfers.deliver() for _ in range(AT_ONCE)))
                floors.append(MODEL_SECONDS + time.perf_counter() - began)
    what = f"{AT_ONCE} jobs at once, a model of {MODEL_SECONDS:g} s, 1.5 MB each: all there"
    return Figure(what, database, "s", easels, floors, Aim(ratio=1.3), _BURSTS * AT_ONCE)


async def _processor_time(database: str, program: Sequence[str | Path]) -> float:
    """Milliseconds a job, one after another."""
    async with open_stage(database, picture_bytes=SMALL, settings=_MANY) as stage:
        channel = stage.guild.channel()
        async with stage.program(program) as run:
            await _jobs(stage, channel, 10)
            await asyncio.sleep(0.5)  # until what follows a delivery is done
            before = processor_seconds(run.pid)
            await _jobs(stage, channel, _JOBS)
            await asyncio.sleep(0.5)
            return (processor_seconds(run.pid) - before) / _JOBS * 1_000


async def _jobs(stage: Stage, channel: Channel, number: int) -> None:
    """So many jobs, one after another, of one member each."""
    for each in range(number):
        await _job(stage, channel, each)


async def _job(stage: Stage, channel: Channel, member: int) -> None:
    interaction = await stage.imagine(channel, member=member)
    await interaction.until(_shows_pictures, _PATIENCE)


def _shows_pictures(message: Message) -> bool:
    return bool(message.pictures)


def _model_seconds(_: object) -> float:
    return MODEL_SECONDS
