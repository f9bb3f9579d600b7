"""What discord.py's own calls tell: their statuses, rate limits, and how soon interactions are answered."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Any

from bot.service.ports import Meter

if TYPE_CHECKING:
    import aiohttp

_CALLBACK = re.compile(r"/interactions/\d+/[^/]+/callback$")

_TYPES = {2: "application_command", 3: "message_component", 4: "autocomplete", 5: "modal_submit"}
"""Of interactions (https://docs.discord.com/developers/interactions/receiving-and-responding)."""

_heard: ContextVar[tuple[str, float] | None] = ContextVar("heard", default=None)


@contextmanager
def hearing(interaction_type: int) -> Generator[None]:
    """Whatever task is made in the block answers an interaction of this type, which has come just now."""
    token = _heard.set((_TYPES.get(interaction_type, "other"), perf_counter()))
    try:
        yield
    finally:
        _heard.reset(token)


class Traffic:
    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    async def note(self, _session: Any, _context: Any, answered: "aiohttp.TraceRequestEndParams") -> None:
        """Count an answer, as one of aiohttp's hooks."""
        status, headers = answered.response.status, answered.response.headers
        self._meter.responded("discord", status)
        if status == 429:
            self._meter.rate_limited(_scope(headers), _retry_after(headers))
        if status < 300 and (heard := _heard.get()) and _CALLBACK.search(answered.url.path):
            kind, since = heard
            self._meter.answered(kind, perf_counter() - since)


def _scope(headers: Mapping[str, str]) -> str:
    # A proxy's 429 has no scope, and stands in the way of everything.
    return headers.get("X-RateLimit-Scope") or ("user" if "X-RateLimit-Bucket" in headers else "global")


def _retry_after(headers: Mapping[str, str]) -> float:
    try:
        return float(headers.get("Retry-After", 0))
    except ValueError:
        return 0.0
