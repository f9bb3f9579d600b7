"""Replicate's HTTP API as values: the requests to send and what the answers say. No I/O.

Section names in comments are operations of Replicate's own OpenAPI file (https://api.replicate.com/openapi.json).
"""

import base64
import binascii
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast
from urllib.parse import parse_qs, quote, unquote_to_bytes, urlsplit

from pydantic import SecretStr

from bot.domain.errors import EaselError, NothingReturned, PicturesGone, TimedOut
from bot.domain.prediction import (
    Prediction,
    PredictionPage,
    PredictionSource,
    PredictionStatus,
    Submission,
    Tokens,
)
from bot.replicate.decoding import JsonObject, MalformedAnswer, as_object, decode, text
from bot.replicate.outcomes import failure_of_run

WEBHOOK_EVENTS = ("start", "completed")
"""`start` too: it can bring the id of a prediction whose create lost its answer."""

# ------------------------------------------------------------------------------------------------ requests


@dataclass(frozen=True, slots=True)
class FilePart:
    """The part `content` of a multipart body."""

    filename: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Request:
    """A call, but for the API's address and the token, which the client adds."""

    method: Literal["GET", "POST"]
    path: str  # below the API's base URL, percent-encoded
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: JsonObject | None = field(default=None, repr=False)  # sent as JSON
    file: FilePart | None = None  # sent as multipart/form-data


def create_prediction(submission: Submission, openai_api_key: SecretStr | None = None) -> Request:
    """models.predictions.create, asynchronous: no `Prefer` header."""
    values = dict(submission.input)
    if openai_api_key is not None:
        values["openai_api_key"] = openai_api_key.get_secret_value()
    body: JsonObject = {"input": values}
    if submission.webhook is not None:
        body |= {"webhook": submission.webhook, "webhook_events_filter": list(WEBHOOK_EVENTS)}
    path = f"{_model_path(submission.model)}/predictions"
    return Request("POST", path, headers={"Cancel-After": f"{submission.cancel_after}s"}, body=body)


def get_prediction(prediction_id: str) -> Request:
    """predictions.get"""
    return Request("GET", f"/predictions/{quote(prediction_id, safe='')}")


def list_predictions(created_after: datetime, cursor: str | None = None) -> Request:
    """predictions.list: the first page, or the one that an earlier page's `cursor` leads to."""
    moment = created_after.astimezone(UTC).isoformat().replace("+00:00", "Z")
    query = {"created_after": moment}
    return Request("GET", "/predictions", query if cursor is None else query | {"cursor": cursor})


def cancel_prediction(prediction_id: str) -> Request:
    """predictions.cancel"""
    return Request("POST", f"/predictions/{quote(prediction_id, safe='')}/cancel")


def upload_file(filename: str, media_type: str, data: bytes) -> Request:
    """files.create. The name is a member's text: only its harmless characters are passed on."""
    harmless = re.sub(r"[^A-Za-z0-9._-]+", "-", filename).strip("-.")[-100:]
    return Request("POST", "/files", file=FilePart(harmless or "file", media_type, data))


def get_model(slug: str) -> Request:
    """models.get"""
    return Request("GET", _model_path(slug))


def get_account() -> Request:
    """account.get"""
    return Request("GET", "/account")


def get_webhook_secret() -> Request:
    """webhooks.default.secret.get"""
    return Request("GET", "/webhooks/default/secret")


def _model_path(slug: str) -> str:
    owner, _, name = slug.partition("/")
    if not owner or not name or "/" in name:
        raise ValueError(f"{slug!r} is no owner/name")
    return f"/models/{quote(owner, safe='')}/{quote(name, safe='')}"


# ------------------------------------------------------------------------------------------------- answers


def parse_prediction(body: bytes) -> Prediction:
    """The prediction in an answer or a webhook. Raises `MalformedAnswer`."""
    return prediction_of(decode(body))


def parse_page(body: bytes) -> PredictionPage:
    """A page of predictions.list. Raises `MalformedAnswer`: a list that lacks something must not pass for whole.

    `next` is a whole URL. Only its cursor is taken, so that the token can't be sent where an answer points.
    """
    page = as_object(decode(body), "the page")
    results = page.get("results")
    if not isinstance(results, list):
        raise MalformedAnswer("a page without results")
    following = page.get("next")
    cursor = None if following is None else _cursor(text(following))
    return PredictionPage(tuple(prediction_of(each) for each in cast("list[object]", results)), cursor)


def _cursor(url: str) -> str:
    try:
        return parse_qs(urlsplit(url).query)["cursor"][0]
    except (KeyError, ValueError):
        raise MalformedAnswer("a next page without a cursor") from None


def parse_file_url(body: bytes) -> str:
    """`urls.get` of an uploaded file. Raises `MalformedAnswer`."""
    return _required_text(as_object(decode(body), "the file").get("urls"), "get")


def parse_model_schema(body: bytes) -> JsonObject | None:
    """The OpenAPI schema of a model's latest version; None where Replicate doesn't publish it. Raises
    `MalformedAnswer`."""
    version = as_object(decode(body), "the model").get("latest_version")
    schema = version and as_object(version, "the version").get("openapi_schema")
    return as_object(schema, "the schema") if schema else None


