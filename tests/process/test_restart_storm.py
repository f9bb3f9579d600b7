"""Starting again and again: Discord's 1,000 IDENTIFYs a day last, whatever the program dies of."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.app import Parts, open_app
from bot.process import App
from bot.settings import GivenSettings
from tests.clocks import LeapingClock
from tests.process.deployment import DISCORD_TOKEN, REPLICATE_TOKEN, open_deployment
from tests.process.program import easel_run
from tests.wire.discord_server import DiscordServer

pytestmark = pytest.mark.asyncio(loop_scope="package")

WAITING = "waiting before the next session with Discord, lest starting again and again use up the day's"


@asynccontextmanager
async def connecting(discord: DiscordServer, directory: Path, clock: LeapingClock, **given: Any) -> AsyncGenerator[App]:
    """The program in this process, its work not begun; leaving the block ends its session."""
    settings = GivenSettings(
        discord_token=SecretStr(DISCORD_TOKEN),
        discord_api_url=discord.api_url,
        replicate_api_token=SecretStr(REPLICATE_TOKEN),
        easel_data_dir=directory,
        **given,
    )
    async with open_app(settings, Parts(clock=clock)) as app:
        await app.client.login(DISCORD_TOKEN)
        task = asyncio.create_task(app.client.connect())
        try:
            yield app
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def test_starts_are_spaced_ever_further_and_outlive_the_process(tmp_path: Path) -> None:
    clock = LeapingClock()
    began = clock.now()
    async with DiscordServer(token=DISCORD_TOKEN) as discord:
        for start in range(1, 17):
            async with connecting(discord, tmp_path, clock):
                await discord.until(lambda start=start: discord.gateway.identifies == start)
    assert clock.now() - began > timedelta(minutes=25)
    assert clock.slept[-1] == pytest.approx(288)


async def test_sessions_that_discord_ends_at_once_are_no_way_around(tmp_path: Path) -> None:
    """discord.py by itself would come back every five seconds."""
    clock = LeapingClock()
    began = clock.now()
    async with DiscordServer(token=DISCORD_TOKEN) as discord:
        discord.gateway.sessions_to_invalidate = 15
        async with connecting(discord, tmp_path, clock):
            await discord.gateway.ready()
    assert discord.gateway.identifies == 16
    assert clock.now() - began > timedelta(minutes=25)


async def test_while_it_waits_for_its_turn_jobs_go_on_and_it_can_be_stopped(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with open_deployment(tmp_path_factory.mktemp("waiting")) as deployment:
        gateway, replicate = deployment.discord.gateway, deployment.replicate
        channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
        replicate.end_gate.hold()
        async with deployment.running() as run:
            interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="a patient fox", quality="low")
            await replicate.until(lambda: replicate.runs)
            await run.kill()
        gateway.session_starts = 1  # and none is left
        async with easel_run(directory=deployment.directory, settings=deployment.settings) as run:
            waiting = await run.logged(WAITING, reason="Discord has 0 of 1 left for the next 24 h")
            assert waiting["seconds"] == 86_400
            assert deployment.relay is not None
            deployment.relay.targets = [(await run.logged("listening"))["port"]]
            async with aiohttp.ClientSession() as http, http.get(f"{deployment.relay.url}/readyz") as answer:
                assert answer.status == 503
                checks = (await answer.json())["checks"]
            assert (checks["database"], checks["blobs"]) == ("ok", "ok")
            assert checks["discord"].startswith("not connected to Discord: the next session waits until ")
            assert checks["discord"].endswith(" UTC, since Discord has 0 of 1 left for the next 24 h")
            replicate.end_gate.release()
            deployment.assert_made(interaction, await interaction.until(lambda message: message.pictures))
            await deployment.settled(run, channel)
            assert await run.stop() == 0
        assert gateway.identifies == 1
