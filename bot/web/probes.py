"""`/livez` and `/readyz`, for whatever looks after the process."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.web.clients import LOCAL

Check = Callable[[], Awaitable[str | None]]
"""Answers None where all is well, else why not, in a few words without secrets."""


CHECK_SECONDS = 5.0
"""How long a check may take: less than whoever asks is willing to wait."""


KEPT_SECONDS = 1.0
"""How long what was found is told to others than this machine: the checks write, and anybody can ask."""


class Probes:
    """`now` counts seconds."""

    def __init__(
        self,
        checks: Mapping[str, Check],
        *,
        within: float = CHECK_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._checks = checks
        self._within = within
        self._now = now
        self._checking = asyncio.Lock()
        self._findings: dict[str, str | None] = {}
        self._found_at = -math.inf

    def routes(self) -> list[web.RouteDef]:
        return [web.get("/livez", self.live), web.get("/readyz", self.ready)]

    async def live(self, _: web.Request) -> web.Response:
        """200 while the event loop turns."""
        return web.json_response({"live": True})

    async def ready(self, request: web.Request) -> web.Response:
        """200 where members can be served; else 503. Who asks on this machine itself learns of each check, by name:
        "ok", or what is wrong. It is nobody else's business."""
        local = request.get(LOCAL, False)
        findings = await self._found(KEPT_SECONDS if not local else 0.0)
        ready = all(finding is None for finding in findings.values())
        said: dict[str, Any] = {"ready": ready}
        if local:
            said["checks"] = {name: finding or "ok" for name, finding in findings.items()}
        return web.json_response(said, status=200 if ready else 503)

    async def _found(self, kept: float) -> Mapping[str, str | None]:
        """What was found no more than `kept` seconds ago."""
        async with self._checking:
            if self._now() - self._found_at >= kept:
                found = await asyncio.gather(*(self._run(check) for check in self._checks.values()))
                self._findings = dict(zip(self._checks, found, strict=True))
                self._found_at = self._now()
            return self._findings

    async def _run(self, check: Check) -> str | None:
        try:
            async with asyncio.timeout(self._within):
                return await check()
        except TimeoutError:
            return f"no answer within {self._within:g} s"
