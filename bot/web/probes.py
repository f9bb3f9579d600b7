"""`/livez` and `/readyz`, for whatever looks after the process."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web

Check = Callable[[], Awaitable[str | None]]
"""Answers None where all is well, else why not, in a few words without secrets."""


CHECK_SECONDS = 5.0
"""How long a check may take: less than whoever asks is willing to wait."""


class Probes:
    def __init__(self, checks: Mapping[str, Check], *, within: float = CHECK_SECONDS) -> None:
        self._checks = checks
        self._within = within

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/livez", self.live), web.get("/readyz", self.ready)]

    async def live(self, _: web.Request) -> web.Response:
        """200 while the event loop turns."""
        return web.json_response({"live": True})

    async def ready(self, _: web.Request) -> web.Response:
        """200 where members can be served; else 503. Either way each check by name: "ok", or what is wrong."""
        found = await asyncio.gather(*(self._run(check) for check in self._checks.values()))
        findings = dict(zip(self._checks, found, strict=True))
        ready = all(finding is None for finding in findings.values())
        return web.json_response(
            {"ready": ready, "checks": {name: finding or "ok" for name, finding in findings.items()}},
            status=200 if ready else 503,
        )

    async def _run(self, check: Check) -> str | None:
        try:
            async with asyncio.timeout(self._within):
                return await check()
        except TimeoutError:
            return f"no answer within {self._within:g} s"
