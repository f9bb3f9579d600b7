"""The listening socket: opened only where a port was asked for."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeAlias

import structlog
from aiohttp import web

from bot.web.clients import CLIENT, LOCAL, WELCOME, Clients, Network, counted_as
from bot.web.connections import HEADERS, Connections
from bot.web.limits import AddressLimit
from bot.web.notices import Notices
from bot.web.webhook import LARGEST_BODY

_log = structlog.get_logger(__name__)

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


class WebServer:
    """Serves the given routes from `start` to `close`; port 0 takes a free one, which `port` then names.

    Each address has its limit of connections and requests; beyond that of requests it is answered 429 with
    `Retry-After`, and `limited` is called. Behind a proxy in `trusted_proxies` the address is the one that it forwards
    for.
    """

    def __init__(
        self,
        routes: Iterable[web.RouteDef],
        *,
        host: str,
        port: int,
        trusted_proxies: Sequence[Network] = (),
        limit: AddressLimit | None = None,
        limited: Callable[[], None] = lambda: None,
    ) -> None:
        self._clients = Clients(trusted_proxies)
        self._limit = limit or AddressLimit()
        self._limited = limited
        self._notices = Notices()
        app = web.Application(client_max_size=LARGEST_BODY, middlewares=[self._answer])
        app.on_response_prepare.append(_with_headers)
        app.add_routes(routes)
        self._runner = web.AppRunner(app, access_log=None)
        self._host = host
        self._listening: asyncio.Server | None = None
        self.port = port

    async def start(self) -> None:
        """Raises `OSError` where the port can't be had."""
        connections = await self.connections()
        self._listening = await asyncio.get_running_loop().create_server(connections, self._host, self.port)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def connections(self) -> Connections:
        """What serves each connection, wherever it comes from."""
        await self._runner.setup()
        assert self._runner.server is not None  # noqa: S101 # there is one after `setup`
        return Connections(self._runner.server, self._clients)

    async def close(self) -> None:
        if self._listening is not None:
            self._listening.close()
        await self._runner.cleanup()

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        client = request[CLIENT] = counted_as(self._clients.of(request))
        request[LOCAL] = self._clients.is_local(request)
        wait = self._limit.take(client)
        if wait:
            self._limited()
            if self._notices.due("limited"):
                _log.warning("too many requests from one address", address=client)
            headers = {"Retry-After": str(math.ceil(wait))}
            return web.Response(status=429, headers=headers, text="Too Many Requests")
        try:
            answer = await handler(request)
        except web.HTTPException:
            raise
        except Exception:  # noqa: BLE001 # what comes of a fault of ours is one answer
            _log.exception("a request could not be answered")
            return web.Response(status=500)
        if WELCOME in request:
            self._limit.give_back(client)
        return answer


async def _with_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
