"""No storm of starts, however long it lasts and whatever is forgotten, uses up Discord's IDENTIFYs of a day."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.gateway import DAY, FREE_STARTS, WINDOW, SessionStartLimit, Start, pause_before_start
from tests.clocks import NOON

LIMIT = SessionStartLimit(total=1000, remaining=1000, reset_after=DAY, max_concurrency=1)
AT_ONCE = replace(LIMIT, max_concurrency=1000)


def ago(*seconds: float) -> list[datetime]:
    return [NOON - timedelta(seconds=each) for each in sorted(seconds, reverse=True)]


@pytest.mark.parametrize(
    ("starts", "limit", "seconds", "reason"),
    [
        pytest.param([], LIMIT, 0, "", id="the first"),
        pytest.param(ago(2), LIMIT, 3, "takes 1 at once", id="Discord's five seconds"),
        pytest.param(ago(5), LIMIT, 0, "", id="five seconds later"),
        pytest.param(ago(1, 2), replace(LIMIT, max_concurrency=2), 3, "takes 2 at once", id="two in five seconds"),
        pytest.param(ago(1), replace(LIMIT, max_concurrency=2), 0, "", id="the second of two"),
        pytest.param(ago(1, 1, 1, 1), AT_ONCE, 0, "", id="the last free one"),
        pytest.param(ago(1, 1, 1, 1, 1), AT_ONCE, 4, "there were 5", id="a sixth"),
        pytest.param(ago(1, 1, 1, 1, 1, 1), AT_ONCE, 9, "there were 6", id="a seventh"),
        pytest.param(ago(*[1] * 9), AT_ONCE, 79, "there were 9", id="a tenth"),
        pytest.param(ago(*[1] * 50), AT_ONCE, 287, "there were 50", id="the longest"),
        pytest.param(ago(3599, *[600] * 8), AT_ONCE, 0, "", id="a storm that is over"),
        pytest.param(ago(1000), replace(LIMIT, remaining=250), 0, "", id="a quarter left"),
        pytest.param(
            ago(100), replace(LIMIT, remaining=240), 260, "240 of 1000 left for the next 24 h", id="less left"
        ),
        pytest.param(ago(500), replace(LIMIT, remaining=240), 0, "", id="less left, and long ago"),
        pytest.param([], replace(LIMIT, remaining=240), 360, "240 of 1000 left", id="less left, and all forgotten"),
        pytest.param(ago(3000), replace(LIMIT, remaining=1), 83400, "1 of 1000 left", id="the last one"),
        pytest.param(ago(3000), replace(LIMIT, remaining=0, reset_after=timedelta(minutes=9)), 540, "0 of", id="none"),
    ],
)
def test_rules(starts: list[datetime], limit: SessionStartLimit, seconds: float, reason: str) -> None:
    pause = pause_before_start(starts, limit, NOON)
    assert (round(pause.length.total_seconds()) if pause else 0) == seconds
    assert reason in (pause.reason if pause else "")


def storm(gaps: list[float], *, forgetful: bool) -> list[datetime]:
    """When sessions start over a day, if the process dies that many seconds after each, over and over."""
    now, starts = NOON, list[datetime]()
    while now < NOON + DAY:
        remaining = LIMIT.total - len(starts)
        limit = replace(LIMIT, remaining=remaining, reset_after=NOON + DAY - now)
        kept = [] if forgetful else [each for each in starts[-50:] if each > now - WINDOW]
        pause = pause_before_start(kept, limit, now)
        if pause is not None:
            now += pause.length
            if now >= NOON + DAY:
                break
        starts.append(now)
        now += timedelta(seconds=gaps[len(starts) % len(gaps)])
    return starts


@given(gaps=st.lists(st.floats(min_value=1, max_value=400), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_a_storm_leaves_most_of_the_day_for_others(gaps: list[float]) -> None:
    starts = storm(gaps, forgetful=False)
    assert len(starts) <= 320
    assert all(later - earlier >= timedelta(seconds=5) for earlier, later in pairwise(starts))


@given(gaps=st.lists(st.floats(min_value=1, max_value=90), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_a_storm_that_remembers_nothing_stays_within_the_day(gaps: list[float]) -> None:
    """As one in a container does whose disk is new each time."""
    assert len(storm(gaps, forgetful=True)) <= LIMIT.total


def test_an_operator_who_starts_anew_now_and_then_waits_for_nothing() -> None:
    starts = [NOON - WINDOW + timedelta(minutes=12 * number) for number in range(1, FREE_STARTS + 1)]
    assert pause_before_start(starts, LIMIT, NOON + timedelta(seconds=5)) is None
