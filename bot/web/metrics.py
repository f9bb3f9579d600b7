"""`GET /metrics`, at a port of its own: the public one is no place for it."""

from collections.abc import Awaitable, Callable

from aiohttp import web

Expose = Callable[[str], Awaitable[tuple[bytes, str]]]
"""The metrics in the format that an `Accept` header asks for, and its `Content-Type`."""


class MetricsEndpoint:
    def __init__(self, expose: Expose) -> None:
        self._expose = expose

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/metrics", self.metrics)]

    async def metrics(self, request: web.Request) -> web.Response:
        """200 with all metrics."""
        body, content_type = await self._expose(request.headers.get("Accept", ""))
        return web.Response(body=body, headers={"Content-Type": content_type})
