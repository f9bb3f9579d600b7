"""Nothing keeps the event loop for longer than 50 ms, whatever members and moderators do and the process has to do."""

import os
import signal
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bench.history import FIRST_GUILD, FIRST_PERSON, make_history
from bot.domain.moderation import ReviewStage
from bot.storage.cipher import Cipher, load_or_make_keys
from bot.storage.store import open_store
from tests.metrics.scrape import scrape
from tests.process.blocked import EVENT, PREPARE, PROGRAM
from tests.process.deployment import NO_OPENAI, Deployment, noise, open_deployment, png
from tests.process.kill_points import INSTALL, LONGEST_SLEEP, set_ahead
from tests.process.program import EaselRun, easel_run, needs_proc
from tests.process.stage import Stage
from tests.process.visitors import Visitor
from tests.wire.discord_server import File
from tests.wire.world import EVERYDAY, Guild, Permission, User

pytestmark = needs_proc

ENTRIES = 20_000
"""Of the ledger, over a year; half of them the guild's."""

SETTINGS = {
    "METRICS_PORT": "0",
    "OPENAI_API_URL": NO_OPENAI,
    "EASEL_DAILY_SPEND_USD": "100000",
    "PYTHONPATH": str(Path(__file__).parents[2]),
    PREPARE: INSTALL,
    LONGEST_SLEEP: "1",
}
DAY = 25 * 3600.0

EVERYDAY_USE = {
    "moderate log",
    "privacy",
    "studio export",
    "easel:again",
    "easel:delete",
    "easel:edit",
    "easel:log:export",
    "easel:privacy:export",
    "easel:review:approve:result",
    "easel:settings:checks",
}
"""Some of what must have been found to be used."""


@cache
def large() -> bytes:
    """A picture in 4K over the limit of Discord, which is grainy, not noise."""
    grain = Image.frombytes("L", (960, 540), os.urandom(960 * 540)).resize((3840, 2160), Image.Resampling.BILINEAR)
    output = BytesIO()
    Image.merge("RGB", [grain] * 3).save(output, "PNG", compress_level=0)
    return output.getvalue()


def paint(values: Mapping[str, Any], _: Sequence[bytes]) -> list[bytes]:
    count = values["number_of_images"]
    return [large() if count == 10 and number == 4 else png() for number in range(count)]


class Visit:
    """A deployment with a past, and its `easel run` under watch."""

    def __init__(self, deployment: Deployment, guild: Guild, run: EaselRun) -> None:
        self.deployment = deployment
        self.discord = deployment.discord
        self.run = run
        self.channel = guild.channel()
        self.ann = guild.member(User(FIRST_PERSON, "ann"))
        everything = EVERYDAY | Permission.ADMINISTRATOR | Permission.MANAGE_GUILD | Permission.MANAGE_MESSAGES
        self.mo = guild.member("mo", permissions=everything)
        self.visitor = Visitor(self.discord, self.channel, self.ann)

    async def pictures(self) -> None:
        ten = await self.discord.slash(self.ann, self.channel, "imagine", prompt="ten foxes", count=10, format="png")
        await ten.until(lambda message: len(message.pictures) == 10)
        heavy = File("fox.jpg", noise(2600, "JPEG", quality=100), "image/jpeg"), File("hen.png", large(), "image/png")
        edit = await self.discord.slash(
            self.ann, self.channel, "imagine", prompt="both at night", image=heavy[0], image_2=heavy[1]
        )
        result = await edit.until(lambda message: message.pictures)
        for menu in ("Edit image", "Show settings", "Report picture"):
            await self.visitor.explore(self.ann, await self.discord.message_command(self.ann, result, menu))
        await self.visitor.use_controls(self.ann, result)

    async def usage(self) -> None:
        shown = await self.discord.slash(self.ann, self.channel, "usage")
        await shown.until(lambda message: message.attachments)

    async def review(self) -> None:
        desk = await Stage(self.deployment).let_review(ReviewStage.RESULT)
        asked = await self.discord.slash(self.ann, self.channel, "imagine", prompt="to be looked at", quality="low")
        await self.run.logged("waiting for a reviewer")
        await self.visitor.use_controls(self.mo, desk.messages[-1])
        await asked.answered()

    async def metrics(self) -> None:
        port = (await self.run.logged("metrics are served"))["port"]
        assert (await scrape(port)).value("easel_event_loop_lag_seconds_count") > 0

    async def night(self) -> None:
        set_ahead(self.deployment.directory, DAY)
        await self.run.logged("the books are reconciled")
        await self.run.logged("what is kept no longer was erased")


@asynccontextmanager
async def visit(directory: Path) -> AsyncGenerator[Visit]:
    async with open_deployment(directory, paint=paint) as deployment:
        world = deployment.discord.world
        guild = Guild(FIRST_GUILD, "Studio", world, world.owner)
        world.guilds[guild.id] = deployment.guild = guild
        url = f"sqlite:///{deployment.data / 'easel.db'}"
        cipher = Cipher.from_key(*load_or_make_keys(deployment.data / "secret.key"))
        store = await open_store(url, cipher)
        await make_history(store.database, ENTRIES, datetime.now(UTC))
        await store.close()
        settings = {**deployment.settings, **SETTINGS}
        async with easel_run(directory=directory, settings=settings, forked=False, program=PROGRAM) as run:
            port = (await run.logged("listening"))["port"]
            assert deployment.relay is not None
            deployment.relay.targets.append(port)
            await run.logged("ready")
            yield Visit(deployment, guild, run)


def blocks(run: EaselRun) -> dict[str, Any]:
    """Where the loop was blocked, since others can reach the process: what it does before keeps nobody waiting."""
    events = [each["event"] for each in run.log]
    told = [each for each in run.log[events.index("listening") :] if each["event"] == EVENT]
    return {where: each for each in told for where in each["where"]}


async def found_by_a_visit(directory: Path) -> dict[str, Any]:
    async with visit(directory) as visited:
        await visited.pictures()
        await visited.usage()
        await visited.review()
        await visited.visitor.use_all_commands(visited.mo)
        await visited.metrics()
        await visited.night()
        os.kill(visited.run.pid, signal.SIGUSR1)
        await visited.run.until(lambda: {"compute", "wait"} <= blocks(visited.run).keys())
    assert visited.visitor.used >= EVERYDAY_USE
    return {where: block for where, block in blocks(visited.run).items() if where not in {"compute", "wait"}}


async def test_nothing_blocks_the_loop(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each time it is tried. What the machine does now and then (it stops all of itself, or is busy), it doesn't do
    three times in the same place."""
    found = await found_by_a_visit(tmp_path_factory.mktemp("visit"))
    for _ in range(2):
        if found:
            again = await found_by_a_visit(tmp_path_factory.mktemp("visit"))
            found = {where: again[where] for where in found if where in again}
    assert found == {}
