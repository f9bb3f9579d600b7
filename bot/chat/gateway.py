"""When a session of Discord's gateway may be started, so that no crash loop uses up the day's IDENTIFYs.

Discord allows an application about 1,000 of them a day, and resets its token beyond that
(https://docs.discord.com/developers/events/gateway#session-start-limit-object).
"""

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.incident import Incident, IncidentKind
from bot.service.ports import Clock, Store

if TYPE_CHECKING:
    from discord.types.gateway import SessionStartLimit as LimitPayload

_log = structlog.get_logger(__name__)

_STARTS = "session_starts"

DAY = timedelta(days=1)
WINDOW = timedelta(hours=1)
"""How far back starts count. Whoever was quiet for so long starts at once again."""

FREE_STARTS = 5
"""In one window. From here on each start makes the next one's wait longer."""

FIRST_SPACING = timedelta(seconds=5)

STORM_SHARE = 0.3
"""Of a day's starts: the most that a storm which goes on for ever takes."""

LOW_SHARE = 0.25
"""Of a day's starts: where fewer are left, they are spread over the time that they have to last for."""

CONCURRENCY_PERIOD = timedelta(seconds=5)

UNKEPT_SECONDS = 120.0
"""How long a start waits that can't be kept: even if none can, a day has fewer than Discord allows."""


@dataclass(frozen=True, slots=True)
class SessionStartLimit:
    """Discord's object of that name."""

    total: int = 1000
    remaining: int = 1000
    reset_after: timedelta = DAY
    max_concurrency: int = 1  # starts in five seconds

    @classmethod
    def of(cls, payload: "LimitPayload") -> "SessionStartLimit":
        return cls(
            payload["total"],
            payload["remaining"],
            timedelta(milliseconds=payload["reset_after"]),
            max(payload["max_concurrency"], 1),
        )


@dataclass(frozen=True, slots=True)
class Pause:
    """For how long no session may be started, and why."""

    length: timedelta
    reason: str


def pause_before_start(starts: Sequence[datetime], limit: SessionStartLimit, now: datetime) -> Pause | None:
    """The pause that is due, None where there is none. `starts` are those within `WINDOW` before now, oldest first."""
    due = max(_concurrency(starts, limit, now), _storm(starts, limit, now), _low(starts, limit, now), key=_length)
    return due if due.length > timedelta() else None


def _length(pause: Pause) -> timedelta:
    return pause.length


def _concurrency(starts: Sequence[datetime], limit: SessionStartLimit, now: datetime) -> Pause:
    reason = f"Discord takes {limit.max_concurrency} at once"
    if len(starts) < limit.max_concurrency:
        return Pause(timedelta(), reason)
    return Pause(starts[-limit.max_concurrency] + CONCURRENCY_PERIOD - now, reason)


def _storm(starts: Sequence[datetime], limit: SessionStartLimit, now: datetime) -> Pause:
    reason = f"there were {len(starts)} within the last hour"
    if len(starts) < FREE_STARTS:
        return Pause(timedelta(), reason)
    longest = DAY / (STORM_SHARE * max(limit.total, 1))
    growing = FIRST_SPACING * 2 ** min(len(starts) - FREE_STARTS, 16)
    return Pause(starts[-1] + min(growing, longest) - now, reason)


def _low(starts: Sequence[datetime], limit: SessionStartLimit, now: datetime) -> Pause:
    reason = f"Discord has {limit.remaining} of {limit.total} left for the next {ceil(limit.reset_after / WINDOW)} h"
    if limit.remaining >= LOW_SHARE * limit.total:
        return Pause(timedelta(), reason)
    if limit.remaining <= 0:
        return Pause(limit.reset_after, reason)
    # Where no start is known they may have been forgotten, with the disk of a container for example.
    return Pause((starts[-1] if starts else now) + limit.reset_after / limit.remaining - now, reason)


class SessionStarts:
    """The deployment's recent starts, kept in its database, and a turn for the next one.

    Processes that start at the same moment may each overlook the other's; Discord's own count has them all.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._own: list[datetime] = []
        self._told: tuple[SessionStartLimit, datetime] | None = None
        self.waiting: str | None = None
        """Until when it waits, and why, for the operator; None where it doesn't."""

    async def turn(self, ask: Callable[[], Awaitable[SessionStartLimit]]) -> None:
        """Return once a session may be started; it counts from then on. `ask` is for Discord's limit as it stands."""
        while True:
            limit = await ask()
            now = self._clock.now()
            self._told = limit, now
            starts = await self._recent(now)
            pause = pause_before_start(starts, limit, now)
            if pause is None:
                break
            await self._wait(pause.length.total_seconds(), pause.reason)
        self._own = [*starts, now]
        try:
            await self._store.remember(_STARTS, json.dumps([each.timestamp() for each in self._own]))
        except StoreUnavailable:
            await self._wait(UNKEPT_SECONDS, "the database can't keep count of them")

    def incident(self) -> Incident | None:
        """That few starts are left, until Discord counts anew; as far as this process was told, which asks before each
        start of its own."""
        if self._told is None:
            return None
        limit, at = self._told
        ends = at + limit.reset_after
        if limit.remaining >= LOW_SHARE * limit.total or ends <= self._clock.now():
            return None
        return Incident(
            IncidentKind.SESSION_STARTS,
            f"Discord takes {limit.remaining} more of {limit.total} starts of a session until {ends:%Y-%m-%d %H:%M} "
            "UTC, and resets the token of a bot that takes more, so each waits for its turn now. Find out in the log "
            "why processes start or lose their connection so often.",
        )

    async def _recent(self, now: datetime) -> list[datetime]:
        """Those in the window. A time to come, kept before the clock was set back, tells nothing."""
        return sorted(each for each in {*self._own, *await self._kept()} if now - WINDOW < each <= now)

    async def _kept(self) -> list[datetime]:
        try:
            kept = await self._store.recall(_STARTS)
        except StoreUnavailable:
            return []
        return [datetime.fromtimestamp(each, UTC) for each in json.loads(kept)] if kept else []

    async def _wait(self, seconds: float, reason: str) -> None:
        tell = _log.info if seconds <= CONCURRENCY_PERIOD.total_seconds() else _log.warning
        tell(
            "waiting before the next session with Discord, lest starting again and again use up the day's",
            seconds=round(seconds, 1),
            reason=reason,
        )
        until = self._clock.now() + timedelta(seconds=seconds)
        self.waiting = f"the next session waits until {until:%Y-%m-%d %H:%M:%S} UTC, since {reason}"
        try:
            await self._clock.sleep(seconds)
        finally:
            self.waiting = None