def parse_username(body: bytes) -> str:
    """The name of the account that a token belongs to. Raises `MalformedAnswer`."""
    return _required_text(decode(body), "username")


def parse_webhook_secret(body: bytes) -> SecretStr:
    """The key that webhooks are signed with, `whsec_…`. Raises `MalformedAnswer`."""
    return SecretStr(_required_text(decode(body), "key"))


def _required_text(value: object, name: str) -> str:
    found = text(as_object(value, f"what holds {name}").get(name))
    if not found:
        raise MalformedAnswer(f"no {name}")
    return found


# --------------------------------------------------------------------------------------------- predictions


def prediction_of(value: object) -> Prediction:
    """A prediction object. Raises `MalformedAnswer` where it has no usable id; all else may be missing or odd."""
    data = as_object(value, "the prediction")
    prediction_id = text(data.get("id"))
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,100}", prediction_id):  # it becomes part of paths
        raise MalformedAnswer("a prediction without an id")
    status = _status(data.get("status"))
    output = _output(data.get("output")) if status is PredictionStatus.SUCCEEDED else ()
    metrics = _object(data.get("metrics"))
    sent = _object(data.get("input"))
    # Ours never holds it, and Replicate masks it: without it the two can be compared.
    sent.pop("openai_api_key", None)
    return Prediction(
        id=prediction_id,
        status=status,
        model=text(data.get("model")),
        input=sent,
        output=output,
        failure=_failure(status, data) if status.ended and not output else None,
        tokens=_tokens(text(data.get("logs"))),
        predict_time=_duration(metrics.get("predict_time")),
        total_time=_duration(metrics.get("total_time")),
        created_at=_moment(data.get("created_at")),
        completed_at=_moment(data.get("completed_at")),
        data_removed=data.get("data_removed") is True,
        webhook=text(data.get("webhook")) or None,
        source=_source(data.get("source")),
        picture_count=_picture_count(metrics),
    )


def _status(value: object) -> PredictionStatus:
    try:
        return PredictionStatus(text(value))
    except ValueError:
        return PredictionStatus.UNKNOWN


_SOURCES = {each.value: each for each in PredictionSource}  # most answers name none, and an enum's ValueError is slow


def _source(value: object) -> PredictionSource | None:
    return _SOURCES.get(text(value))


def _picture_count(metrics: JsonObject) -> int | None:
    """What Replicate bills a model by that is priced by the picture."""
    for name in ("image_output_count", "image_count"):
        value = metrics.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
    return None


def _output(value: object) -> tuple[str, ...]:
    each = cast("list[object]", value) if isinstance(value, list) else [value]
    return tuple(url for url in each if isinstance(url, str) and url)


def _failure(status: PredictionStatus, data: JsonObject) -> EaselError:
    error = data.get("error")
    words = error if isinstance(error, str) else "" if error is None else str(error)
    if status is PredictionStatus.SUCCEEDED and not words:
        return PicturesGone() if data.get("data_removed") is True else NothingReturned()
    created, completed = _moment(data.get("created_at")), _moment(data.get("completed_at"))
    deadline = _moment(data.get("deadline"))
    until = deadline or completed
    seconds = max(round((until - created).total_seconds()), 0) if until and created else 0
    if status is PredictionStatus.CANCELED and deadline and completed and completed >= deadline:
        return TimedOut(seconds)  # nobody canceled it: `Cancel-After` did
    return failure_of_run(status, words, seconds)


_TOKENS = re.compile(r"^(Input text|Input image|Output) token count: ([0-9]{1,12})\s*$", re.MULTILINE)


def _tokens(logs: str) -> Tokens:
    counts = {name: int(count) for name, count in _TOKENS.findall(logs)}
    return Tokens(counts.get("Input text"), counts.get("Input image"), counts.get("Output"))


def _object(value: object) -> JsonObject:
    return dict(cast("JsonObject", value)) if isinstance(value, dict) else {}


def _duration(value: Any) -> float | None:
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text(value))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


# ------------------------------------------------------------------------------------------------ data: URIs


def is_data_uri(url: str) -> bool:
    return url[:5].lower() == "data:"


def decode_data_uri(uri: str) -> bytes:
    """The bytes that a `data:` URI (RFC 2397) holds. Raises `MalformedAnswer`."""
    header, comma, data = uri[5:].partition(",")
    if not comma or not is_data_uri(uri):
        raise MalformedAnswer("no data: URI")
    raw = unquote_to_bytes(data)
    if not header.lower().endswith(";base64"):
        return raw
    try:
        return base64.b64decode(raw, validate=True)
    except (binascii.Error, ValueError):
        raise MalformedAnswer("the data: URI is damaged") from None


# --------------------------------------------------------------------------------------------------- files


def is_picture(data: bytes) -> bool:
    """Whether a file begins as one of the formats does that the models make. A proxy may have answered in its place."""
    return data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
