"""Tells the operator of a trouble, once for all that stumble over it: as it begins, now and then, and as it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.domain.incident import Incident, IncidentKind
from bot.service.ports import Clock

_log = structlog.get_logger(__name__)

FIRST_CHECK_SECONDS, LONGEST_CHECK_SECONDS = 1.0, 15.0
REMINDER_SECONDS = 600.0
"""How often a trouble is told of that goes on."""

REPEAT_SECONDS = 60.0
"""How often one is told of that comes and goes."""

LASTING = timedelta(seconds=30)
"""From when on a trouble is one for the operator's channel: most are over before anybody has come to look."""

QUIET = timedelta(minutes=10)
"""How long it must not have come back to be another one there."""


class Alarm:
    """Rung by whoever stumbles over the trouble."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()
        self._words = ""
        self.rings = 0
        """How often it has been rung."""

    def ring(self, words: str) -> None:
        """`words` say what is the matter and what to do, without secrets."""
        self._words = words
        self.rings += 1
        self._rung.set()

    def clear(self) -> None:
        """Whatever rang until now is known."""
        self._rung.clear()

    async def wait(self) -> str:
        """The words of the latest ringing that isn't known."""
        await self._rung.wait()
        self.clear()
        return self._words


class Watch:
    """Looks after one thing, `subject`. `check` answers what is the matter with it now, None where it can be used.

    Where it is of a `kind` of incident, `report` is given one that has lasted, once it is over: what can't be kept in
    a database that is itself the trouble is told afterwards.
    """

    def __init__(
        self,
        subject: str,
        check: Callable[[], Awaitable[str | None]],
        alarm: Alarm,
        clock: Clock,
        *,
        kind: IncidentKind | None = None,
        report: Callable[[Incident], None] | None = None,
    ) -> None:
        self._subject = subject
        self._kind = kind
        self._report = report
        self._lasts: tuple[str, datetime] | None = None
        self._check = check
        self._alarm = alarm
        self._clock = clock
        self._told: tuple[str, datetime] | None = None

    async def run(self) -> None:
        """Wait for alarms until canceled; after one, look again and again until the trouble is over."""
        while True:
            words: str | None = await self._alarm.wait()
            began = self._clock.now()
            told = False
            pause = FIRST_CHECK_SECONDS
            while words is not None:
                self._lasts = words, began
                told |= self._tell(words, REMINDER_SECONDS if told else REPEAT_SECONDS)
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_CHECK_SECONDS)
                self._alarm.clear()
                words = await self._check()
            if told:
                seconds = round((self._clock.now() - began).total_seconds())
                _log.info(f"{self._subject} can be used again", after_seconds=seconds)
            if self._report is not None and (incident := self.incident(over=True)):
                self._report(incident)
            self._lasts = None

    def incident(self, *, over: bool = False) -> Incident | None:
        """The trouble as it lasts, or as it has just ended; None where there is none, or not for long."""
        if self._kind is None or self._lasts is None:
            return None
        why, began = self._lasts
        length = self._clock.now() - began
        if length < LASTING:
            return None
        words = f"{self._subject} could not be used for {length.total_seconds():.0f} s" if over else "It can't be used"
        return Incident(self._kind, f"{words}: {why}", quiet=QUIET, passing=over)

    def _tell(self, words: str, pause: float) -> bool:
        now = self._clock.now()
        if self._told is not None:
            before, at = self._told
            if _gist(words) == _gist(before) and (now - at).total_seconds() < pause:
                return False
        self._told = words, now
        _log.error(f"{self._subject} can't be used; what needs it waits", why=words)
        return True


def _gist(words: str) -> str:
    """Without the parenthesis at the end, where the database says in its own words which statement failed."""
    return words.partition(" (")[0]
