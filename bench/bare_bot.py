"""The floor: discord.py and aiohttp alone doing what Easel does for a prompt, with nothing kept, counted or checked.

    python -m bench.bare_bot run

Takes Easel's own settings from the environment, and tells of itself on standard error as Easel does. What it can't do
is what Easel exists for: a crash loses its runs, nobody is charged, and whoever asks gets.
"""

import asyncio
import io
import json
import os
import signal
import sys
from typing import Any

import aiohttp
import discord
import yarl
from aiohttp import web
from discord import app_commands, ui
from discord.gateway import DiscordWebSocket
from discord.http import Route

CONNECTIONS = 50  # with no bound, a burst opens a TLS connection for each answer
MODEL = "openai/gpt-image-2"


def _tell(event: str, **fields: Any) -> None:
    sys.stderr.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stderr.flush()


class BareBot(discord.Client):
    """Answers `/imagine` with a card, starts a run, and edits its pictures in when Replicate tells of its end.

    With the variable BARE_ANSWERS_ONLY it only answers.
    """

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents.none(), connector=aiohttp.TCPConnector(limit=CONNECTIONS))
        self.tree = app_commands.CommandTree(self)
        self.webhook_url = f"{os.environ['PUBLIC_URL']}/webhooks/replicate"
        self.replicate_url = os.environ["REPLICATE_API_URL"]
        self.waiting: dict[str, discord.InteractionMessage] = {}
        self.ended: dict[str, list[str]] = {}  # before the create's answer was there
        self.answers_only = os.environ.get("BARE_ANSWERS_ONLY") == "true"

        @self.tree.command(name="imagine", description="Make pictures")
        async def imagine(  # pyright: ignore[reportUnusedFunction] - the decorator keeps it
            interaction: discord.Interaction[Any], prompt: str, count: app_commands.Range[int, 1, 10] = 1
        ) -> None:
            answer = await interaction.response.send_message(view=_card(prompt))
            if not self.answers_only and isinstance(answer.resource, discord.InteractionMessage):
                await self._create(prompt, count, answer.resource)

    async def setup_hook(self) -> None:
        self.session = aiohttp.ClientSession(
            headers={"Authorization": f"Bearer {os.environ['REPLICATE_API_TOKEN']}"},
            connector=aiohttp.TCPConnector(limit=CONNECTIONS),
        )
        await self.tree.sync()
        application = web.Application(client_max_size=1 << 20)
        application.router.add_post("/webhooks/replicate", self._hear)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        _tell("listening", port=runner.addresses[0][1])

    async def close(self) -> None:
        await self.session.close()
        await super().close()

    async def _create(self, prompt: str, count: int, message: discord.InteractionMessage) -> None:
        body = {
            "input": {"prompt": prompt, "number_of_images": count, "output_format": "png"},
            "webhook": self.webhook_url,
            "webhook_events_filter": ["completed"],
        }
        async with self.session.post(f"{self.replicate_url}/models/{MODEL}/predictions", json=body) as answer:
            run_id = (await answer.json())["id"]
        if run_id in self.ended:
            await self._deliver(message, self.ended.pop(run_id))
        else:
            self.waiting[run_id] = message

    async def _hear(self, request: web.Request) -> web.Response:
        run = await request.json()
        message = self.waiting.pop(run["id"], None)
        if message is None:
            self.ended[run["id"]] = run["output"]
        else:
            task = asyncio.create_task(self._deliver(message, run["output"]))
            task.add_done_callback(lambda done: done.result())
        return web.Response()

    async def _deliver(self, message: discord.InteractionMessage, urls: list[str]) -> None:
        files: list[discord.File] = []
        for number, url in enumerate(urls):
            async with self.session.get(url) as answer:
                files.append(discord.File(io.BytesIO(await answer.read()), f"picture-{number}.png"))
        view = ui.LayoutView(timeout=None)
        view.add_item(ui.MediaGallery(*(discord.MediaGalleryItem(each) for each in files)))
        await message.edit(view=view, attachments=files)


def _card(prompt: str) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    view.add_item(ui.Container(ui.TextDisplay(discord.utils.escape_markdown(prompt))))
    return view


async def main() -> None:
    api = os.environ["DISCORD_API_URL"]
    Route.BASE = api
    async with BareBot() as bot:
        async with aiohttp.ClientSession() as session:
            headers = {"Authorization": f"Bot {os.environ['DISCORD_TOKEN']}"}
            async with session.get(f"{api}/gateway/bot", headers=headers) as answer:
                DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL((await answer.json())["url"])
        running = asyncio.create_task(bot.start(os.environ["DISCORD_TOKEN"]))
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, running.cancel)
        await asyncio.gather(running, return_exceptions=True)


if __name__ == "__main__":
    asyncio.run(main())
