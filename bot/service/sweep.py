"""Learns of ends by asking: one list call for all jobs in flight together, however many there are."""

from collections import defaultdict
from datetime import timedelta

import structlog

from bot.domain.errors import EaselError
from bot.service.endings import Endings, Waiting
from bot.service.ports import AnswerLost, Clock, NeverSent, PredictionNotFound, Predictions, Throttled

_log = structlog.get_logger(__name__)

CLOCK_SKEW = timedelta(seconds=60)
"""How far Replicate's clock may be off from ours before the list leaves out a prediction of ours."""

OVERDUE = 3.0
"""A job that has run this many times as long as expected and is on no list is looked up by its id."""


class Sweep:
    """Asks for the jobs in flight. `webhooks` says that news comes by itself, so that asking is only the safety net."""

    def __init__(self, endings: Endings, predictions: Predictions, clock: Clock, *, webhooks: bool) -> None:
        self._endings = endings
        self._predictions = predictions
        self._clock = clock
        self._patience = 4.0 if webhooks else 1.0

    async def run(self) -> None:
        """Sweep for ever, at a pace set by how long the jobs in flight usually take."""
        while True:
            await self._endings.some_in_flight()
            await self._clock.sleep(self._pause())
            pause = await self.sweep_once()
            if pause:
                await self._clock.sleep(pause)

    async def sweep_once(self) -> float:
        """Ask once per account; answers how many seconds Replicate wants to be left alone for."""
        by_account: defaultdict[str, list[Waiting]] = defaultdict(list)
        for waiting in self._endings.in_flight():
            by_account[waiting.account].append(waiting)
        pause = 0.0
        for account, waitings in by_account.items():
            try:
                await self._ask(account, waitings)
            except Throttled as throttled:
                pause = max(pause, throttled.retry_after)
            except (NeverSent, AnswerLost, EaselError) as error:
                _log.warning("sweep failed", account=account, error=repr(error))
        return pause

    def _pause(self) -> float:
        """An eighth of the shortest expected time (at most an eighth is lost by asking), between 0.5 s and 15 s."""
        shortest = min((each.expected_seconds for each in self._endings.in_flight()), default=15.0)
        return min(max(shortest / 8 * self._patience, 0.5), 15.0)

    async def _ask(self, account: str, waitings: list[Waiting]) -> None:
        seen: set[str] = set()
        oldest = min(each.since for each in waitings)
        for prediction in await self._predictions.recent(account, oldest - CLOCK_SKEW):
            seen.add(prediction.id)
            if prediction.status.ended:
                self._endings.tell(prediction)
        now = self._clock.now()
        for waiting in waitings:
            age = (now - waiting.since).total_seconds()
            if not waiting.prediction_id or waiting.prediction_id in seen or age < OVERDUE * waiting.expected_seconds:
                continue
            try:
                self._endings.tell(await self._predictions.get(account, waiting.prediction_id))
            except PredictionNotFound:
                _log.warning("prediction unknown to Replicate", job=waiting.job_id, prediction=waiting.prediction_id)
