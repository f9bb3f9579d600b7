"""Looks every minute for what needs the operator, and tells them in their channel: as it begins, and as it is over."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import TypeAlias

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.incident import SETTLED, Incident, IncidentKind
from bot.service.ports import Clock, Incidents, NoticePost, OperatorChannel, TryLater, Undeliverable

_log = structlog.get_logger(__name__)

ROUND_SECONDS = 60.0

MOST_REPORTED = 1_000
"""Incidents that wait for the database; of more the oldest are in the log alone."""

Look: TypeAlias = Callable[[], Awaitable[Sequence[Incident]]]
"""Answers what is the case now. May raise `StoreUnavailable`."""

Glance: TypeAlias = Callable[[], Incident | None]
"""The same of what this process knows by itself."""


class NoChannel:
    """`OperatorChannel` where none is set: the log has told it."""

    async def post(self, post: NoticePost) -> None:
        pass


class IncidentWatch:
    """Every process has one. What they see is kept in the database, so that one of them tells of it, once, whoever
    saw it, and no restart tells it again."""

    def __init__(
        self,
        incidents: Incidents,
        channel: OperatorChannel,
        clock: Clock,
        *,
        looks: Sequence[Look] = (),
        glances: Sequence[Glance] = (),
    ) -> None:
        self._incidents = incidents
        self._channel = channel
        self._clock = clock
        self._looks = looks
        self._glances = glances
        self._reported: deque[Incident] = deque(maxlen=MOST_REPORTED)
        self._rung = asyncio.Event()

    def report(self, incident: Incident) -> None:
        """Something has happened: it is told of in the next round, which begins at once."""
        self._reported.append(incident)
        self._rung.set()

    def report_burial(self, process: str, jobs: int) -> None:
        """This process has taken another one for dead, which left so many jobs."""
        words = (
            f"The process `{process}` was taken for dead; {jobs} requests of its own go on elsewhere. Look into its "
            "log and its host's for why it ended or froze, and start it again if nothing does."
        )
        self.report(Incident(IncidentKind.DEAD_PROCESS, words, subject=process, quiet=timedelta(days=1), passing=True))

    async def run(self) -> None:
        """Look and tell until canceled."""
        started = self._clock.now()
        while True:
            self._rung.clear()
            try:
                # What lasted before a restart was seen by nobody meanwhile, and may be seen by the others only now.
                await self.look(settles=self._clock.now() - started >= SETTLED)
                await self.tell()
            except StoreUnavailable as error:
                _log.debug("incidents can't be kept now", error=repr(error.__cause__ or error))
            await self._pause()

    async def look(self, *, settles: bool = True) -> None:
        """Note what is the case and, if it `settles`, what no longer is. Raises `StoreUnavailable`."""
        glanced = [found for glance in self._glances if (found := glance()) is not None]
        looked = [found for look in self._looks for found in await look()]
        reported = list(self._reported)
        if found := [*reported, *glanced, *looked]:
            for each in await self._incidents.seen(found, self._clock.now()):
                _log.warning("this needs the operator", incident=each.kind.value, subject=each.subject, why=each.words)
        for _ in reported:
            self._reported.popleft()
        if settles:
            for each in await self._incidents.settle(self._clock.now()):
                _log.info("this needs the operator no longer", incident=each.kind.value, subject=each.subject)

    async def tell(self) -> None:
        """Post what is to be told now. The log has it, so it is given up where it is too hard. Raises
        `StoreUnavailable`."""
        post = await self._incidents.claim_post(self._clock.now())
        if post is None:
            return
        try:
            await self._channel.post(post)
        except TryLater as error:
            _log.warning("the operator channel can't be written to as yet", error=repr(error.__cause__ or error))
            return
        except Undeliverable as error:
            _log.error("the operator channel can't be written to", error=repr(error.__cause__ or error))
        await self._incidents.posted(post.id)

    async def _pause(self) -> None:
        rung = asyncio.create_task(self._rung.wait())
        due = asyncio.create_task(self._clock.sleep(ROUND_SECONDS))
        try:
            await asyncio.wait({rung, due}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            rung.cancel()
            due.cancel()
            await asyncio.gather(rung, due, return_exceptions=True)
