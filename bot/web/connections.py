"""Connections to the port: how many there may be, and what becomes of what isn't HTTP."""

import asyncio
from collections import Counter
from http import HTTPStatus

import structlog
from aiohttp import web

from bot.web.clients import Clients, counted_as, peer_address
from bot.web.notices import Notices

_log = structlog.get_logger(__name__)

MOST_CONNECTIONS = 512
MOST_OF_ONE_ADDRESS = 32

IDLE_SECONDS = 75.0
"""How long a connection may take for the head of a request, or wait for its next: more than the minute after which
proxies commonly let theirs go, so that none sends a request into a connection that is being closed."""

LINGERING_SECONDS = 2.0
"""How long a body is still taken from the wire that was answered without it."""

HEADERS = {"Server": "Easel", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
"""Of every answer. aiohttp's own `Server` names versions."""


class Connections:
    """Makes the protocol of each connection, for `create_server`, and counts those that are open."""

    def __init__(self, server: web.Server, clients: Clients) -> None:
        self._server = server
        self._clients = clients
        self._open = Counter[str]()
        self.notices = Notices()

    def __call__(self) -> asyncio.Protocol:
        return _Connection(self._server, self)

    def admit(self, transport: asyncio.BaseTransport) -> str | None:
        """What an open connection is counted as; None where there is no room for it. The proxies' are counted in all
        alone."""
        peer = transport.get_extra_info("peername")
        address = peer_address(peer[0] if peer else None)
        counted = counted_as(address)
        full = self._open[counted] >= MOST_OF_ONE_ADDRESS and not self._clients.trusts(address)
        if full or self._open.total() >= MOST_CONNECTIONS:
            return None
        self._open[counted] += 1
        return counted

    def forget(self, counted: str) -> None:
        self._open[counted] -= 1
        if not self._open[counted]:
            del self._open[counted]


class _Connection(web.RequestHandler):
    """aiohttp's, but that nothing a stranger sends is logged with a traceback or repeated in an answer."""

    def __init__(self, server: web.Server, connections: Connections) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # pyright: ignore[reportArgumentType] # as aiohttp takes it for none
            keepalive_timeout=IDLE_SECONDS,
            lingering_time=LINGERING_SECONDS,
            auto_decompress=False,  # a body never unfolds into a larger one, and it is signed as it came
        )
        self._connections = connections
        self._counted: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._counted = self._connections.admit(transport)
        if self._counted is None:
            assert isinstance(transport, asyncio.Transport)  # noqa: S101 # which is what a socket has
            transport.abort()
        else:
            super().connection_made(transport)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._counted is not None:
            self._connections.forget(self._counted)
            super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what aiohttp itself stumbles over, before anything of Easel's has seen it: the sender is at fault."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer has begun")
        if self._connections.notices.due("odd"):
            _log.warning("a request that is no HTTP", error=type(exc).__name__)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            status = HTTPStatus.BAD_REQUEST
        answer = web.Response(status=status, text=HTTPStatus(status).phrase, headers=HEADERS)
        answer.force_close()
        return answer
