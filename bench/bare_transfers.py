"""The floor of a delivery: aiohttp alone, which downloads a picture and uploads it into a message.

    python -m bench.bare_transfers run

Takes Discord's address and token from the environment, and tells its port on standard error as Easel does. There it is
told what to do, each time by a POST with the JSON object `{"fetch": URL of a picture, "message": path of a message}`.
"""

import asyncio
import json
import os
import signal
import sys

import aiohttp
from aiohttp import web

from bench.bare_bot import CONNECTIONS

_GALLERY = {
    "components": [{"type": 12, "items": [{"media": {"url": "attachment://picture.png"}}]}],
    "attachments": [{"id": 0, "filename": "picture.png"}],
}
"""A message's edit that shows its one file: https://docs.discord.com/developers/components/reference#media-gallery"""


class BareTransfers:
    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._api = os.environ["DISCORD_API_URL"]
        self._headers = {"Authorization": f"Bot {os.environ['DISCORD_TOKEN']}"}

    async def hear(self, request: web.Request) -> web.Response:
        told = await request.json()
        task = asyncio.create_task(self._transfer(told["fetch"], told["message"]))
        task.add_done_callback(lambda done: done.result())
        return web.Response()

    async def _transfer(self, picture: str, message: str) -> None:
        async with self._session.get(picture) as answer:
            data = await answer.read()
        form = aiohttp.FormData(default_to_multipart=True)
        form.add_field("payload_json", json.dumps(_GALLERY), content_type="application/json")
        form.add_field("files[0]", data, filename="picture.png", content_type="image/png")
        async with self._session.patch(self._api + message, data=form, headers=self._headers) as answer:
            answer.raise_for_status()
            await answer.read()


async def main() -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        application = web.Application()
        application.router.add_post("/", BareTransfers(session).hear)
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stderr.write(json.dumps({"event": "listening", "port": runner.addresses[0][1]}) + "\n")
        sys.stderr.flush()
        await stopped.wait()
        await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
