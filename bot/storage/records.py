"""Domain values as records: JSON for what is encrypted, columns for a job. Keys that aren't known are passed over."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, TypeAlias

from pydantic import PlainSerializer, PlainValidator, TypeAdapter
from sqlalchemy import RowMapping

from bot.domain.errors import EaselError, VendorFailure
from bot.domain.job import Answer, CancelRequest, Job
from bot.domain.moderation import Oversight, Policy
from bot.domain.options import Options
from bot.domain.prediction import Prediction, Submission
from bot.domain.quota import GuildLimits, UsageLimits
from bot.domain.request import ImageRequest, InputImage
from bot.domain.style import Style
from bot.domain.wording import WordRules
from bot.storage.columns import Codec


def _codec(kind: Any) -> Codec:
    adapter = TypeAdapter[Any](kind)
    return Codec(lambda value: adapter.dump_python(value, mode="json"), adapter.validate_python)


def _load_failure(record: dict[str, Any]) -> EaselError:
    try:
        return EaselError.from_record(record)
    except TypeError:  # another version's fields
        return VendorFailure(detail=str(record["code"]))


@dataclass(frozen=True, slots=True)
class _PredictionRecord(Prediction):
    """A prediction whose failure is a record of its own: pydantic can't take exceptions apart."""

    failure: Annotated[
        EaselError | None,
        PlainValidator(lambda record: None if record is None else _load_failure(record)),
        PlainSerializer(lambda failure: None if failure is None else failure.to_record()),
    ] = None


_PREDICTION = _codec(_PredictionRecord)


def _dump_prediction(prediction: Prediction) -> Any:
    return _PREDICTION.dump(_PredictionRecord(**_shallow(prediction)))


def _load_prediction(record: Any) -> Prediction:
    return Prediction(**_shallow(_PREDICTION.load(record)))


def _shallow(value: Prediction) -> dict[str, Any]:
    return {each.name: getattr(value, each.name) for each in fields(value)}


def _newer_policy(record: dict[str, Any]) -> dict[str, Any]:
    """Spoilers used to stand beside the rules that channels may differ in."""
    if "spoilers" not in record:
        return record
    rules = {"spoilers": record["spoilers"]} | record.get("rules", {})
    return {**record, "rules": rules}


REQUEST = _codec(ImageRequest)
ANSWER = _codec(Answer)
INPUTS = _codec(tuple[InputImage, ...])
SUBMISSION = _codec(Submission)
PREDICTION = Codec(_dump_prediction, _load_prediction)
FAILURE = Codec(EaselError.to_record, _load_failure)
OPTIONS = _codec(Options)
_POLICY = _codec(Policy)
POLICY = Codec(_POLICY.dump, lambda record: _POLICY.load(_newer_policy(record)))
LIMITS = _codec(GuildLimits)
USAGE_LIMITS = _codec(UsageLimits)
OVERSIGHT = _codec(Oversight)
VALUES = _codec(dict[str, Any])
WORDS = _codec(WordRules)
SECRETS = _codec(dict[str, str])
STYLE = _codec(Style)
TEXT = _codec(str)


Columns: TypeAlias = Mapping[str, Any] | RowMapping
"""A row of `jobs`, by the names of its columns."""


def columns_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of `jobs` that these fields of a job fill: those of their names, and those that queries need."""
    columns = {name: value for name, value in changes.items() if name not in _TRANSLATED}
    request: ImageRequest | None = changes.get("request")
    if request is not None:
        columns |= {"model": request.model, "quality": request.quality, "count": request.count}
    answer: Answer | None = changes.get("answer")
    if answer is not None:
        columns |= {"channel_id": answer.channel_id, "private": answer.private}
    prediction: Prediction | None = changes.get("prediction")
    if prediction is not None:
        columns |= {
            "ended_at": prediction.completed_at,
            "input_text_tokens": prediction.tokens.input_text,
            "input_image_tokens": prediction.tokens.input_image,
            "output_tokens": prediction.tokens.output,
        }
    return columns


def fields_of(job: Job) -> dict[str, Any]:
    return {each.name: getattr(job, each.name) for each in fields(job)}


def job_of(columns: Columns, member_id: int) -> Job:
    """The job of a row of `jobs`."""
    cancel = cancel_of(columns) if columns["cancel_at"] is not None else None
    oversight = columns["oversight"] or Oversight()  # jobs of versions without any have none
    job = Job(member_id=member_id, cancel=cancel, oversight=oversight, **{name: columns[name] for name in _STORED})
    if not job.erased:
        return job
    return replace(
        job,
        request=ImageRequest(columns["model"], "", quality=columns["quality"], count=columns["count"]),
        answer=replace(job.answer, channel_id=columns["channel_id"], private=columns["private"]),
    )


def cancel_of(columns: Columns) -> CancelRequest:
    """What was asked of a job, of those of its columns that tell: `cancel_at`, `cancel_by` and `person_id`."""
    return CancelRequest(columns["cancel_at"], by_moderator=columns["cancel_by"] != columns["person_id"])


_TRANSLATED = ("member_id", "cancel")
"""Fields of a job that are more or fewer columns, or others."""

_STORED = tuple(each.name for each in fields(Job) if each.name not in (*_TRANSLATED, "oversight"))
