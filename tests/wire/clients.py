"""Two ways to speak to the stand-in: discord.py as it is, and bare HTTP and websocket calls."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any, Self

import aiohttp
import discord
import yarl
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route as HttpRoute

from tests.wire.discord_server import DiscordServer
from tests.wire.rules import JSON

_log = logging.getLogger(__name__)

PNG = b"\x89PNG\r\n\x1a\n"

Imagine = Callable[[discord.Interaction, "Options"], Awaitable[None]]
Run = Callable[..., AbstractAsyncContextManager["SketchClient"]]


class Options:
    """What `/imagine` was given."""

    def __init__(self, **values: Any) -> None:
        self.prompt: str = values["prompt"]
        self.quality: str = values["quality"]
        self.count: int = values["count"]
        self.image: discord.Attachment | None = values["image"]
        self.private: bool = values["private"]


class SketchClient(discord.Client):
    """A bot with one command, which does what a test says."""

    def __init__(self, imagine: Imagine, *, intents: discord.Intents | None = None, **options: Any) -> None:
        super().__init__(
            intents=intents or discord.Intents.none(),
            connector=aiohttp.TCPConnector(limit=50),
            allowed_mentions=discord.AllowedMentions.none(),
            guild_ready_timeout=0,
            **options,
        )
        self.tree = app_commands.CommandTree(self)
        self.errors: list[Exception] = []

        @self.tree.command(name="imagine", description="Make pictures")
        @app_commands.describe(prompt="what to see", quality="how good")
        @app_commands.choices(
            quality=[app_commands.Choice(name="High: fine", value="high"), app_commands.Choice(name="Low", value="low")]
        )
        async def imagine_command(  # pyright: ignore[reportUnusedFunction] - the decorator keeps it
            interaction: discord.Interaction,
            *,
            prompt: app_commands.Range[str, 1, 6000],
            quality: str = "low",
            count: app_commands.Range[int, 1, 10] = 1,
            image: discord.Attachment | None = None,
            private: bool = False,
        ) -> None:
            options = Options(prompt=prompt, quality=quality, count=count, image=image, private=private)
            await imagine(interaction, options)

        @self.tree.error
        async def keep(  # pyright: ignore[reportUnusedFunction] - the decorator keeps it
            _: discord.Interaction, error: app_commands.AppCommandError
        ) -> None:
            _log.error("the command failed", exc_info=error)
            self.errors.append(error.original if isinstance(error, app_commands.CommandInvokeError) else error)

    async def setup_hook(self) -> None:
        await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Spare the tests the 5 s that discord.py lets pass between two IDENTIFYs."""


class Card(ui.LayoutView):
    def __init__(self, text: str, *pictures: str, button: ui.Item[Any] | None = None) -> None:
        super().__init__(timeout=None)
        box: ui.Container[Any] = ui.Container(ui.TextDisplay(text))
        if pictures:
            box.add_item(ui.MediaGallery(*(discord.MediaGalleryItem(f"attachment://{name}") for name in pictures)))
        if button is not None:
            box.add_item(ui.ActionRow(button))
        self.add_item(box)


async def answer_with_card(interaction: discord.Interaction, options: Options) -> None:
    await interaction.response.send_message(view=Card(f"**{options.prompt}**"), ephemeral=options.private)


def original(client: discord.Client, interaction: discord.Interaction) -> discord.Webhook:
    """The interaction's webhook, as another process would reach it."""
    return discord.Webhook.partial(interaction.application_id, interaction.token, client=client)


def uploads(*names: str, data: bytes = PNG) -> list[discord.File]:
    return [discord.File(io.BytesIO(data + name.encode()), name) for name in names]


@asynccontextmanager
async def running(server: DiscordServer, client: discord.Client, *, token: str = "") -> AsyncGenerator[None]:
    """discord.py, started against the stand-in, connected, and closed after."""
    base, gateway = HttpRoute.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    HttpRoute.BASE = server.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway.url)
    started = asyncio.create_task(client.start(token or server.token))
    ready = asyncio.create_task(server.gateway.ready())
    try:
        await asyncio.wait([started, ready], return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            await started
        yield
    finally:
        ready.cancel()
        with suppress(asyncio.CancelledError):
            await ready
        await client.close()
        with suppress(Exception):  # a failed start has been raised above
            await started
        HttpRoute.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


class Api:
    """Bare calls. An answer is its status and its JSON."""

    def __init__(self, server: DiscordServer) -> None:
        self.server = server
        self._session = aiohttp.ClientSession()
        self._socket: aiohttp.ClientWebSocketResponse | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def __call__(
        self, method: str, path: str, payload: Any = None, *, files: dict[str, bytes] | None = None, token: str = ""
    ) -> tuple[int, Any]:
        headers = {"Authorization": f"Bot {token or self.server.token}"}
        body: dict[str, Any] = {"json": payload} if payload is not None else {}
        if files is not None:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("payload_json", json.dumps(payload or {}))
            for index, (name, data) in enumerate(files.items()):
                form.add_field(
                    f"files[{index}]", io.BytesIO(data), filename=name, content_type="application/octet-stream"
                )
            body = {"data": form}
        url = yarl.URL(self.server.api_url + path)
        async with self._session.request(method, url, headers=headers, **body) as response:
            text = await response.text()
            return response.status, json.loads(text) if text else None

    async def refusal(self, *call: Any, **options: Any) -> tuple[int, int]:
        """Status and error code of a call that is refused."""
        status, answer = await self(*call, **options)
        assert status >= 400, answer
        return status, answer["code"]

    async def read(self, url: str) -> tuple[int, bytes]:
        async with self._session.get(url, allow_redirects=False) as response:
            return response.status, await response.read()

    async def websocket(self, **query: str) -> aiohttp.ClientWebSocketResponse:
        url = yarl.URL(self.server.gateway.url).with_query(v="10", encoding="json", **query)
        return await self._session.ws_connect(url)

    async def listen(self, intents: int = 1, token: str = "") -> None:
        """Hold a session of the gateway open, without looking at its events."""
        self._socket = await self.websocket()
        identify: JSON = {"token": token or self.server.token, "intents": intents, "properties": {}}
        await self._socket.send_json({"op": 2, "d": identify})
        await self.server.gateway.ready()

    async def sync(self, *commands: JSON) -> None:
        status, answer = await self("PUT", f"/applications/{self.server.world.application_id}/commands", list(commands))
        assert status == 200, answer
