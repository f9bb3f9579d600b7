"""When a session of Discord's gateway may be started, so that no crash loop uses up the day's IDENTIFYs.

Discord allows an application about 1,000 of them a day, and resets its token beyond that
(https://docs.discord.com/developers/events/gateway#session-start-limit-object). Each shard's session takes one; of the
shards that share a remainder by `max_concurrency`, one starts in five seconds.
"""

import asyncio
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

_STARTS = "shard_starts"

DAY = timedelta(days=1)
WINDOW = timedelta(hours=1)
"""How far back starts count where there is one shard; with more of them longer, since each has fewer of the day's.
A shard that was quiet for so long starts at once again."""

FREE_STARTS = 5
"""Of a shard in one window. From here on each start makes the next one's wait longer."""

FREE_SHARE = 0.1
"""Of a day's starts: what the free ones of all shards may take together, where each has at least one."""

FIRST_SPACING = timedelta(seconds=5)
"""Where there is one shard; with more of them the same for each of them in turn."""

STORM_SHARE = 0.3
"""Of a day's starts: the most that a storm which goes on for ever takes."""

LOW_SHARE = 0.25
"""Of a day's starts: where fewer are left, they are spread over the time that they have to last for."""

CONCURRENCY_PERIOD = timedelta(seconds=5)

CLOCK_SKEW = timedelta(seconds=30)
"""How far ahead another process's clock may be. What was kept for a later time tells of a clock that was set back."""

UNKEPT_SECONDS = 120.0
"""How long a start waits that can't be kept: even if none can, a day has fewer than Discord allows."""


@dataclass(frozen=True, slots=True)
class SessionStartLimit:
    """Discord's object of that name."""

    total: int = 1000
    remaining: int = 1000
    reset_after: timedelta = DAY
    max_concurrency: int = 1  # starts in five seconds, each of a shard with another remainder by this number

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


@dataclass(frozen=True, slots=True, order=True)
class Start:
    """A session's."""

    at: datetime
    shard: int = 0


def window_of(shards: int) -> timedelta:
    """How far back starts count, where there are so many shards."""
    return min(WINDOW * shards, DAY)


def pause_before_start(
    shard: int, starts: Sequence[Start], limit: SessionStartLimit, now: datetime, *, shards: int = 1
) -> Pause | None:
    """The pause that is due before a shard's session, one of so many `shards`; None where there is none. `starts` are
    those of all of them within `window_of` before now, oldest first."""
    due = max(
        _concurrency(shard, starts, limit, now, shards),
        _storm([each.at for each in starts if each.shard == shard], limit, now, shards),
        _low(starts, limit, now),
        key=_length,
    )
    return due if due.length > timedelta() else None


def _length(pause: Pause) -> timedelta:
    return pause.length


def _concurrency(shard: int, starts: Sequence[Start], limit: SessionStartLimit, now: datetime, shards: int) -> Pause:
    reason = f"Discord takes {limit.max_concurrency} at once"
    # One for each remainder; of more remainders than there are shards, some would be nobody's.
    keys = min(limit.max_concurrency, shards)
    same = [each.at for each in starts if each.shard % keys == shard % keys]
    each_key = limit.max_concurrency // keys
    return Pause(same[-each_key] + CONCURRENCY_PERIOD - now if len(same) >= each_key else timedelta(), reason)


def _storm(starts: Sequence[datetime], limit: SessionStartLimit, now: datetime, shards: int) -> Pause:
    hours = ceil(window_of(shards) / WINDOW)
    reason = f"there were {len(starts)} within the last {'hour' if hours == 1 else f'{hours} hours'}"
    free = min(FREE_STARTS, max(int(FREE_SHARE * limit.total / shards), 1))
    if len(starts) < free:
        return Pause(timedelta(), reason)
    longest = min(DAY * shards / (STORM_SHARE * max(limit.total, 1)), DAY)
    growing = FIRST_SPACING * shards * 2 ** min(len(starts) - free, 16)
    return Pause(starts[-1] + min(growing, longest) - now, reason)


def _low(starts: Sequence[Start], limit: SessionStartLimit, now: datetime) -> Pause:
    reason = f"Discord has {limit.remaining} of {limit.total} left for the next {ceil(limit.reset_after / WINDOW)} h"
    if limit.remaining >= LOW_SHARE * limit.total:
        return Pause(timedelta(), reason)
    if limit.remaining <= 0:
        return Pause(limit.reset_after, reason)
    # Where no start is known they may have been forgotten, with the disk of a container for example.
    return Pause((starts[-1].at if starts else now) + limit.reset_after / limit.remaining - now, reason)


class SessionStarts:
    """The deployment's recent starts, kept in its database, and a turn for the next one of this process: for its shards
    one after the other. Of processes that start at the same moment, each sees the others'.

    `shards` is how many the deployment has.
    """

    def __init__(self, store: Store, clock: Clock, *, shards: int) -> None:
        self._store = store
        self._clock = clock
        self._shards = shards
        self._own: list[Start] = []
        self._told: tuple[SessionStartLimit, datetime] | None = None
        self._turn = asyncio.Lock()
        self.waiting: dict[int, str] = {}
        """Until when each shard waits that does, and why, for the operator."""

    async def turn(self, shard: int, ask: Callable[[], Awaitable[SessionStartLimit]]) -> None:
        """Return once the shard's session may be started; it counts from then on. `ask` is for Discord's limit as it
        stands."""
        while True:
            async with self._turn:
                # Where it is a matter of seconds, the shards behind this one would have to wait as well.
                while (pause := await self._try(shard, await ask())) and pause.length <= CONCURRENCY_PERIOD:
                    await self._wait(shard, pause.length.total_seconds(), pause.reason)
                if pause is None:
                    return
            await self._wait(shard, pause.length.total_seconds(), pause.reason)

    async def _try(self, shard: int, limit: SessionStartLimit) -> Pause | None:
        """The pause that is due. Where none is, the start is kept."""
        now = self._clock.now()
        self._told = limit, now
        pause: Pause | None = None

        def add(kept: str | None) -> str | None:
            nonlocal pause
            starts = self._recent(kept, now)
            pause = pause_before_start(shard, starts, limit, now, shards=self._shards)
            if pause is not None:
                return None
            self._own = [*starts, Start(now, shard)]
            return json.dumps([(each.at.timestamp(), each.shard) for each in self._own])

        try:
            await self._store.revise(_STARTS, add)
        except StoreUnavailable:
            if Start(now, shard) not in self._own:
                add(None)
            if pause is None:
                await self._wait(shard, UNKEPT_SECONDS, "the database can't keep count of them")
        return pause

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

    def _recent(self, kept: str | None, now: datetime) -> list[Start]:
        since = now - window_of(self._shards)
        return sorted(each for each in {*self._own, *_read(kept)} if since < each.at <= now + CLOCK_SKEW)

    async def _wait(self, shard: int, seconds: float, reason: str) -> None:
        tell = _log.info if seconds <= CONCURRENCY_PERIOD.total_seconds() else _log.warning
        tell(
            "waiting before the next session with Discord, lest starting again and again use up the day's",
            shard=shard,
            seconds=round(seconds, 1),
            reason=reason,
        )
        until = self._clock.now() + timedelta(seconds=seconds)
        self.waiting[shard] = f"the next session waits until {until:%Y-%m-%d %H:%M:%S} UTC, since {reason}"
        try:
            await self._clock.sleep(seconds)
        finally:
            del self.waiting[shard]


def _read(kept: str | None) -> list[Start]:
    return [Start(datetime.fromtimestamp(at, UTC), shard) for at, shard in json.loads(kept or "[]")]
