"""What Replicate's failures amount to, in the outcomes that a person sees: of runs, and of calls.

Replicate's error texts are no contract, so a code in the text decides first, then words that are known to be used, and
what is not recognized is passed on shortened.
"""

import math
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import cast

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
from bot.replicate.decoding import JsonObject, MalformedAnswer, decode, text
from bot.service.ports import AnswerLost, Throttled

DETAIL_LENGTH = 200
"""Characters of the vendor's own words that an outcome carries at most."""

DEFAULT_RETRY_AFTER = 10.0
"""Seconds to stay away after a 429 that doesn't say how long: what a limit of six a minute takes."""

LONGEST_RETRY_AFTER = 600.0
"""Seconds; a 429 that asks for more is not believed."""

_CODE = re.compile(r"\bE\d{3,4}\b")
_KEY = re.compile(r"\b(?:sk-|r8_)[\w*.-]+")
_RUN_ID = re.compile(r"\s*\([a-z0-9]{20,}\)\s*$")
_PER_MINUTE = re.compile(r"\b(\d{1,6}) requests per minute", re.IGNORECASE)
_RESETS_IN = re.compile(r"resets in ~?\s*(\d{1,6}(?:\.\d{1,3})?)\s*s", re.IGNORECASE)

_SAFETY_WORDS = ("moderation_blocked", "safety system", "flagged as sensitive", "content_policy_violation")
_BUSY_WORDS = ("high demand", "rate_limit_exceeded", "temporarily unavailable", "overloaded")
_KEY_WORDS = ("invalid_api_key", "incorrect api key")
_CREDIT_WORDS = ("insufficient credit", "insufficient_quota", "billing_hard_limit_reached")


def shorten(words: str) -> str:
    """The vendor's words on one line of at most `DETAIL_LENGTH` characters, without anything that looks like a key."""
    line = _KEY.sub("[key]", " ".join(words.split()))
    return line if len(line) <= DETAIL_LENGTH else line[: DETAIL_LENGTH - 1] + "…"


def failure_of_run(status: PredictionStatus, error: str, seconds: int) -> EaselError:
    """The outcome of a run that ended without pictures. `seconds` is how long it had, for a time-out to tell."""
    match status:
        case PredictionStatus.ABORTED:
            return TimedOut(seconds)
        case PredictionStatus.CANCELED:
            return Canceled()
        case _:
            return _by_code(error, seconds) or _by_words(error) or _unrecognized(error)


def _by_code(error: str, seconds: int) -> EaselError | None:
    for code in reversed(_CODE.findall(error)):  # Replicate's own stands last; what precedes may quote others
        match code:
            case "E001":
                return OutOfCredit()
            case "E002":
                return BadToken()
            case "E003" | "E004":
                return VendorBusy()
            case "E005":
                return SafetyRefusal()
            case "E006":
                return InputRejected(_words(error))
            case "E6716":  # it did not start in time
                return TimedOut(seconds)
            case _:
                continue
    return None


def _by_words(error: str) -> EaselError | None:
    lowered = error.lower()
    for words, outcome in (
        (_SAFETY_WORDS, SafetyRefusal),
        (_CREDIT_WORDS, OutOfCredit),
        (_KEY_WORDS, BadToken),
        (_BUSY_WORDS, VendorBusy),
    ):
        if any(word in lowered for word in words):
            return outcome()
    return None


def _unrecognized(error: str) -> VendorFailure:
    return VendorFailure(_words(error) or "no reason given")


def _words(error: str) -> str:
    """Replicate's text without its frame: "Prediction failed:" before, the prediction's id behind."""
    return shorten(_RUN_ID.sub("", error.strip().removeprefix("Prediction failed:")))


def refusal(status: int, headers: Mapping[str, str], body: bytes) -> Exception:
    """What an answer without success means for the call: an outcome of `bot.domain.errors` where it is final,
    `Throttled`, or `AnswerLost` where the call may have had its effect all the same. `headers` ignore case."""
    match status:
        case 401 | 403:
            return BadToken()
        case 402:
            return OutOfCredit()
        case 429:
            return Throttled(retry_after(headers, body), creates_per_minute(body))
        case 408:
            return AnswerLost("HTTP 408")
        case _ if 400 <= status < 500:
            return InputRejected(_rejected(status, body))
        case _:
            return AnswerLost(f"HTTP {status}")


def creates_per_minute(body: bytes) -> float | None:
    """The limit that the text of a 429 names, as it does for accounts with little credit; None where it names none."""
    named = _PER_MINUTE.search(text(_problem(body).get("detail")))
    return float(named[1]) if named and float(named[1]) > 0 else None


def retry_after(headers: Mapping[str, str], body: bytes) -> float:
    """Seconds to leave Replicate alone: the longest that header, field and text of a 429 ask for, since retrying early
    keeps the throttle closed. Between 1 and `LONGEST_RETRY_AFTER`."""
    problem = _problem(body)
    in_text = _RESETS_IN.search(text(problem.get("detail")))
    asked = (
        _header_seconds(headers),
        _seconds(problem.get("retry_after")),
        float(in_text[1]) if in_text else None,
    )
    longest = max((each for each in asked if each is not None), default=DEFAULT_RETRY_AFTER)
    return min(max(longest, 1.0), LONGEST_RETRY_AFTER)


def _header_seconds(headers: Mapping[str, str]) -> float | None:
    told = headers.get("Retry-After")
    if told is None:
        return None
    try:
        return _seconds(float(told))
    except ValueError:
        pass
    try:  # HTTP also allows a date; the answer's own clock says how far off it is
        return (parsedate_to_datetime(told) - parsedate_to_datetime(headers.get("Date", ""))).total_seconds()
    except (ValueError, TypeError):
        return None


def _seconds(value: object) -> float | None:
    try:
        seconds = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) else None


def _rejected(status: int, body: bytes) -> str:
    problem = _problem(body)
    fields = problem.get("invalid_fields")
    named = [_named(field) for field in cast("list[object]", fields)] if isinstance(fields, list) else []
    detail = "; ".join(each for each in named if each) or text(problem.get("detail")) or text(problem.get("title"))
    return shorten(detail or f"HTTP {status}")


def _named(field: object) -> str:
    """One of `invalid_fields`, as "quality: must be one of …"."""
    if not isinstance(field, dict):
        return ""
    entry = cast("JsonObject", field)
    name = text(entry.get("field")).removeprefix("input.")
    return ": ".join(part for part in (name, text(entry.get("description"))) if part)


def _problem(body: bytes) -> JsonObject:
    """The body of an error, empty where it is none: a proxy may have answered in Replicate's place."""
    try:
        value = decode(body)
    except MalformedAnswer:
        return {}
    return cast("JsonObject", value) if isinstance(value, dict) else {}
