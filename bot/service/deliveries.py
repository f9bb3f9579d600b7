"""What a verified webhook delivery does: it wakes the job that it is about, in whichever process that is run."""

import asyncio

import structlog

from bot.domain.errors import EaselError
from bot.domain.prediction import Prediction
from bot.service.endings import Endings
from bot.service.ports import (
    AnswerLost,
    Clock,
    NeverSent,
    PredictionNews,
    PredictionNotFound,
    Predictions,
    Store,
    Wakeups,
)

_log = structlog.get_logger(__name__)


class Deliveries:
    def __init__(
        self, store: Store, endings: Endings, wakeups: Wakeups, predictions: Predictions, clock: Clock
    ) -> None:
        self._store = store
        self._endings = endings
        self._wakeups = wakeups
        self._predictions = predictions
        self._clock = clock
        self._looking: set[asyncio.Task[None]] = set()

    async def receive(self, webhook_id: str, job_id: str, prediction: Prediction) -> bool:
        """Pass the news on; False for the delivery of an end that was received before.

        The news is told first: it is a hint that may be repeated, and a delivery that was recorded but not told would
        be lost with the process. That a run has started isn't worth a record. Raises `StoreUnavailable` of
        `bot.domain.errors`.
        """
        if not self._endings.tell(prediction, job_id):
            await self._wakeups.announce_prediction(PredictionNews(job_id, prediction.id, webhook_id))
        return not prediction.status.ended or await self._store.received(webhook_id, self._clock.now())

    async def account_of(self, job_id: str) -> str | None:
        """The account of a job; None where there is no such job. Raises `StoreUnavailable` of `bot.domain.errors`, but
        for a job that is run in this process."""
        return self._endings.account_of(job_id) or await self._store.account_of(job_id)

    def hear(self, news: PredictionNews) -> None:
        """Another process received news; where the job is run here, look up what they are. Whoever tells of news may
        be mistaken, but Replicate isn't."""
        account = self._endings.account_of(news.job_id)
        if account is not None:
            looking = asyncio.create_task(self._look_up(account, news))
            self._looking.add(looking)
            looking.add_done_callback(self._looking.discard)

    async def close(self) -> None:
        """Give up the look-ups under way."""
        for each in self._looking:
            each.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)

    async def _look_up(self, account: str, news: PredictionNews) -> None:
        with structlog.contextvars.bound_contextvars(job=news.job_id):
            try:
                self._endings.tell(await self._predictions.get(account, news.prediction_id), news.job_id)
            except (PredictionNotFound, NeverSent, AnswerLost, EaselError) as error:
                _log.warning("news of another process could not be looked up", error=repr(error))
