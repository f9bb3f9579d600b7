"""What the use cases need of Replicate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.prediction import Prediction, PredictionPage, Submission


class NeverSent(Exception):
    """The call provably had no effect: no connection was made, or it was refused whole. It may be repeated."""


@dataclass(unsafe_hash=True)
class Throttled(NeverSent):
    """Replicate answered 429: nothing was created, and nothing may be asked for `retry_after` seconds."""

    retry_after: float
    per_minute: float | None = None  # the limit, where the answer names it


class AnswerLost(Exception):
    """The call may have had its effect: it was sent, and no answer that can be trusted came back."""


class PredictionNotFound(Exception):
    """Replicate knows no such prediction."""


class Predictions(Protocol):
    """Replicate's predictions. Each call carries the account that it runs on.

    Any call may raise `NeverSent` (with `Throttled` below it), `AnswerLost`, or the outcomes `BadToken`, `OutOfCredit`
    and `InputRejected` of `bot.domain.errors`, for answers that are final.
    """

    async def create(self, account: str, submission: Submission) -> Prediction:
        """Start a run. It is sent once: whoever gets `AnswerLost` must look before sending again."""
        ...

    async def get(self, account: str, prediction_id: str) -> Prediction:
        """Raises `PredictionNotFound`."""
        ...

    async def recent(self, account: str, created_after: datetime) -> Sequence[Prediction]:
        """All predictions of the account created after that moment, newest first."""
        ...

    async def page(self, account: str, created_after: datetime, cursor: str | None = None) -> PredictionPage:
        """The same by the page: the first, or the one that an earlier page's `cursor` leads to."""
        ...

    async def cancel(self, account: str, prediction_id: str) -> Prediction:
        """Ask for a run to stop; answers what it is now. Raises `PredictionNotFound`."""
        ...

    async def upload(self, account: str, filename: str, media_type: str, data: bytes) -> str:
        """Keep a file at Replicate for a while; answers the URL to give as an input, verbatim."""
        ...

    async def fetch(self, url: str) -> bytes:
        """The bytes of one output file (https: on an allowed host, or data:). Raises `PicturesGone` where there are
        none to be had, `AnswerLost` where another try may help."""
        ...
