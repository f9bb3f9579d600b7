"""The try-it room: the real bot in a simulated guild, a stand-in for Replicate, and a page to use it through."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import webbrowser
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import discord
from pydantic import SecretStr
from rich.console import Console
from simcord.actors import MemberActor
from simcord.backend.cdn import CDN_BASE
from simcord.builders import ChannelHandle
from simcord.env import Env

from bot.app import Parts, open_app
from bot.chat.client import EaselClient
from bot.demo.history import OTHERS, write_history
from bot.demo.openai_server import OpenAiServer
from bot.demo.page import LivePage
from bot.demo.painter import paint as draw
from bot.demo.people import MEMBER, MODERATOR, OTHER_MEMBER, Person, easel, portrait
from bot.demo.places import furnish, photographs, public
from bot.demo.reading import plain, text_of
from bot.demo.replicate_runs import Pace, demo_pace
from bot.demo.replicate_server import ReplicateServer
from bot.demo.replicate_worker import Paint
from bot.domain.errors import PictureUnreadable
from bot.domain.hosts import AllowedHosts
from bot.domain.request import Attachment, ImageRequest
from bot.domain.roles import Shards
from bot.process import App
from bot.service.ports import Clock
from bot.settings import GivenSettings, Settings

DEMO_TOKEN = "demo"  # noqa: S105 # opens nothing but the stand-in

DEMO_GUILD_TOKEN = "r8_demo"  # noqa: S105 # nor do these
DEMO_OPENAI_KEY = "sk-demo"

FURTHER_MODEL = "openai/gpt-image-1.5"
"""Beside the default one, so that a person has a choice, and finds combinations that it can't do."""

WELCOME = """\
**Welcome to Easel's demo.** Type `/`, choose **imagine**, and write a prompt: *a red fox in the snow*. The **+ more** \
beside it holds the options and takes pictures to edit. Enter sends it.
- **Viewing as**, at the top, lets you look as a member, as another, or as a moderator, who may delete all.
- **Place** takes you elsewhere: to pictures to right-click on, an age-restricted channel, a thread, a forum post, \
a boosted server, direct messages.
- In a prompt, *gory* is refused before it is sent, *forbidden* as by a model's safety system. *slow* takes a minute, \
and a third such waits. *grainy* as PNG makes files too large for Discord: one of 3840 × 2160, or ten wide ones.
- A moderator's `/studio settings` lets requests wait for review; `/moderate` and *#studio-log* have what follows.
- As a moderator, try `/studio key`: the token `r8_demo` and the key `sk-demo` work here, and no others do.

-# Everything here is on this machine: the pictures are drawn locally, no model runs, and nothing is paid."""

SETTLE_SECONDS = 20.0
"""How long the simulation waits for the bot to have done all that an interaction asks for: a chart has ten."""

DELIVERY_SECONDS = 1.0
"""From a run's end to its pictures on the page, at most."""


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
    openai: OpenAiServer
    channel: ChannelHandle
    log_channel: ChannelHandle
    member: MemberActor
    other_member: MemberActor
    moderator: MemberActor

    @property
    def people(self) -> dict[Person, MemberActor]:
        return {MEMBER: self.member, OTHER_MEMBER: self.other_member, MODERATOR: self.moderator}

    @property
    def names(self) -> dict[int, str]:
        """How they and the channels are called, by id."""
        channels = {each.id: f"#{each.name}" for each in (self.channel, self.log_channel)}
        return {member.id: person.name for person, member in self.people.items()} | channels

    async def page(self, port: int, *, changed: Callable[[], None] = lambda: None) -> LivePage:
        """The page to use the room through, which is yet to be entered."""
        places = [
            public("#studio", self.channel, tuple(self.people.values())),
            *await furnish(self.env, self.app.client, self.member.guild, tuple(self.people.values())),
            public("#studio-log (moderators)", self.log_channel, tuple(self.people.values())),
        ]
        preview = self.env.preview(
            self.channel,
            viewers=tuple(self.people.values()),
            layout="channel",
            port=port,
            assets=await asyncio.to_thread(self._faces),
        )
        return LivePage(self.env, preview, places, changed=changed)

    def _faces(self) -> dict[str, tuple[str, bytes]]:
        bot = self.app.client.user
        assert bot is not None  # noqa: S101 # an open room's bot is logged in
        faces = {f"{CDN_BASE}/embed/avatars/{bot.default_avatar.key}.png": ("easel.png", easel())}
        for person, member in self.people.items():
            url = f"{CDN_BASE}/avatars/{member.id}/{person.user_name}.png"
            faces[url] = (f"{person.user_name}.png", portrait(person.looks))
        return faces | photographs()


