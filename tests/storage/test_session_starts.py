"""When a session with Discord may start: one at a time of those that exclude each other, in whichever process; and no
storm of starts, however long it lasts and whatever is forgotten, uses up the IDENTIFYs of a day."""

import asyncio
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat.gateway import (
    CONCURRENCY_PERIOD,
    DAY,
    FREE_STARTS,
    WINDOW,
    SessionStartLimit,
    SessionStarts,
    Start,
    pause_before_start,
    window_of,
)
from bot.storage.store import SqlStore
from tests.clocks import NOON, ManualClock
from tests.storage.conftest import Opener

LIMIT = SessionStartLimit(total=1000, remaining=1000, reset_after=DAY, max_concurrency=1)
AT_ONCE = replace(LIMIT, max_concurrency=1000)


def ago(*seconds: float, shard: int = 0) -> list[Start]:
    return [Start(NOON - timedelta(seconds=each), shard) for each in sorted(seconds, reverse=True)]


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
def test_rules(starts: list[Start], limit: SessionStartLimit, seconds: float, reason: str) -> None:
    pause = pause_before_start(0, starts, limit, NOON)
    assert (round(pause.length.total_seconds()) if pause else 0) == seconds
    assert reason in (pause.reason if pause else "")


@pytest.mark.parametrize(
    ("shard", "seconds"), [pytest.param(2, 4, id="the same remainder"), pytest.param(1, 0, id="another remainder")]
)
def test_shards_with_the_same_remainder_start_one_after_the_other(shard: int, seconds: float) -> None:
    pause = pause_before_start(0, ago(1, shard=shard), replace(LIMIT, max_concurrency=2), NOON, shards=4)
    assert (round(pause.length.total_seconds()) if pause else 0) == seconds


@pytest.mark.parametrize(
    ("starts", "seconds"),
    [
        pytest.param(ago(*[1] * 40, shard=3), 0, id="another shard's storm is its own"),
        pytest.param(ago(*[4000] * 5), 0, id="an hour ago, yet after the last free one"),
        pytest.param(ago(*[10] * 6), 2 * 5 * 16 - 10, id="for so many shards each spacing is as much longer"),
        pytest.param(ago(*[10] * 30), 288 * 16 - 10, id="and so is the longest"),
    ],
)
def test_each_of_many_shards_has_its_share_of_a_day(starts: list[Start], seconds: float) -> None:
    pause = pause_before_start(0, starts, AT_ONCE, NOON, shards=16)
    assert (round(pause.length.total_seconds()) if pause else 0) == seconds


def storm(gaps: list[float], *, shards: int = 1, forgetful: bool = False) -> list[datetime]:
    """When sessions start over a day, if the process with all the shards dies that many seconds after its last one has
    started, over and over."""
    now, starts = NOON, list[Start]()
    while now < NOON + DAY:
        for shard in range(shards):
            while True:
                remaining = LIMIT.total - len(starts)
                limit = replace(LIMIT, remaining=remaining, reset_after=NOON + DAY - now, max_concurrency=shards)
                kept = [] if forgetful else [each for each in starts if each.at > now - window_of(shards)]
                pause = pause_before_start(shard, kept, limit, now, shards=shards)
                if pause is None:
                    break
                now += pause.length
            if now >= NOON + DAY:
                break
            starts.append(Start(now, shard))
        now += timedelta(seconds=gaps[len(starts) % len(gaps)])
    return [each.at for each in starts]


@given(gaps=st.lists(st.floats(min_value=1, max_value=400), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_a_storm_leaves_most_of_the_day_for_others(gaps: list[float]) -> None:
    starts = storm(gaps)
    assert len(starts) <= 320
    assert all(later - earlier >= timedelta(seconds=5) for earlier, later in pairwise(starts))


@pytest.mark.parametrize("shards", [2, 16, 64])
def test_a_storm_of_many_shards_leaves_a_quarter_of_it(shards: int) -> None:
    assert shards < len(storm([1.0], shards=shards)) <= 0.75 * LIMIT.total


@given(gaps=st.lists(st.floats(min_value=1, max_value=90), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_a_storm_that_remembers_nothing_stays_within_the_day(gaps: list[float]) -> None:
    """As one in a container does whose disk is new each time."""
    assert len(storm(gaps, forgetful=True)) <= LIMIT.total


def test_an_operator_who_starts_anew_now_and_then_waits_for_nothing() -> None:
    starts = [Start(NOON - WINDOW + timedelta(minutes=12 * number)) for number in range(1, FREE_STARTS + 1)]
    assert pause_before_start(0, starts, LIMIT, NOON + timedelta(seconds=5)) is None


async def test_processes_that_start_at_once_take_turns(store: SqlStore, open_another: Opener) -> None:
    """Sixteen shards in four processes, of which Discord takes four at once."""
    clock, started = ManualClock(), defaultdict[datetime, list[int]](list)
    limit = replace(LIMIT, max_concurrency=4)

    async def ask() -> SessionStartLimit:
        return limit

    async def start(starts: SessionStarts, shard: int) -> None:
        await starts.turn(shard, ask)
        started[clock.now()].append(shard)

    stores = [store, *[await open_another() for _ in range(3)]]
    processes = [SessionStarts(each, clock, shards=16) for each in stores]
    turns = [asyncio.create_task(start(processes[shard // 4], shard)) for shard in range(16)]
    try:
        for number in range(1, 5):  # whoever is first takes all four, and the others wait behind it
            async with asyncio.timeout(10):
                while (  # noqa: ASYNC110 # who waits for a turn tells nobody
                    sum(map(len, started.values())) < 4 * number
                    or sum(bool(each.waiting) for each in processes) < 4 - number
                ):
                    await asyncio.sleep(0)
            clock.advance(CONCURRENCY_PERIOD.total_seconds())
        await asyncio.gather(*turns)
    finally:
        for each in turns:
            each.cancel()
        await asyncio.gather(*turns, return_exceptions=True)
    assert [len(shards) for shards in started.values()] == [4] * 4
    assert all({each % 4 for each in shards} == {0, 1, 2, 3} for shards in started.values())


async def test_the_operator_is_told_of_few_starts_until_discord_counts_anew(store: SqlStore) -> None:
    clock = ManualClock()
    starts = SessionStarts(store, clock, shards=1)
    assert starts.incident() is None, "nobody has asked yet"

    async def ask() -> SessionStartLimit:
        return SessionStartLimit(remaining=remaining, reset_after=timedelta(hours=2))

    remaining = 250
    await starts.turn(0, ask)
    assert starts.incident() is None
    clock.advance(60)
    remaining = 249
    await starts.turn(0, ask)  # the first was long enough ago
    incident = starts.incident()
    assert incident is not None
    assert "249 more of 1000" in incident.words
    clock.advance(7_200)
    assert starts.incident() is None
