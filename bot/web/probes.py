"""`/livez` and `/readyz`, for whatever looks after the process."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

Check = Callable[[], Awaitable[str | None]]
"""Answers None where all is well, else why not, in a few words without secrets."""


class Probes:
    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/livez", self.live), web.get("/readyz", self.ready)]

    async def live(self, _: web.Request) -> web.Response:
        """200 while the event loop turns."""
        return web.json_response({"live": True})

    async def ready(self, _: web.Request) -> web.Response:
        """200 where members can be served; else 503. Either way each check by name: "ok", or what is wrong."""
        findings = {name: await check() for name, check in self._checks.items()}
        ready = all(finding is None for finding in findings.values())
        return web.json_response(
            {"ready": ready, "checks": {name: finding or "ok" for name, finding in findings.items()}},
            status=200 if ready else 503,
        )
