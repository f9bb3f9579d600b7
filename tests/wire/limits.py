"""Discord's rate limits, which a test switches on: buckets for the routes, and one for all calls of the bot."""

import hashlib
import time
from dataclasses import dataclass, replace

from tests.wire.faults import RecordedRequest, Respond, Scope, limit_headers, rate_limited

MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")
"""Parameters that have a bucket for each of their values."""


@dataclass(slots=True)
class _Bucket:
    """A window of `seconds`, which begins with its first request and takes `size` of them."""

    size: int
    seconds: float
    used: int = 0
    resets_at: float = 0.0  # on the monotonic clock

    @property
    def reset_after(self) -> float:
        return max(self.resets_at - time.monotonic(), 0.0)

    def take(self) -> bool:
        """Whether one more fits in."""
        if self.reset_after == 0.0:
            self.used, self.resets_at = 0, time.monotonic() + self.seconds
        fits = self.used < self.size
        self.used += fits
        return fits


class RateLimits:
    """No limit at all until one is set. Their windows run in real time, in which a caller waits for them."""

    def __init__(self) -> None:
        self._of_routes: dict[tuple[str, str], _Bucket] = {}
        self._in_use: dict[tuple[str, ...], _Bucket] = {}
        self._of_all: _Bucket | None = None

    def limit(self, method: str, route: str, requests: int, seconds: float) -> None:
        """Let a route serve so many requests in a window, for each channel, guild or interaction by itself."""
        self._of_routes[method, route] = _Bucket(requests, seconds)

    def limit_all(self, requests: int, seconds: float) -> None:
        """The bot's limit over all routes but those of interactions, which are exempt; Discord has 50 in a second."""
        self._of_all = _Bucket(requests, seconds)

    def lift(self) -> None:
        """No limits any more."""
        self._of_routes, self._in_use, self._of_all = {}, {}, None

    def take(self, call: RecordedRequest) -> tuple[Respond | None, dict[str, str]]:
        """The 429 where the call is one too many, and the headers that tell of its bucket."""
        exempt = (call.route or "").startswith(("/interactions/", "/webhooks/"))
        if self._of_all is not None and not exempt and not self._of_all.take():
            return rate_limited(self._of_all.reset_after, scope=Scope.GLOBAL), {}
        model = self._of_routes.get((call.method, call.route or ""))
        if model is None:
            return None, {}
        major = [call.params[name] for name in MAJOR if name in call.params]
        bucket = self._in_use.setdefault((call.method, call.route or "", *major), replace(model))
        fits = bucket.take()
        name = hashlib.md5(f"{call.method} {call.route}".encode()).hexdigest()
        if not fits:
            return rate_limited(bucket.reset_after, limit=bucket.size, bucket=name), {}
        return None, limit_headers(bucket.size, bucket.size - bucket.used, bucket.reset_after, name)