@asynccontextmanager
async def open_room(
    directory: Path,
    *,
    seconds: Pace = demo_pace,
    paint: Paint = draw,
    clock: Clock | None = None,
    history: bool = False,
    **overrides: Any,
) -> AsyncGenerator[Room]:
    """The room with its data in `directory`, with `history` as one that was in use for weeks; `overrides` are further
    settings by their field names."""
    async with AsyncExitStack() as stack:
        replicate = await stack.enter_async_context(
            ReplicateServer(token=DEMO_TOKEN, seconds=seconds, paint=paint, clock=clock)
        )
        replicate.open_account("easel-demo-guild", DEMO_GUILD_TOKEN)
        openai = await stack.enter_async_context(OpenAiServer(DEMO_OPENAI_KEY))
        attachments = SimulatedAttachments()
        overrides = {"openai_api_url": openai.url} | overrides
        settings = room_settings(directory, replicate.url, **overrides)

        def guess(request: ImageRequest) -> float:
            """How long the stand-in takes."""
            return seconds(request.as_input(user_id="", image_urls=())) + DELIVERY_SECONDS

        app = await stack.enter_async_context(open_app(settings, Parts(clock, attachments, guess)))
        attachments.client = app.client
        env = Env(app.client, settle_timeout=SETTLE_SECONDS)
        await env.start()
        stack.push_async_callback(env.shutdown)
        await env.advance_time((datetime.now(UTC) - env.now()).total_seconds())
        room = _furnish(env, app, replicate, openai)
        if history:
            await _invent_history(room)
        with env.time_context():
            assert app.client.user is not None  # noqa: S101 # it has just logged in
            await app.client.user.edit(username="Easel")
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
        "discord_cdn_hosts": AllowedHosts.parse(f"{urlsplit(CDN_BASE).netloc},images-ext-*.discordapp.net"),
        "replicate_delivery_hosts": AllowedHosts.parse("127.0.0.1"),
        "easel_data_dir": directory,
        "easel_shards": Shards.every(1),
        "http_host": "127.0.0.1",
        "http_port": port,
        "public_url": f"http://127.0.0.1:{port}",
        "easel_member_daily_pictures": 200,
        "easel_allow_low_moderation": True,
    }
    return GivenSettings(**{**given, **overrides})


async def serve_room(port: int, *, seconds: Pace = demo_pace, history: bool = False) -> None:
    """Serve the room's page on the loopback until the person ends it there, by Ctrl-C or by SIGTERM.

    Raises `OSError` with a sentence where the port can't be listened at.
    """
    console = Console(highlight=False, soft_wrap=True)
    async with AsyncExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="easel-demo-"))
        room = await stack.enter_async_context(
            open_room(
                Path(directory),
                seconds=seconds,
                history=history,
                easel_models=(FURTHER_MODEL,),
                openai_moderation_key=SecretStr(DEMO_OPENAI_KEY),
            )
        )
        page = await room.page(port, changed=_reports_to(console, room))
        try:
            await stack.enter_async_context(page)
        except OSError as error:
            why = os.strerror(error.errno or 0).lower()
            sentence = f"The demo can't use port {port} ({why}). Choose another with --port; 0 takes a free one."
            raise OSError(error.errno, sentence) from None
        with suppress(NotImplementedError):  # on Windows Ctrl-C raises, as it does everywhere until here
            for each in (signal.SIGINT, signal.SIGTERM):
                asyncio.get_running_loop().add_signal_handler(each, page.end)
        _welcome_on_terminal(console, page.url)
        await page.ended.wait()
        console.print("The demo has ended.")


def _reports_to(console: Console, room: Room) -> Callable[[], None]:
    """Print what is new in the log channel, which the page can't show beside the studio."""
    shown = 0

    def print_new() -> None:
        nonlocal shown
        reports = room.log_channel.history()
        for report in reports[shown:]:
            console.print(f"\n[bold]{room.names[room.log_channel.id]}[/]")
            console.print(plain(text_of(report), room.names, room.env.now()), markup=False)
        shown = len(reports)

    return print_new


def _furnish(env: Env, app: App, replicate: ReplicateServer, openai: OpenAiServer) -> Room:
    guild = env.create_guild("Easel demo")
    moderators = guild.create_role(
        "Moderators", permissions=discord.Permissions(manage_messages=True, manage_guild=True)
    )
    channel = guild.create_text_channel("studio")
    assert app.client.user is not None  # noqa: S101 # it has just logged in
    seen, unseen = (discord.PermissionOverwrite(view_channel=each) for each in (True, False))
    log_channel = guild.create_text_channel(
        "studio-log", overwrites={guild.default_role: unseen, moderators: seen, app.client.user: seen}
    )
    app.client.studio = replace(app.client.studio, log_channel_id=log_channel.id)
    member, other_member, moderator = (
        env.create_user(each.user_name, global_name=each.name, avatar=each.user_name)
        for each in (MEMBER, OTHER_MEMBER, MODERATOR)
    )
    return Room(
        app=app,
        env=env,
        replicate=replicate,
        openai=openai,
        channel=channel,
        log_channel=log_channel,
        member=guild.add_member(member),
        other_member=guild.add_member(other_member),
        moderator=guild.add_member(moderator, roles=[moderators]),
    )


async def _invent_history(room: Room) -> None:
    """Before the app begins to work: who comes upon a job of another process would take it up."""
    guild, studio = room.member.guild, room.app.client.studio
    others = [guild.add_member(room.env.create_user(f"member_{n}", global_name=name)) for n, name in enumerate(OTHERS)]
    await write_history(
        studio.store,
        studio.budgets,
        guild_id=guild.id,
        channel_id=room.channel.id,
        member_ids=[each.id for each in (room.member, *others, room.other_member, room.moderator)],
        moderator_id=room.moderator.id,
        now=studio.clock.now(),
    )


def _free_port() -> int:
    """A port that is free now: Replicate's stand-in must be told the address before it is listened at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _welcome_on_terminal(console: Console, url: str) -> None:
    console.print(
        f"[bold]Easel's demo[/] is open at\n\n    [link={url}]{url}[/]\n\n"
        "Type / in the message box there and choose imagine. Reports to the moderators appear here.\n"
        "The pictures are drawn on this machine; no model runs, and nothing is paid. Ctrl-C ends it."
    )
    has_screen = sys.platform in ("darwin", "win32") or "DISPLAY" in os.environ or "WAYLAND_DISPLAY" in os.environ
    if sys.stdout.isatty() and has_screen:
        with suppress(webbrowser.Error):
            webbrowser.open(url)
