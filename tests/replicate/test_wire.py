"""Requests and answers as values: what is read of any JSON, and what is refused."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.domain.errors import Canceled, EaselError, NothingReturned, PicturesGone, SafetyRefusal, TimedOut
from bot.domain.prediction import Prediction, PredictionPage, PredictionSource, PredictionStatus, Submission, Tokens
from bot.replicate import wire
from bot.replicate.decoding import MalformedAnswer
from bot.replicate.wire import parse_page, parse_prediction, prediction_of

LOGS = """Model check completed.
Model: gpt-image-2
Generating image...
Generated image in 38.8sec
Generated 1 images
Input text token count: 456
Input image token count: 361
Output token count: 1372
"""

DONE: dict[str, Any] = {
    "id": "gm3qorzdhgbfurvjtvhg6dckhu",
    "model": "openai/gpt-image-2",
    "version": "hidden",
    "input": {"prompt": "a lighthouse", "openai_api_key": "[REDACTED]"},
    "output": ["https://replicate.delivery/xezq/a/out-0.webp"],
    "logs": LOGS,
    "error": None,
    "status": "succeeded",
    "data_removed": False,
    "created_at": "2026-11-20T13:00:00.123456789+01:00",
    "completed_at": "2026-11-20T12:00:40Z",
    "metrics": {"predict_time": 38.8, "total_time": 40, "image_count": 1},
    "webhook": "https://easel.example/webhooks/replicate/job",
    "source": "api",
}


def test_a_whole_prediction() -> None:
    assert parse_prediction(json.dumps(DONE).encode()) == Prediction(
        id="gm3qorzdhgbfurvjtvhg6dckhu",
        status=PredictionStatus.SUCCEEDED,
        model="openai/gpt-image-2",
        input={"prompt": "a lighthouse"},
        output=("https://replicate.delivery/xezq/a/out-0.webp",),
        tokens=Tokens(456, 361, 1372),
        predict_time=38.8,
        total_time=40.0,
        created_at=datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC),
        completed_at=datetime(2026, 11, 20, 12, 0, 40, tzinfo=UTC),
        webhook="https://easel.example/webhooks/replicate/job",
        source=PredictionSource.API,
        picture_count=1,
    )


@pytest.mark.parametrize(
    ("output", "found"),
    [
        (["https://a.example/1", "https://a.example/2"], ("https://a.example/1", "https://a.example/2")),
        ("https://a.example/1", ("https://a.example/1",)),
        ("data:image/png;base64,AAAA", ("data:image/png;base64,AAAA",)),
        ([], ()),
        (None, ()),
        ("", ()),
        ([None, "", 3, {"url": "x"}], ()),
        ({"images": []}, ()),
    ],
)
def test_outputs_in_all_their_forms(output: object, found: tuple[str, ...]) -> None:
    prediction = prediction_of(DONE | {"output": output})
    assert prediction.output == found
    assert prediction.failure == (None if found else NothingReturned())


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        ({"status": "succeeded", "output": None, "data_removed": True}, PicturesGone()),
        ({"status": "succeeded", "output": [], "error": "flagged as sensitive"}, SafetyRefusal()),
        ({"status": "failed", "error": "… (E005) (id)"}, SafetyRefusal()),
        ({"status": "failed", "error": {"code": "moderation_blocked"}}, SafetyRefusal()),
        ({"status": "canceled"}, Canceled()),
        ({"status": "canceled", "deadline": "2026-11-20T12:00:40Z"}, TimedOut(40)),
        ({"status": "canceled", "deadline": "2026-11-20T12:05:00Z"}, Canceled()),
        ({"status": "aborted", "deadline": "2026-11-20T12:05:00Z"}, TimedOut(300)),
        ({"status": "aborted", "completed_at": None}, TimedOut(0)),
        ({"status": "processing", "error": "odd"}, None),
        ({"status": "starting"}, None),
    ],
)
def test_ends_without_pictures(change: dict[str, Any], failure: EaselError | None) -> None:
    prediction = prediction_of(DONE | {"created_at": "2026-11-20T12:00:00Z"} | change)
    assert prediction.failure == failure
    assert prediction.output == ()


@pytest.mark.parametrize("status", ["booting", "unknown", "", None, 3, ["succeeded"]])
def test_an_unknown_status_has_not_ended(status: object) -> None:
    prediction = prediction_of(DONE | {"status": status})
    assert prediction.status is PredictionStatus.UNKNOWN
    assert not prediction.status.ended
    assert prediction.failure is None


@pytest.mark.parametrize("value", [None, [], "id", {}, {"id": 3}, {"id": ""}, {"id": "../account"}, {"id": "a b"}])
def test_what_is_no_prediction(value: object) -> None:
    with pytest.raises(MalformedAnswer):
        prediction_of(value)


def test_only_an_id_is_needed() -> None:
    assert prediction_of({"id": "a"}) == Prediction("a", PredictionStatus.UNKNOWN)


def test_a_page_and_its_cursor() -> None:
    following = "https://elsewhere.example/v1/predictions?created_after=x&cursor=cD0y%3D"
    page = parse_page(json.dumps({"next": following, "results": [DONE]}).encode())
    assert [each.id for each in page.results] == [DONE["id"]]
    assert page.cursor == "cD0y="
    assert parse_page(b'{"next": null, "results": []}') == PredictionPage((), None)


@pytest.mark.parametrize(
    "page",
    [[], {}, {"results": None}, {"results": [{}]}, {"results": [], "next": "https://x"}, {"results": [], "next": 1}],
)
def test_a_page_that_lacks_something_does_not_pass_for_whole(page: object) -> None:
    with pytest.raises(MalformedAnswer):
        parse_page(json.dumps(page).encode())


def test_deep_nesting_is_malformed() -> None:
    with pytest.raises(MalformedAnswer):
        parse_prediction(b"[" * 100_000)


# Arbitrary JSON; and objects with the right names and arbitrary values, which get further in.
_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.just(10**400)
    | st.floats()
    | st.text()
    | st.datetimes(timezones=st.none() | st.just(UTC) | st.just(timezone(timedelta(hours=-14)))).map(datetime.isoformat)
    | st.sampled_from([each.value for each in PredictionStatus])
    | st.from_regex(r"Output token count: \d+"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_predictions = st.fixed_dictionaries(
    {"id": st.just("abc") | _json, "status": st.sampled_from(list(PredictionStatus)) | _json},
    optional=dict.fromkeys({*DONE, "deadline"} - {"id", "status"}, _json),
)
_bodies = st.binary() | (_json | _predictions).map(lambda each: json.dumps(each).encode())


@settings(deadline=None)
@given(_bodies)
def test_any_body_is_a_prediction_or_malformed(body: bytes) -> None:
    try:
        prediction = parse_prediction(body)
    except MalformedAnswer:
        return
    assert prediction.id
    assert all(isinstance(url, str) and url for url in prediction.output)
    assert (prediction.failure is None) == (not prediction.status.ended or bool(prediction.output))
    for moment in (prediction.created_at, prediction.completed_at):
        assert moment is None or moment.utcoffset() == timedelta(0)
    for seconds in (prediction.predict_time, prediction.total_time):
        assert seconds is None or 0 <= seconds < float("inf")


_pages = st.fixed_dictionaries({"results": st.lists(_predictions, max_size=2), "next": _json})


@settings(deadline=None)
@given(_bodies | _pages.map(lambda each: json.dumps(each).encode()))
def test_any_body_is_something_or_malformed(body: bytes) -> None:
    for parse in (
        parse_page,
        wire.parse_file_url,
        wire.parse_model_schema,
        wire.parse_username,
        wire.parse_webhook_secret,
    ):
        with suppress(MalformedAnswer):
            parse(body)


@settings(deadline=None)
@given(st.text() | st.text().map("data:image/png;base64,".__add__) | st.text().map("data:,".__add__))
def test_any_text_is_a_data_uri_or_malformed(uri: str) -> None:
    with suppress(MalformedAnswer):
        assert isinstance(wire.decode_data_uri(uri), bytes)


@settings(deadline=None)
@given(st.text(), st.binary())
def test_an_uploads_name_is_harmless(filename: str, data: bytes) -> None:
    file = wire.upload_file(filename, "image/png", data).file
    assert file is not None
    assert file.filename
    assert len(file.filename) <= 100
    assert set(file.filename) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-")


@pytest.mark.parametrize("slug", ["", "model", "/", "a/", "/b", "a/b/c"])
def test_a_model_is_owner_and_name(slug: str) -> None:
    with pytest.raises(ValueError, match="owner/name"):
        wire.get_model(slug)


def test_paths_are_quoted() -> None:
    assert wire.get_prediction("a/../b?c#d").path == "/predictions/a%2F..%2Fb%3Fc%23d"
    assert wire.get_model("a?/b c").path == "/models/a%3F/b%20c"


def test_a_list_asks_by_a_moment_in_utc() -> None:
    east = datetime(2026, 11, 20, 13, 0, tzinfo=timezone(timedelta(hours=1)))
    assert wire.list_predictions(east).query == {"created_after": "2026-11-20T12:00:00Z"}
    assert wire.list_predictions(east, "x").query == {"created_after": "2026-11-20T12:00:00Z", "cursor": "x"}


def test_a_request_shows_neither_prompt_nor_key() -> None:
    submission = Submission("openai/gpt-image-2", {"prompt": "a secret wish"}, None, 300)
    request = wire.create_prediction(submission, SecretStr("sk-secret"))
    assert "secret" not in repr(request)
    assert request.body is not None
    assert request.body["input"]["openai_api_key"] == "sk-secret"
    assert "webhook_events_filter" not in request.body
