"""What failures amount to: the table, and that there is an outcome for anything."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.domain.errors import (
    BadToken,
    Canceled,
    EaselError,
    InputRejected,
    OutOfCredit,
    SafetyRefusal,
    TimedOut,
    VendorBusy,
    VendorFailure,
)
from bot.domain.prediction import PredictionStatus
from bot.replicate.outcomes import (
    DEFAULT_RETRY_AFTER,
    DETAIL_LENGTH,
    LONGEST_RETRY_AFTER,
    failure_of_run,
    refusal,
    retry_after,
)
from bot.service.ports import AnswerLost, Throttled

RUN_ID = "(gm3qorzdhgbfurvjtvhg6dckhu)"


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (f"Prediction failed: Error generating content: it was flagged. (E005) {RUN_ID}", SafetyRefusal()),
        ("Error code: 400 - {'error': {'code': 'moderation_blocked'}}", SafetyRefusal()),
        ("Your request was rejected by the safety system. If you believe", SafetyRefusal()),
        ("Out of credits (E001)", OutOfCredit()),
        ("You exceeded your current quota: insufficient_quota", OutOfCredit()),
        ("The key is not valid (E002)", BadToken()),
        ("Error code: 401 - Incorrect API key provided: sk-abc***xyz", BadToken()),
        (f"Service is currently unavailable due to high demand. Please try again later. (E003) {RUN_ID}", VendorBusy()),
        ("The service is temporarily unavailable (E004)", VendorBusy()),
        ("Service is currently unavailable due to high demand.", VendorBusy()),
        (f"Prediction failed: image 2 can't be read (E006) {RUN_ID}", InputRejected("image 2 can't be read (E006)")),
        ("Director: timed out starting prediction (E6716)", TimedOut(90)),
        ("Prediction interrupted; please retry (code: PA) (E8765)", None),
        ("E9243", VendorFailure("E9243")),
        ("After an E005 another (E006)", InputRejected("After an E005 another (E006)")),
        ("", VendorFailure("no reason given")),
        ("   \n ", VendorFailure("no reason given")),
    ],
)  # fmt: skip
def test_a_failed_run(error: str, outcome: EaselError | None) -> None:
    found = failure_of_run(PredictionStatus.FAILED, error, 90)
    assert found == (outcome or VendorFailure(error))


def test_ends_without_an_error() -> None:
    assert failure_of_run(PredictionStatus.ABORTED, "", 300) == TimedOut(300)
    assert failure_of_run(PredictionStatus.CANCELED, "", 12) == Canceled()


def test_a_detail_tells_no_key_and_stays_short() -> None:
    found = failure_of_run(PredictionStatus.FAILED, "failed with sk-proj-abcDEF_123 and r8_abc123 " + "x" * 500, 0)
    assert isinstance(found, VendorFailure)
    assert found.detail.startswith("failed with [key] and [key] xxx")
    assert len(found.detail) == DETAIL_LENGTH


@settings(deadline=None)
@given(
    status=st.sampled_from([each for each in PredictionStatus if each.ended]), error=st.text() | st.from_regex(r"E\d+")
)
def test_every_end_has_an_outcome_that_can_be_kept(status: PredictionStatus, error: str) -> None:
    found = failure_of_run(status, error, 1)
    record = json.loads(json.dumps(found.to_record()))
    assert EaselError.from_record(record) == found
    assert len(record.get("detail", "")) <= DETAIL_LENGTH


def _throttled(body: object = None, **headers: str) -> float:
    return retry_after(
        CIMultiDict({name.replace("_", "-"): value for name, value in headers.items()}), json.dumps(body).encode()
    )


def test_a_throttle_is_obeyed_in_each_of_its_forms() -> None:
    detail = {"detail": "Request was throttled. Your rate limit resets in ~7s."}
    assert _throttled(Retry_After="12") == 12
    assert _throttled(retry_after="12") == 12
    assert _throttled({"retry_after": 5}) == 5
    assert _throttled({"retry_after": "5"}) == 5
    assert _throttled(detail) == 7
    dates = {"Retry_After": "Fri, 20 Nov 2026 12:00:30 GMT", "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}
    assert _throttled(**dates) == 30
    # Where they differ, the longest: retrying early keeps the throttle closed.
    assert _throttled(detail | {"retry_after": 5}, Retry_After="6") == 7
    assert _throttled(detail | {"retry_after": 9}, Retry_After="6") == 9


def test_a_throttle_that_says_nothing_sensible() -> None:
    assert _throttled() == _throttled([]) == _throttled({"retry_after": "soon"}) == DEFAULT_RETRY_AFTER
    assert _throttled(Retry_After="nan") == _throttled(Retry_After="tomorrow") == DEFAULT_RETRY_AFTER
    assert _throttled(Retry_After="999999") == LONGEST_RETRY_AFTER
    assert _throttled(Retry_After="-3") == _throttled({"retry_after": 0}) == 1


def test_wrong_input_names_its_fields() -> None:
    fields = [
        {"type": "enum", "field": "input.quality", "description": "must be one of low, high"},
        {"type": "required", "field": "input", "description": "prompt is required"},
        "nonsense",
    ]
    body = json.dumps({"title": "Input validation failed", "detail": "- …", "invalid_fields": fields}).encode()
    assert refusal(422, {}, body) == InputRejected("quality: must be one of low, high; input: prompt is required")
    assert refusal(422, {}, b'{"detail": "prompt is required"}') == InputRejected("prompt is required")
    assert refusal(422, {}, b"<html>") == InputRejected("HTTP 422")


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_problems = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("detail", "title", "status", "retry_after", "invalid_fields"), _json)
)


@settings(deadline=None)
@given(
    status=st.integers(300, 599),
    headers=st.dictionaries(st.sampled_from(["Retry-After", "Date"]), st.text()),
    body=st.binary() | _problems.map(lambda each: json.dumps(each).encode()),
)
def test_every_answer_without_success_means_something(status: int, headers: dict[str, str], body: bytes) -> None:
    found = refusal(status, headers, body)
    assert isinstance(found, EaselError | Throttled | AnswerLost)
    if isinstance(found, Throttled):
        assert 1 <= found.retry_after <= LONGEST_RETRY_AFTER
    if status >= 500 or status < 400:
        assert isinstance(found, AnswerLost)


@pytest.mark.parametrize(
    ("detail", "per_minute"),
    [
        ("Your rate limit is reduced to 6 requests per minute with a burst of 1 requests. It resets in ~9s.", 6.0),
        ("Request was throttled. Your rate limit resets in ~9s.", None),
        ("0 requests per minute", None),
    ],
)
def test_a_429_may_name_the_limit(detail: str, per_minute: float | None) -> None:
    refused = refusal(429, {}, json.dumps({"detail": detail}).encode())
    assert isinstance(refused, Throttled)
    assert refused.per_minute == per_minute
