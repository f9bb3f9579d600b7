"""Hosts, quotas, outcomes and transitions: the domain's small rules."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.words.outcomes import sentence
from bot.domain.errors import (
    EaselError,
    LimitReached,
    SafetyRefusal,
    VendorFailure,
)
from bot.domain.hosts import AllowedHosts, is_loopback
from bot.domain.job import TRANSITIONS, JobStatus
from bot.domain.ledger import Committed
from bot.domain.quota import Allowance, Period, Scope, Span, Sums, UsageLimits, decide, quota_of, span

NOW = datetime(2026, 11, 23, 23, 59, tzinfo=UTC)
MIDNIGHT = int(datetime(2026, 11, 24, tzinfo=UTC).timestamp())
CDN = AllowedHosts.parse("cdn.discordapp.com, media.discordapp.net,images-ext-*.discordapp.net")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://cdn.discordapp.com/a.png?ex=1", True),
        ("https://CDN.discordapp.com/a.png", True),
        ("https://images-ext-2.discordapp.net/a", True),
        ("http://cdn.discordapp.com/a.png", False),
        ("https://cdn.discordapp.com.evil.example/a.png", False),
        ("https://evil.example/cdn.discordapp.com", False),
        ("https://cdn.discordapp.com@evil.example/", False),
        ("https://user:pw@cdn.discordapp.com/", False),
        ("https://images-ext-1.discordapp.net.evil.example/", False),
        ("ftp://cdn.discordapp.com/a.png", False),
        ("file:///etc/passwd", False),
        ("https:///a.png", False),
        ("https://cdn.discordapp.com:notaport/", False),
        ("", False),
    ],
)
def test_only_the_allowed_hosts_are_asked(url: str, allowed: bool) -> None:
    assert CDN.allow(url) is allowed


def test_delivery_hosts_and_below_and_plain_http_on_the_loopback_alone() -> None:
    hosts = AllowedHosts.parse("replicate.delivery,*.replicate.delivery,127.0.0.1:8000")
    assert hosts.allow("https://replicate.delivery/x")
    assert hosts.allow("https://a.b.replicate.delivery/x")
    assert not hosts.allow("https://notreplicate.delivery/x")
    assert hosts.allow("http://127.0.0.1:4711/x")
    assert not hosts.allow("http://127.0.0.2/x")


@given(st.text(max_size=60))
def test_no_text_is_a_url_that_breaks_the_check(text: str) -> None:
    assert CDN.allow(text) in (True, False)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("a", False)],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


QUOTA = quota_of(
    member=UsageLimits(day=Allowance(pictures=20)),
    guild=UsageLimits(),
    deployment=UsageLimits(day=Allowance(amount=10_000_000)),
    now=NOW,
    zone=UTC,
)


def sums(pictures: int, spent: int) -> Sums:
    """What the member has used of a day, and what all have spent of it."""
    return {(Scope.MEMBER, Period.DAY): Committed(pictures, 0), (Scope.DEPLOYMENT, Period.DAY): Committed(0, spent)}


@given(st.integers(0, 30), st.integers(1, 10), st.integers(0, 12_000_000), st.integers(0, 2_000_000))
def test_what_is_let_through_never_exceeds_a_ceiling(used: int, asked: int, spent: int, price: int) -> None:
    decision = decide(QUOTA, pictures=asked, price=price, sums=sums(used, spent), now=NOW)
    fits = used + asked <= 20 and spent + price <= 10_000_000
    assert (decision.refusal is None) is fits


def test_a_refusal_says_how_much_is_left_and_when_it_resets() -> None:
    spent = decide(QUOTA, pictures=3, price=1, sums=sums(18, 0), now=NOW).refusal
    assert spent == LimitReached("member", "day", "pictures", limit=20, used=18, asked=3, resets_at=MIDNIGHT)
    budget = decide(QUOTA, pictures=1, price=128_000, sums=sums(0, 9_900_000), now=NOW).refusal
    assert budget == LimitReached("deployment", "day", "amount", 10_000_000, 9_900_000, 128_000, MIDNIGHT)


def test_the_day_is_utc_whatever_zone_the_clock_speaks() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=9)))
    assert span(Period.DAY, elsewhere) == Span(datetime(2026, 11, 23, tzinfo=UTC), datetime(2026, 11, 24, tzinfo=UTC))


LIMITED = {"scope": "guild", "period": "week", "unit": "amount"}


def outcomes() -> list[EaselError]:
    """One of every outcome that can be stored, with data of the right kind."""
    samples: dict[Any, Any] = {int: 7, str: "some text"}
    return [
        kind(**{each.name: LIMITED.get(each.name, samples.get(each.type, ("PNG", "WebP"))) for each in fields(kind)})  # type: ignore[arg-type] # every class with a code is a dataclass
        for kind in EaselError._by_code.values()
    ]


@pytest.mark.parametrize("outcome", outcomes(), ids=lambda each: each.code)
def test_every_outcome_survives_storage_and_has_a_sentence_of_its_own(outcome: EaselError) -> None:
    assert EaselError.from_record(outcome.to_record()) == outcome
    text = sentence(outcome)
    assert text
    assert text.endswith((".", ")."))
    assert "Something went wrong" not in text, "that is for what has no class"
    assert len(text) < 400


def test_no_two_outcomes_share_their_sentence() -> None:
    texts = [sentence(each) for each in outcomes()]
    assert len(set(texts)) == len(texts)


def test_an_outcome_of_a_newer_version_is_still_an_outcome() -> None:
    assert EaselError.from_record({"code": "not_yet_known", "field": 1}) == VendorFailure("not_yet_known")
    assert EaselError.from_record(SafetyRefusal().to_record()) == SafetyRefusal()


@pytest.mark.parametrize("status", JobStatus)
def test_every_status_leads_to_an_end(status: JobStatus) -> None:
    reached, ahead = set[JobStatus](), {status}
    while ahead:
        reached |= ahead
        ahead = {to for each in ahead for to in TRANSITIONS[each]} - reached
    assert any(each.ended for each in reached)
    assert status.ended == (reached == {status})
