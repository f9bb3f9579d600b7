"""Whether Replicate takes the operator's token: seen in the calls that are made anyhow."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime

from bot.domain.account import OPERATOR
from bot.domain.errors import BadToken
from bot.domain.incident import Incident, IncidentKind
from bot.domain.prediction import Prediction, PredictionPage, Submission
from bot.service.ports import Predictions

_REFUSED = Incident(
    IncidentKind.REPLICATE_TOKEN,
    "Replicate refuses the token, so no picture can be made. Take a new one at "
    "https://replicate.com/account/api-tokens, set REPLICATE_API_TOKEN, and restart.",
)


class WatchedPredictions:
    """`Predictions`, with an incident from a refusal of the operator's token until it is taken again."""

    def __init__(self, predictions: Predictions) -> None:
        self._predictions = predictions
        self._refused = False

    def incident(self) -> Incident | None:
        return _REFUSED if self._refused else None

    @contextmanager
    def watched(self, account: str) -> Generator[None]:
        """Around whatever is asked of Replicate with the account's token."""
        try:
            yield
        except BadToken:
            self._refused |= account == OPERATOR
            raise
        if account == OPERATOR:
            self._refused = False

    async def create(self, account: str, submission: Submission) -> Prediction:
        with self.watched(account):
            return await self._predictions.create(account, submission)

    async def get(self, account: str, prediction_id: str) -> Prediction:
        with self.watched(account):
            return await self._predictions.get(account, prediction_id)

    async def recent(self, account: str, created_after: datetime) -> Sequence[Prediction]:
        with self.watched(account):
            return await self._predictions.recent(account, created_after)

    async def page(self, account: str, created_after: datetime, cursor: str | None = None) -> PredictionPage:
        with self.watched(account):
            return await self._predictions.page(account, created_after, cursor)

    async def cancel(self, account: str, prediction_id: str) -> Prediction:
        with self.watched(account):
            return await self._predictions.cancel(account, prediction_id)

    async def upload(self, account: str, filename: str, media_type: str, data: bytes) -> str:
        with self.watched(account):
            return await self._predictions.upload(account, filename, media_type, data)

    async def fetch(self, url: str) -> bytes:
        return await self._predictions.fetch(url)
