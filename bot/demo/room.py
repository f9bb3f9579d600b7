"""The try-it room: the real bot in a simulated guild, a stand-in for Replicate, and a page to use it through."""

import asyncio
import os
import socket
import sys
import tempfile
import webbrowser
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
from pydantic import SecretStr
from rich.console import Console
from rich.panel import Panel
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.env import Env

from bot.app import App, Parts, open_app
from bot.chat.client import EaselClient
from bot.demo.page import LivePage
from bot.demo.painter import paint as draw
from bot.demo.replicate_runs import Pace, demo_pace
from bot.demo.replicate_server import ReplicateServer
from bot.demo.replicate_worker import Paint
from bot.domain.errors import PictureUnreadable
from bot.domain.hosts import AllowedHosts
from bot.domain.request import Attachment
from bot.service.ports import Clock
from bot.settings import GivenSettings, Settings

DEMO_TOKEN = "demo"  # noqa: S105 # opens nothing but the stand-in

WELCOME = (
    "**Welcome to Easel's demo.** Type `/imagine`, write a prompt, choose options, attach pictures if you like.\n"
    "-# Everything here is on this machine: the pictures are drawn locally, no model runs, and nothing is paid."
)


class SimulatedAttachments:
    """Reads attachments out of the simulated Discord, whose addresses lead nowhere."""

    def __init__(self) -> None:
        self.client: EaselClient | None = None

    async def read(self, attachment: Attachment) -> bytes:
        assert self.client is not None  # noqa: S101 # set before anybody can attach a thing
        try:
            return await self.client.http.get_from_cdn(attachment.url)
        except discord.HTTPException as error:
            raise PictureUnreadable(attachment.filename) from error


@dataclass(frozen=True, slots=True)
class Room:
    """The room while it is open. Operations on `env` that a person's page may meet go through a `LivePage`."""

    app: App
    env: Env
    replicate: ReplicateServer
    channel: ChannelHandle
    log_channel: ChannelHandle
    member: MemberActor
    other_member: MemberActor
    moderator: MemberActor


@asynccontextmanager
async def open_room(
    directory: Path,
    *,
    seconds: Pace = demo_pace,
    paint: Paint = draw,
    clock: Clock | None = None,
    **overrides: Any,
) -> AsyncGenerator[Room]:
    """The room with its data in `directory`; `overrides` are further settings by their field names."""
    async with AsyncExitStack() as stack:
        replicate = await stack.enter_async_context(
            ReplicateServer(token=DEMO_TOKEN, seconds=seconds, paint=paint, clock=clock)
        )
        attachments = SimulatedAttachments()
        settings = room_settings(directory, replicate.url, **overrides)
        app = await stack.enter_async_context(open_app(settings, Parts(clock=clock, attachments=attachments)))
        attachments.client = app.client
        env = Env(app.client)
        await env.start()
        stack.push_async_callback(env.shutdown)
        await env.advance_time((datetime.now(UTC) - env.now()).total_seconds())
        room = _furnish(env, app, replicate)
        with env.time_context():
            # What the bot does outside its callbacks must be born in here, or its calls would leave the simulation.
            await app.start()
            stack.push_async_callback(app.stop)
            await app.client.get_partial_messageable(room.channel.id).send(WELCOME)
        yield room


def room_settings(directory: Path, replicate_url: str, **overrides: Any) -> Settings:
    """The settings of a deployment that talks to the stand-in, whatever the environment says."""
    port = _free_port()
    given: dict[str, Any] = {
        "discord_token": SecretStr(DEMO_TOKEN),
        "replicate_api_token": SecretStr(DEMO_TOKEN),
        "replicate_api_url": replicate_url,
        "replicate_delivery_hosts": AllowedHosts.parse("127.0.0.1"),
        "easel_data_dir": directory,
        "http_host": "127.0.0.1",
        "http_port": port,
        "public_url": f"http://127.0.0.1:{port}",
        "easel_member_daily_pictures": 200,
        "easel_allow_low_moderation": True,
    }
    return GivenSettings(**{**given, **overrides})


async def serve_room(port: int) -> None:
    """Serve the room's page on the loopback until the person ends it there or by Ctrl-C."""
    with tempfile.TemporaryDirectory(prefix="easel-demo-") as directory:
        async with open_room(Path(directory)) as room:
            viewers = (room.member, room.other_member, room.moderator)
            preview = room.env.preview(room.channel, viewers=viewers, layout="channel", port=port)
            async with preview:
                page = LivePage(room.env, preview)
                following = asyncio.create_task(page.run())
                _welcome_on_terminal(preview.url)
                try:
                    await preview.wait_closed()
                finally:
                    following.cancel()
                    await asyncio.gather(following, return_exceptions=True)


def _furnish(env: Env, app: App, replicate: ReplicateServer) -> Room:
    guild = env.create_guild("Easel demo")
    moderators = guild.create_role(
        "Moderators", permissions=discord.Permissions(manage_messages=True, manage_guild=True)
    )
    channel = guild.create_text_channel("studio")
    log_channel = guild.create_text_channel("studio-log")
    app.client.studio = replace(app.client.studio, log_channel_id=log_channel.id)
    return Room(
        app=app,
        env=env,
        replicate=replicate,
        channel=channel,
        log_channel=log_channel,
        member=guild.add_member(env.create_user("member", global_name="A member")),
        other_member=guild.add_member(env.create_user("other_member", global_name="Another member")),
        moderator=guild.add_member(env.create_user("moderator", global_name="A moderator"), roles=[moderators]),
    )


def _free_port() -> int:
    """A port that is free now: Replicate's stand-in must be told the address before it is listened at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _welcome_on_terminal(url: str) -> None:
    Console(highlight=False, soft_wrap=True).print(
        Panel.fit(
            f"Open [bold link={url}]{url}[/]\n\n"
            "Type / in the message box and choose imagine. Look through two members and a moderator at the top.\n"
            "The pictures are drawn on this machine; no model runs, and nothing is paid. Ctrl-C ends it.",
            title="Easel demo",
        )
    )
    has_screen = sys.platform in ("darwin", "win32") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    if sys.stdout.isatty() and has_screen:
        with suppress(webbrowser.Error):
            webbrowser.open(url)
