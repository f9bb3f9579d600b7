"""Replicate's run of a model, in Replicate's words."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bot.domain.errors import EaselError


class PredictionStatus(StrEnum):
    """As Replicate spells them, but for `unknown`: a status that this version doesn't know counts as not yet ended."""

    STARTING = "starting"
    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    ABORTED = "aborted"  # its deadline passed before it started; not charged
    UNKNOWN = "unknown"

    @property
    def ended(self) -> bool:
        return self in (self.SUCCEEDED, self.FAILED, self.CANCELED, self.ABORTED)


class PredictionSource(StrEnum):
    """How a run was created."""

    API = "api"
    WEB = "web"  # by a person on Replicate's own pages


@dataclass(frozen=True, slots=True)
class Tokens:
    """Token counts from a run's logs; None where the logs don't tell."""

    input_text: int | None = None
    input_image: int | None = None
    output: int | None = None


@dataclass(frozen=True, slots=True)
class Prediction:
    """What Replicate says of a run. `output` holds URLs (https: or data:), empty until the end and after a refusal."""

    id: str
    status: PredictionStatus
    model: str = ""
    input: dict[str, Any] = field(default_factory=dict[str, Any], repr=False)
    output: tuple[str, ...] = ()
    failure: EaselError | None = None  # what `error` and the status amount to, once it has ended without pictures
    tokens: Tokens = Tokens()
    predict_time: float | None = None  # seconds
    total_time: float | None = None  # seconds
    created_at: datetime | None = None
    completed_at: datetime | None = None
    data_removed: bool = False
    webhook: str | None = None  # the spec lists no such field; read where an answer has it
    source: PredictionSource | None = None
    picture_count: int | None = None  # by the metrics, where they have it; the spec leaves those open


@dataclass(frozen=True, slots=True)
class PredictionPage:
    """A part of the list of predictions, newest first; `cursor` leads to the next one, and is None on the last."""

    results: tuple[Prediction, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class Submission:
    """A create, exactly as it is (or was) sent: the intent that is on disk before the money is spent."""

    model: str  # slug
    input: dict[str, Any] = field(repr=False)
    webhook: str | None
    cancel_after: int  # seconds; Replicate cancels a run that lasts longer
