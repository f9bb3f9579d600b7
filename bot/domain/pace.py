"""How fast creates may follow each other on one account: a token bucket, which learns from being refused."""

import math
from dataclasses import dataclass, replace
from datetime import datetime

BURST_SECONDS = 6.0
"""How much of a minute's creates may go at once. The rest of the minute refills the bucket to a tenth less than the
limit, so that no minute sees more creates than the limit allows."""

FORGET_SECONDS = 600.0
"""A limit that was learned from a refusal doubles this often, until it is the configured one again: credit was topped
up, or the trouble is over."""

CROWD_SECONDS = 30.0
"""Refusals so close to each other are of creates that set out together."""

SLOWEST_PER_MINUTE = 6.0
"""Replicate's limit for accounts with little credit (docs: rate limits), one create at a time."""


@dataclass(frozen=True, slots=True)
class Pace:
    """An account's bucket as it was at `counted_at`. `tokens` may be fractions; a create takes a whole one."""

    tokens: float
    counted_at: datetime
    learned_per_minute: float | None = None
    learned_at: datetime | None = None

    @staticmethod
    def full(per_minute: float, now: datetime) -> "Pace":
        return Pace(_burst(per_minute), now)

    def per_minute(self, limit: float, now: datetime) -> float:
        """The limit in force now, given the configured one."""
        if self.learned_per_minute is None or self.learned_at is None:
            return limit
        doublings = max((now - self.learned_at).total_seconds(), 0.0) // FORGET_SECONDS
        return min(limit, self.learned_per_minute * 2.0 ** min(doublings, 64))

    def at(self, now: datetime, limit: float) -> "Pace":
        """The bucket as it is now. A clock that stands behind another process's adds nothing."""
        per_minute = self.per_minute(limit, now)
        burst = _burst(per_minute)
        gained = max((now - self.counted_at).total_seconds(), 0.0) * per_minute / 60 * (1 - BURST_SECONDS / 60)
        return replace(self, tokens=min(self.tokens + gained, burst), counted_at=max(now, self.counted_at))

    def taken(self, creates: int) -> "Pace":
        return replace(self, tokens=self.tokens - creates)

    def wait(self, limit: float) -> float:
        """Seconds until there is a whole token, in whole milliseconds: what is left over by rounding is waited for,
        too, and not for ever."""
        per_second = self.per_minute(limit, self.counted_at) / 60 * (1 - BURST_SECONDS / 60)
        return math.ceil(max(1 - self.tokens, 0.0) / per_second * 1000) / 1000

    def refused(self, now: datetime, limit: float, told: float | None) -> "Pace":
        """After a 429, which `told` the limit a minute, or didn't: then half of what was thought to be allowed, once
        for a crowd that is refused together."""
        emptied = replace(self, tokens=0.0, counted_at=max(now, self.counted_at))
        if told is None and self.learned_at is not None and (now - self.learned_at).total_seconds() < CROWD_SECONDS:
            return emptied
        learned = told or max(self.per_minute(limit, now) / 2, SLOWEST_PER_MINUTE)
        return replace(emptied, learned_per_minute=min(learned, limit), learned_at=now)


def _burst(per_minute: float) -> float:
    return max(per_minute * BURST_SECONDS / 60, 1.0)
