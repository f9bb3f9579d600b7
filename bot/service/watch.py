"""Tells the operator of a trouble, once for all that stumble over it: as it begins, now and then, and as it ends."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from bot.service.ports import Clock

_log = structlog.get_logger(__name__)

FIRST_CHECK_SECONDS, LONGEST_CHECK_SECONDS = 1.0, 15.0
REMINDER_SECONDS = 600.0
"""How often a trouble is told of that goes on."""

REPEAT_SECONDS = 60.0
"""How often one is told of that comes and goes."""


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
    """Looks after one thing, `subject`. `check` answers what is the matter with it now, None where it can be used."""

    def __init__(self, subject: str, check: Callable[[], Awaitable[str | None]], alarm: Alarm, clock: Clock) -> None:
        self._subject = subject
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
                told |= self._tell(words, REMINDER_SECONDS if told else REPEAT_SECONDS)
                await self._clock.sleep(pause)
                pause = min(pause * 2, LONGEST_CHECK_SECONDS)
                self._alarm.clear()
                words = await self._check()
            if told:
                seconds = round((self._clock.now() - began).total_seconds())
                _log.info(f"{self._subject} can be used again", after_seconds=seconds)

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
