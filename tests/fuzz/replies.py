"""What vendors' servers answer, and what may stand in their place."""

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any

from bot.openai.moderation import _scores  # pyright: ignore[reportPrivateUsage] # the parser alone, without its server
from bot.replicate import wire
from bot.replicate.decoding import MalformedAnswer
from tests.fuzz.target import Target

_PARSERS: tuple[Callable[[bytes], Any], ...] = (
    wire.parse_prediction,
    wire.parse_page,
    wire.parse_file_url,
    wire.parse_model_schema,
    wire.parse_username,
    wire.parse_webhook_secret,
    lambda body: wire.decode_data_uri(body.decode(errors="replace")),
    lambda body: [wire.decode_data_uri(each) for each in wire.parse_prediction(body).output],
)


def _parse(body: bytes) -> None:
    """Read, or malformed; and what was read can be written."""
    for parser in _PARSERS:
        try:
            _writable(parser(body))
        except MalformedAnswer:
            continue


def _writable(value: Any) -> None:
    """Whether all text in it can be sent and stored: Python's may hold halves of characters, UTF-8 can't."""
    if isinstance(value, str):
        value.encode()
    elif isinstance(value, dict):
        json.dumps(value, ensure_ascii=False).encode()
    elif isinstance(value, tuple | list):
        for each in value:
            _writable(each)
    elif isinstance(value, Exception):
        _writable(str(value))
        _writable(value.args)
    elif is_dataclass(value):
        for each in fields(value):
            _writable(getattr(value, each.name))


_PREDICTION: dict[str, Any] = {
    "id": "q3xk1m", "model": "openai/gpt-image-2", "status": "succeeded", "source": "api",
    "input": {"prompt": "a fox", "quality": "low", "openai_api_key": "[REDACTED]"},
    "output": ["https://replicate.delivery/xezq/a.webp"], "error": None, "data_removed": False,
    "logs": "Input text token count: 12\nInput image token count: 0\nOutput token count: 272\n",
    "created_at": "2026-11-23T12:00:00.5Z", "completed_at": "2026-11-23T12:00:09.5Z",
    "deadline": "2026-11-23T12:10:00Z", "webhook": "https://easel.example.org/webhooks/replicate/0123456789abcdef",
    "metrics": {"predict_time": 8.5, "total_time": 9.0, "image_count": 1},
}  # fmt: skip


def _replies() -> list[bytes]:
    ended = {"output": None, "completed_at": "2026-11-23T12:10:00Z"}
    values: list[Any] = [
        _PREDICTION,
        _PREDICTION | ended | {"status": "canceled"},
        _PREDICTION | ended | {"status": "failed", "error": "The input or output was flagged as sensitive. (E005)"},
        _PREDICTION | {"output": None, "data_removed": True},
        _PREDICTION | {"output": "https://replicate.delivery/a.png", "error": {"detail": ["odd"]}},
        {
            "results": [_PREDICTION],
            "next": "https://api.replicate.com/v1/predictions?cursor=cD0yMDI2",
            "previous": None,
        },
        {"urls": {"get": "https://api.replicate.com/v1/files/f1"}},
        {"latest_version": {"openapi_schema": {"components": {"schemas": {"Input": {"properties": {}}}}}}},
        {"username": "studio", "key": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
    ]
    return [*(json.dumps(each).encode() for each in values), b"data:image/png;base64,iVBORw0KGgo="]


def _judge(body: bytes) -> None:
    """Scores, or no moderation."""
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return
    try:
        scores = _scores(answer)
    except ValueError:
        return
    assert scores
    assert all(isinstance(each, float) for each in scores.values())


def _judgements() -> list[bytes]:
    scores = {"sexual": 0.01, "violence/graphic": 0.5, "illicit": 1}
    values: list[Any] = [{"flagged": False, "category_scores": scores}, {"category_scores": None}, {}, None]
    return [json.dumps({"results": [each]}).encode() for each in values]


TARGETS = (
    Target("replies", _parse, _replies, 16_384),
    Target("judgements", _judge, _judgements, 4_096),
)
