"""Calls to those who make and judge pictures: how they ended, and how long they took."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from time import perf_counter

from prometheus_client import CollectorRegistry, Counter, Histogram

from bot.domain.account import OPERATOR, Vendor
from bot.domain.errors import BadToken, InputRejected, OutOfCredit, PicturesGone
from bot.domain.prediction import Prediction, PredictionPage, Submission
from bot.domain.request import InputImage
from bot.service.ports import (
    AnswerLost,
    CheckFailed,
    Classifier,
    NeverSent,
    PredictionNotFound,
    Predictions,
    Throttled,
)

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)

CALLS: Mapping[Vendor, Sequence[str]] = {
    Vendor.REPLICATE: ("create", "get", "list", "cancel", "upload", "fetch"),
    Vendor.OPENAI: ("moderation",),
}

_RESULTS: Mapping[type[Exception], str] = {
    Throttled: "throttled",  # ahead of the class that it is one of
    NeverSent: "never_sent",
    AnswerLost: "answer_lost",
    BadToken: BadToken.code,
    OutOfCredit: OutOfCredit.code,
    InputRejected: InputRejected.code,
    PredictionNotFound: "not_found",
    PicturesGone: PicturesGone.code,
    CheckFailed: "check_failed",
}

OK, OTHER = "ok", "other"


class VendorCalls:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "easel_vendor_calls",
            "Calls to vendors by their result: ok, or what came instead. Of account operator or guild: whose key it "
            "was; fetch and moderation count as operator.",
            ["vendor", "call", "account", "result"],
            registry=registry,
        )
        self._seconds = Histogram(
            "easel_vendor_call_seconds",
            "How long calls to vendors took, with the repetitions of those that may be repeated.",
            ["vendor", "call"],
            buckets=BUCKETS,
            registry=registry,
        )
        for vendor, calls in CALLS.items():
            for call in calls:
                for result in (OK, OTHER, *_RESULTS.values()):
                    self._calls.labels(vendor.value, call, "operator", result)

    @contextmanager
    def measured(self, vendor: Vendor, call: str, account: str = OPERATOR) -> Generator[None]:
        """Around one call. One that is canceled isn't counted."""
        began = perf_counter()
        try:
            yield
        except Exception as error:
            result = next((name for kind, name in _RESULTS.items() if isinstance(error, kind)), OTHER)
            self._count(vendor, call, account, result, perf_counter() - began)
            raise
        self._count(vendor, call, account, OK, perf_counter() - began)

    def _count(self, vendor: Vendor, call: str, account: str, result: str, seconds: float) -> None:
        whose = "operator" if account == OPERATOR else "guild"
        self._calls.labels(vendor.value, call, whose, result).inc()
        self._seconds.labels(vendor.value, call).observe(seconds)


class MeasuredPredictions:
    """`Predictions`, each call of them measured."""

    def __init__(self, predictions: Predictions, calls: VendorCalls) -> None:
        self._predictions = predictions
        self._calls = calls

    async def create(self, account: str, submission: Submission) -> Prediction:
        with self._calls.measured(Vendor.REPLICATE, "create", account):
            return await self._predictions.create(account, submission)

    async def get(self, account: str, prediction_id: str) -> Prediction:
        with self._calls.measured(Vendor.REPLICATE, "get", account):
            return await self._predictions.get(account, prediction_id)

    async def recent(self, account: str, created_after: datetime) -> Sequence[Prediction]:
        with self._calls.measured(Vendor.REPLICATE, "list", account):
            return await self._predictions.recent(account, created_after)

    async def page(self, account: str, created_after: datetime, cursor: str | None = None) -> PredictionPage:
        with self._calls.measured(Vendor.REPLICATE, "list", account):
            return await self._predictions.page(account, created_after, cursor)

    async def cancel(self, account: str, prediction_id: str) -> Prediction:
        with self._calls.measured(Vendor.REPLICATE, "cancel", account):
            return await self._predictions.cancel(account, prediction_id)

    async def upload(self, account: str, filename: str, media_type: str, data: bytes) -> str:
        with self._calls.measured(Vendor.REPLICATE, "upload", account):
            return await self._predictions.upload(account, filename, media_type, data)

    async def fetch(self, url: str) -> bytes:
        with self._calls.measured(Vendor.REPLICATE, "fetch"):
            return await self._predictions.fetch(url)


class MeasuredClassifier:
    """`Classifier`, its judgements measured. Where there is no key nobody is called, and nothing counted."""

    def __init__(self, classifier: Classifier, calls: VendorCalls) -> None:
        self._classifier = classifier
        self._calls = calls

    async def classify(
        self, account: str, text: str, pictures: Sequence[tuple[InputImage, bytes]]
    ) -> Mapping[str, float]:
        with self._calls.measured(Vendor.OPENAI, "moderation"):
            return await self._classifier.classify(account, text, pictures)

    async def has_key(self, guild_id: int | None) -> bool:
        return await self._classifier.has_key(guild_id)
