"""The listening socket: opened only where a port was asked for."""

from collections.abc import Iterable

from aiohttp import web

from bot.web.webhook import LARGEST_BODY


class WebServer:
    """Serves the given routes from `start` to `close`; port 0 takes a free one, which `port` then names."""

    def __init__(self, routes: Iterable[web.RouteDef], *, host: str, port: int) -> None:
        self._app = web.Application(client_max_size=LARGEST_BODY)
        self._app.add_routes(routes)
        self._runner = web.AppRunner(self._app, access_log=None)
        self._host = host
        self.port = port

    async def start(self) -> None:
        """Raises `OSError` where the port can't be had."""
        await self._runner.setup()
        site = web.TCPSite(self._runner, self._host, self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        await self._runner.cleanup()
