"""A stand-in for Discord on the loopback: its REST API, gateway and CDN over real sockets."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from tests.wire.faults import Faults, RecordedRequest
from tests.wire.gateway import Gateway
from tests.wire.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    command_data,
    component_data,
    message_command_data,
)
from tests.wire.limits import RateLimits
from tests.wire.messages import File, Message
from tests.wire.modals import modal_data
from tests.wire.rest import API, Rest, Route
from tests.wire.rules import JSON
from tests.wire.timing import PATIENCE, Clock, Found
from tests.wire.world import Channel, Guild, Member, User, World

__all__ = ["DiscordServer", "File", "Interaction", "Message", "Route"]


class DiscordServer:
    """Enough of Discord for a bot that lives on interactions, and the members who use it.

        async with DiscordServer() as server:
            guild = server.world.guild()
            channel, member = guild.channel(), guild.member("ann")
            ...  # start a bot with `server.token` against `server.api_url`
            await server.gateway.ready()
            interaction = await server.slash(member, channel, "imagine", prompt="a lighthouse")
            message = await interaction.until(lambda message: message.pictures)

    Leaving the block closes all connections, and raises what failed inside the stand-in itself.
    """

    def __init__(
        self,
        *,
        token: str = "stand-in.bot.token",
        shards: int = 1,
        clock: Clock | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.token = token
        self._tls = tls
        self.world = World(clock)
        self.gateway = Gateway(self.world, token, shards=shards)
        self.rest = Rest(self.world, self.gateway, token)
        self.origin = ""
        self._closing = AsyncExitStack()

    async def __aenter__(self) -> Self:
        listener = socket.create_server(("127.0.0.1", 0), backlog=1024)
        app = web.Application(client_max_size=1 << 40)  # the limit is in `rules`, and answers as Discord does
        app.router.add_get("/gateway", self.gateway.serve)
        self.rest.mount(app)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener, backlog=1024, ssl_context=self._tls).start()
        self._closing.push_async_callback(self.gateway.disconnect, 1001)
        self._closing.callback(self.rest.exchange.close)
        self._closing.push_async_callback(_stop_accepting, listener)
        host, port = listener.getsockname()
        secure = "s" if self._tls is not None else ""
        self.origin = f"http{secure}://{host}:{port}"
        self.world.cdn_url = f"{self.origin}/cdn"
        self.gateway.url = f"ws{secure}://{host}:{port}/gateway"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._closing.aclose()
        if not self.world.failures:
            return
        if error is None:
            raise ExceptionGroup("the stand-in failed", self.world.failures)
        error.add_note(f"The stand-in failed: {self.world.failures}")

    @property
    def api_url(self) -> str:
        return self.origin + API

    @property
    def clock(self) -> Clock:
        return self.world.clock

    @property
    def faults(self) -> Faults:
        return self.rest.exchange.faults

    @property
    def rate_limits(self) -> RateLimits:
        return self.rest.exchange.rate_limits

    @property
    def requests(self) -> list[RecordedRequest]:
        return self.rest.exchange.requests

    @property
    def unknown_requests(self) -> list[RecordedRequest]:
        """Those that no route of this stand-in matched."""
        return [request for request in self.requests if request.route is None]

    async def until(self, find: Callable[[], Found | None], patience: float = PATIENCE) -> Found:
        """Wait for something to become true anywhere: the first truthy answer of `find`. Raises `TimeoutError`."""
        return await self.world.changes.until(find, patience)

    # -------------------------------------------------------------------------------------------------- actors

    async def slash(self, actor: Member | User, channel: Channel, command: str, /, **options: Any) -> Interaction:
        """Use a slash command (`"imagine"`, or with subcommands `"quota set"`), as it was synced.

        Attachment options take a `File`, those for a user a `Member`, those with choices the value or the name that
        members see. Raises `Impossible` for what Discord's client would refuse to send, `NotConnected` where no bot
        listens.
        """
        data = command_data(actor, channel, command, options, world=self.world, focused=None)
        return await self._dispatch(COMMAND, actor, channel, data)

    async def message_command(self, actor: Member | User, message: Message, command: str) -> Interaction:
        """Right-click a message, Apps, and pick a command by its name."""
        data = message_command_data(actor, message, command, world=self.world)
        return await self._dispatch(COMMAND, actor, message.channel, data)

    async def autocomplete(
        self, actor: Member | User, channel: Channel, command: str, /, *, focused: str, **options: Any
    ) -> Interaction:
        """Type into the option `focused`; the answer's `choices` are what the bot proposes."""
        data = command_data(actor, channel, command, options, world=self.world, focused=focused)
        return await self._dispatch(AUTOCOMPLETE, actor, channel, data)

    async def click(self, actor: Member | User, message: Message, custom_id: str) -> Interaction:
        """Click a button."""
        return await self._use(actor, message, custom_id, None)

    async def select(self, actor: Member | User, message: Message, custom_id: str, *values: str) -> Interaction:
        return await self._use(actor, message, custom_id, list(values))

    async def submit_modal(self, opened_by: Interaction, **values: Any) -> Interaction:
        """Fill in the modal that answered an interaction, as its own actor, by the fields' `custom_id`."""
        data = modal_data(opened_by, values)
        return await self._dispatch(MODAL_SUBMIT, opened_by.actor, opened_by.channel, data, opened_by.source)

    def say(self, actor: Member | User, channel: Channel, content: str = "", *files: File, **fields: Any) -> Message:
        """Post a message as somebody else than the bot: a member, or another bot with `embeds` and `components`."""
        user = actor.user if isinstance(actor, Member) else actor
        return self.world.post(channel, {"content": content, **fields}, files, author=user)

    # ------------------------------------------------------------------------------------------ what befalls it

    async def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Nobody wrote into a thread for a while, or a moderator closed it."""
        thread.archived, thread.locked = True, locked
        assert thread.guild is not None
        await self.gateway.tell("THREAD_UPDATE", thread.payload(), thread.guild)

    async def delete_channel(self, channel: Channel) -> None:
        """A channel of a guild is deleted, with all its messages."""
        assert channel.guild is not None
        gone = {**channel.payload()}
        self.world.delete_channel(channel)
        await self.gateway.tell("CHANNEL_DELETE", gone, channel.guild)

    async def kick(self, guild: Guild) -> None:
        """The bot is thrown out of a guild. Tokens of interactions go on to serve; nothing else does."""
        guild.installed = False
        await self.gateway.tell("GUILD_DELETE", {"id": str(guild.id)}, guild)

    async def _use(
        self, actor: Member | User, message: Message, custom_id: str, values: list[str] | None
    ) -> Interaction:
        user = actor.user if isinstance(actor, Member) else actor
        data = component_data(user, message, custom_id, values)
        return await self._dispatch(COMPONENT, actor, message.channel, data, message)

    async def _dispatch(
        self, kind: int, actor: Member | User, channel: Channel, data: JSON, source: Message | None = None
    ) -> Interaction:
        interaction = Interaction(self.world, kind, actor, channel, data)
        interaction.source = source
        payload = interaction.payload()
        interaction.dispatched()
        guild = channel.guild if channel.guild is not None and channel.guild.installed else None
        await self.gateway.dispatch("INTERACTION_CREATE", payload, guild)
        return interaction


async def _stop_accepting(listener: socket.socket) -> None:
    """Let a connection that is just being accepted arrive, and no other: who is cut off may come back at once, and
    asyncio loses a transport that is made while its server closes."""
    asyncio.get_running_loop().remove_reader(listener)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
