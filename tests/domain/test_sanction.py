"""Ladders, and what is in force."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.appeal import Matter, MatterKind
from bot.domain.ledger import Committed, GrantLeft
from bot.domain.quota import Allowance, Period, Quota, Scope, UsageLimits, decide, quota_of
from bot.domain.sanction import Ladder, Rung, Sanction, SanctionKind, block_among, lowered_limits

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WARNING = Sanction(SanctionKind.WARN, 1, 2, "spam", 3, NOON, strikes=1)
BLOCK = Sanction(SanctionKind.BLOCK, 1, 2, "spam", 3, NOON)
DAY = timedelta(days=1)


def test_strikes_count_for_so_long_and_not_once_they_are_lifted() -> None:
    ladder = Ladder(days=90)
    history = [WARNING, replace(WARNING, strikes=3), replace(WARNING, strikes=9, lifted_at=NOON)]
    assert ladder.strikes(history, NOON) == 4
    assert ladder.strikes(history, NOON + 90 * DAY - timedelta(seconds=1)) == 4
    assert ladder.strikes(history, NOON + 90 * DAY) == 0


@pytest.mark.parametrize(
    ("before", "strikes", "imposed"),
    [(0, 1, None), (2, 1, 1), (3, 1, None), (2, 3, 7), (4, 1, 7), (0, 9, "for good"), (8, 5, None)],
)
def test_the_highest_step_that_is_reached_counts(before: int, strikes: int, imposed: int | str | None) -> None:
    made = Ladder().imposed(replace(WARNING, strikes=strikes), before)
    match imposed:
        case None:
            assert made is None
        case int():
            assert made == replace(BLOCK, made_by=None, ends_at=NOON + imposed * DAY)
        case _:
            assert made == replace(BLOCK, made_by=None)


rungs = st.builds(Rung, st.integers(1, 30), st.just(SanctionKind.BLOCK), st.none() | st.integers(1, 100))


@given(st.lists(rungs, max_size=6, unique_by=lambda rung: rung.strikes), st.lists(st.integers(1, 5), max_size=12))
def test_however_strikes_add_up_each_step_is_taken_once(steps: list[Rung], strikes: list[int]) -> None:
    ladder, total, taken = Ladder(tuple(steps)), 0, list[Rung]()
    for each in strikes:
        rung = ladder.reached(total, total + each)
        total += each
        if rung is not None:
            taken.append(rung)
    assert len({each.strikes for each in taken}) == len(taken)
    assert [each.strikes for each in taken] == sorted(each.strikes for each in taken)
    passed = [each for each in steps if each.strikes <= total]
    assert (max(passed, key=lambda rung: rung.strikes) if passed else None) == (taken[-1] if taken else None)


def test_what_is_in_force() -> None:
    assert not WARNING.in_force(NOON)
    assert BLOCK.in_force(NOON + 999 * DAY)
    assert not replace(BLOCK, lifted_at=NOON).in_force(NOON)
    assert replace(BLOCK, ends_at=NOON + DAY).in_force(NOON + DAY - timedelta(microseconds=1))
    assert not replace(BLOCK, ends_at=NOON + DAY).in_force(NOON + DAY)


def test_of_several_blocks_the_one_that_lasts_longest_is_told() -> None:
    short, long = replace(BLOCK, ends_at=NOON + DAY, id=1), replace(BLOCK, ends_at=NOON + 2 * DAY, id=2)
    assert block_among([]) is None
    assert block_among([short, long, short]) == long
    assert block_among([long, replace(BLOCK, id=3), replace(BLOCK, id=4)]) == replace(BLOCK, id=3)


limits = st.builds(
    UsageLimits, *[st.builds(Allowance, st.none() | st.integers(0, 9), st.none() | st.integers(0, 900))] * 3
)


@given(limits, st.lists(limits, min_size=1, max_size=3), st.integers(1, 9), st.integers(0, 9))
def test_whoever_is_refused_stays_so_with_lowered_limits(
    own: UsageLimits, lowered: list[UsageLimits], pictures: int, used: int
) -> None:
    quota = quota_of(member=own, guild=UsageLimits(), deployment=UsageLimits(), now=NOON, zone=UTC)
    imposed = lowered_limits([Sanction(SanctionKind.LOWER, 1, 2, "", 3, NOON, limits=each) for each in lowered])
    sums = {(Scope.MEMBER, period): Committed(used, 100 * used) for period in Period}
    grants = [GrantLeft(1, 100, NOON + DAY)]

    def refused(of: Quota) -> bool:
        return decide(of, pictures=pictures, price=100, sums=sums, grants=grants, now=NOON).refusal is not None

    stricter = quota.lowered(imposed, NOON)
    assert refused(stricter) or not refused(quota)
    allowed = {(period, unit) for period in Period for unit in ("pictures", "amount")}
    for each in lowered:
        for period, unit in allowed:
            limit = getattr(each.in_period(period), unit)
            asked = used + pictures if unit == "pictures" else 100 * used + 100
            if limit is not None and asked > limit:
                assert refused(stricter), "no grant lifts it"
    assert len({(each.scope, each.period, each.unit) for each in stricter.ceilings}) == len(stricter.ceilings)


def test_a_quota_that_nothing_lowers_is_as_it_was() -> None:
    quota = Quota()
    assert lowered_limits([BLOCK, WARNING]) is None
    assert quota.lowered(None, NOON) is quota


@given(st.builds(Matter, st.sampled_from(MatterKind), st.from_regex(r"[0-9a-f]{1,16}", fullmatch=True)))
def test_a_matter_is_read_as_it_is_written(matter: Matter) -> None:
    assert Matter.parse(str(matter)) == matter


def test_refusals_of_a_day_are_one_matter_in_each_guild() -> None:
    matter = Matter.refusal(7, NOON)
    assert str(matter) == "refusal:7-20261120"
    assert Matter.parse(str(matter)).guild_id == 7
    assert Matter.refusal(7, NOON + DAY) != matter
