"""Predictions asked for by their ids: a few of them one by one, and many at once by a walk through Replicate's list."""

import asyncio
from collections import Counter, defaultdict
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.domain.prediction import Prediction
from bot.service.ports import Predictions
from bot.service.sweep import CLOCK_SKEW

_log = structlog.get_logger(__name__)

FEW = 10
"""So many are asked for beside each other. More are looked for on the list, which has a hundred on a page: a call for
each of thousands, after a restart, would meet Replicate's limit of calls in a minute."""


@dataclass(slots=True)
class _Asked:
    since: datetime
    answer: asyncio.Future[Prediction] = field(default_factory=asyncio.Future[Prediction])


class LookUps:
    """What is asked for while an account's last look-ups are under way, is looked up together after them."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions
        self._asked = defaultdict[str, dict[str, _Asked]](dict)  # by account and prediction
        self._answered = Counter[str]()  # by account, since nobody asked
        self._looking: dict[str, asyncio.Task[None]] = {}

    async def get(self, account: str, prediction_id: str, since: datetime) -> Prediction:
        """The prediction as it stands, which was created about `since`. Raises what `Predictions.get` raises."""
        asked = self._asked[account].setdefault(prediction_id, _Asked(since))
        if account not in self._looking:
            # Nothing of it is this one job's: not even what its log lines are marked with.
            self._looking[account] = asyncio.create_task(self._look(account), context=Context())
        return await asyncio.shield(asked.answer)

    async def close(self) -> None:
        """Give up the look-ups under way."""
        looking = list(self._looking.values())
        for each in looking:
            each.cancel()
        await asyncio.gather(*looking, return_exceptions=True)

    async def _look(self, account: str) -> None:
        """Answer all that are asked for, until nobody asks any more."""
        asked = self._asked[account]
        try:
            while batch := dict(asked):
                if len(batch) > FEW:
                    await self._walk(account, batch)
                left = [prediction_id for prediction_id in batch if prediction_id in asked]
                for first in range(0, len(left), FEW):
                    await asyncio.gather(*(self._get(account, each) for each in left[first : first + FEW]))
            _log.info("looked up at Replicate", account=account, predictions=self._answered.pop(account, 0))
        finally:
            del self._looking[account]
            for each in asked.values():
                each.answer.cancel()
            asked.clear()

    async def _get(self, account: str, prediction_id: str) -> None:
        try:
            prediction = await self._predictions.get(account, prediction_id)
        except Exception as error:  # noqa: BLE001 # whoever asked gets it
            self._fail(account, prediction_id, error)
        else:
            self._tell(account, prediction)

    async def _walk(self, account: str, batch: dict[str, _Asked]) -> None:
        """Go through the account's list, newest first, for as long as any of the batch is missing."""
        asked = self._asked[account]
        since = min(each.since for each in batch.values()) - CLOCK_SKEW
        cursor: str | None = None
        known: set[str | None] = set()  # a list that goes in circles ends there
        while cursor not in known and not asked.keys().isdisjoint(batch):
            known.add(cursor)
            try:
                page = await self._predictions.page(account, since, cursor)
            except Exception as error:  # noqa: BLE001 # whoever asked gets it
                for prediction_id in batch:
                    self._fail(account, prediction_id, error)
                return
            for prediction in page.results:
                self._tell(account, prediction)
            if page.cursor is None:
                return
            cursor = page.cursor

    def _tell(self, account: str, prediction: Prediction) -> None:
        if asked := self._asked[account].pop(prediction.id, None):
            self._answered[account] += 1
            asked.answer.set_result(prediction)

    def _fail(self, account: str, prediction_id: str, error: Exception) -> None:
        if asked := self._asked[account].pop(prediction_id, None):
            self._answered[account] += 1
            asked.answer.set_exception(error)
            asked.answer.exception()  # nobody may be there any more to take it
