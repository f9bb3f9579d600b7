"""A token bucket that learns: never faster than the limit, and never stuck."""

from collections import deque
from datetime import UTC, datetime, timedelta
from math import ceil, floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.pace import CROWD_SECONDS, FORGET_SECONDS, SLOWEST_PER_MINUTE, Pace

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

limits = st.integers(1, 2000).map(float)
steps = st.lists(st.floats(0, 20), max_size=40)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_a_full_bucket_holds_six_seconds_of_creates_and_one_at_least() -> None:
    assert Pace.full(600, NOON).tokens == 60
    assert Pace.full(6, NOON).tokens == 1


@settings(deadline=None)
@given(limits, steps, st.data())
def test_in_no_minute_are_there_more_creates_than_the_limit(
    limit: float, seconds: list[float], data: st.DataObject
) -> None:
    pace, now = Pace.full(limit, NOON), NOON
    minute: deque[datetime] = deque()
    for step in seconds:
        now += timedelta(seconds=step)
        pace = pace.at(now, limit)
        taken = data.draw(st.sampled_from([floor(pace.tokens), 0]))
        pace = pace.taken(taken)
        minute.extend([now] * taken)
        while minute and now - minute[0] >= MINUTE:
            minute.popleft()
        assert len(minute) <= limit


@pytest.mark.parametrize("limit", [6, 10, 60, 600])
def test_who_takes_all_that_there_is_gets_the_limit_and_no_more(limit: float) -> None:
    pace, taken = Pace.full(limit, NOON), 0
    for second in range(60):
        pace = pace.at(after(second), limit)
        taken += floor(pace.tokens)
        pace = pace.taken(floor(pace.tokens))
    assert 0.8 * limit <= taken <= limit


@settings(deadline=None)
@given(limits, st.data())
def test_nor_while_a_limit_comes_back(limit: float, data: st.DataObject) -> None:
    pace = Pace.full(limit, NOON).refused(NOON, limit, data.draw(st.floats(1, limit)))
    now = NOON
    minute: deque[datetime] = deque()
    for _ in range(data.draw(st.integers(1, 60))):
        now += timedelta(seconds=data.draw(st.floats(0, FORGET_SECONDS / 2)))
        pace = pace.at(now, limit)
        taken = floor(pace.tokens)
        pace = pace.taken(taken)
        minute.extend([now] * taken)
        while minute and now - minute[0] >= MINUTE:
            minute.popleft()
        assert len(minute) <= ceil(pace.per_minute(limit, now))


@given(limits, st.floats(-5, 1, exclude_max=True))
def test_after_the_wait_there_is_a_whole_token(limit: float, tokens: float) -> None:
    """Or nearly, and then it takes a moment more: never does it take none."""
    pace = Pace(tokens, NOON)
    waits = 0
    while pace.tokens < 1:
        wait = timedelta(seconds=pace.wait(limit))
        assert wait >= timedelta(milliseconds=1)
        pace = pace.at(pace.counted_at + wait, limit)
        waits += 1
        assert waits <= 2
    assert pace.wait(limit) == 0


@given(limits, st.floats(0, 10), st.floats(0, 600))
def test_a_clock_that_is_behind_adds_nothing(limit: float, tokens: float, behind: float) -> None:
    pace = Pace(min(tokens, Pace.full(limit, NOON).tokens), NOON)
    seen = pace.at(after(-behind), limit)
    assert seen == pace
    assert seen.at(NOON, limit) == pace  # nor does it add twice when the other clock comes again


def test_an_idle_bucket_is_full_and_no_fuller() -> None:
    pace = Pace.full(600, NOON).taken(60)
    assert pace.at(after(1), 600).tokens == pytest.approx(9)
    assert pace.at(after(3600), 600).tokens == 60


def test_a_configured_limit_that_was_lowered_holds_at_once() -> None:
    assert Pace.full(600, NOON).at(NOON, 60).tokens == 6


# ---------------------------------------------------------------------------------------------- refusals


def test_a_limit_that_was_told_is_kept_and_comes_back() -> None:
    pace = Pace.full(600, NOON).refused(NOON, 600, 6)
    assert pace.tokens == 0
    limits = [pace.per_minute(600, after(number * FORGET_SECONDS)) for number in range(9)]
    assert limits == [6, 12, 24, 48, 96, 192, 384, 600, 600]
    assert pace.per_minute(600, after(FORGET_SECONDS - 1)) == 6
    assert pace.per_minute(600, after(10**9)) == 600


def test_a_limit_above_the_configured_one_is_not_learned() -> None:
    assert Pace.full(60, NOON).refused(NOON, 60, 3000).per_minute(60, NOON) == 60


def test_a_limit_that_was_not_told_halves_down_to_the_slowest() -> None:
    pace = Pace.full(600, NOON)
    learned: list[float] = []
    for number in range(9):
        now = after(number * CROWD_SECONDS)
        pace = pace.refused(now, 600, None)
        learned.append(pace.per_minute(600, now))
    assert learned == [300, 150, 75, 37.5, 18.75, 9.375, SLOWEST_PER_MINUTE, SLOWEST_PER_MINUTE, SLOWEST_PER_MINUTE]


def test_a_crowd_that_is_refused_together_halves_it_once() -> None:
    pace = Pace.full(600, NOON)
    for second in (0.0, 1.0, CROWD_SECONDS - 0.1):
        pace = pace.at(after(second), 600).refused(after(second), 600, None)
        assert pace.tokens == 0
    assert pace.per_minute(600, after(CROWD_SECONDS)) == 300


def test_what_is_told_counts_in_a_crowd_too() -> None:
    pace = Pace.full(600, NOON).refused(NOON, 600, None).refused(after(1), 600, 6)
    assert pace.per_minute(600, after(1)) == 6


def test_the_slowest_is_no_faster_than_what_is_configured() -> None:
    assert Pace.full(2, NOON).refused(NOON, 2, None).per_minute(2, NOON) == 2
