"""The room's page: SimCord's preview, made to follow by itself and to lose no command.

SimCord 3.2.1 runs one operation at a time and refuses a second: a person's click, a step of its clock and a refresh of
the page turn each other away, and a click made on a page that was refreshed meanwhile is refused as stale. Here they
take turns instead. Its public interface has no place for that, hence the exact pin of its version in pyproject.toml.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from simcord.env import Env
from simcord.preview import Preview

_log = structlog.get_logger(__name__)

TICK_SECONDS = 0.25


class LivePage:
    """Wraps an entered preview. `turn` is held by whoever operates on the simulated Discord."""

    def __init__(self, env: Env, preview: Preview) -> None:
        self._env = env
        self._preview = preview
        self._seen = -1
        self._shown_at = 0.0
        self.turn = asyncio.Lock()
        self._act = preview._action  # pyright: ignore[reportPrivateUsage] # noqa: SLF001
        preview._action = self._take_turn  # pyright: ignore[reportPrivateUsage] # noqa: SLF001

    async def run(self) -> None:
        """Keep the simulated clock with the real one, and the page with the room, until canceled."""
        while True:
            await asyncio.sleep(TICK_SECONDS)
            async with self.turn:
                try:
                    await self._tick()
                except Exception:  # noqa: BLE001 # the simulation's trouble is shown, and the room stays open
                    _log.exception("the room missed a tick")

    async def _tick(self) -> None:
        behind = (datetime.now(UTC) - self._env.now()).total_seconds()
        if behind > 0:
            await self._env.advance_time(behind)
        calls = len(self._env.backend.http_requests)
        now = asyncio.get_running_loop().time()
        # A countdown is drawn as the page is published, so it is published anew each second while one may be shown.
        if calls != self._seen or now - self._shown_at >= 1.0:
            await self._preview.refresh()
            self._seen, self._shown_at = calls, now

    async def _take_turn(self, context_id: str | None, body: Mapping[str, Any]) -> dict[str, Any]:
        async with self.turn:
            page = self._preview._get_page(context_id)  # pyright: ignore[reportPrivateUsage] # noqa: SLF001
            # Only our own refreshes come between what the person saw and this action; its target is checked anyway.
            if isinstance(body, dict) and "published_revision" in body:
                body = {**body, "published_revision": page.revision}
            return await self._act(context_id, body)
