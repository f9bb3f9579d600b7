"""Limits: the periods of a calendar, which limit holds for whom, and what is decided of a request."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import CoolingDown, LimitReached, RequestOverLimit, TooManyRoles
from bot.domain.ledger import Committed, GrantLeft
from bot.domain.quota import (
    MOST_ROLES,
    UNLIMITED,
    Allowance,
    Ceiling,
    GuildLimits,
    Period,
    Quota,
    QuotaDecision,
    Scope,
    Span,
    Unit,
    UsageLimits,
    decide,
    most_generous,
    quota_of,
    span,
)

NOW = datetime(2026, 11, 18, 10, 30, tzinfo=UTC)  # a Wednesday
GENEROUS = UsageLimits(day=Allowance(50), month=Allowance(amount=5_000_000))


def hours(of: Span) -> float:
    return (of.end - of.start) / timedelta(hours=1)


# ------------------------------------------------------------------------------------------------ periods


def test_periods_begin_at_midnight_on_monday_and_on_the_first() -> None:
    spans = {period: span(period, NOW, UTC) for period in Period}
    assert spans == {
        Period.DAY: Span(datetime(2026, 11, 18, tzinfo=UTC), datetime(2026, 11, 19, tzinfo=UTC)),
        Period.WEEK: Span(datetime(2026, 11, 16, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)),
        Period.MONTH: Span(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)),
    }


def test_a_day_is_the_zones_own() -> None:
    auckland = ZoneInfo("Pacific/Auckland")  # 13 hours ahead
    today = span(Period.DAY, datetime(2026, 11, 18, 12, tzinfo=UTC), auckland)
    assert today.start == datetime(2026, 11, 18, 11, tzinfo=UTC)
    assert span(Period.DAY, today.end - timedelta(microseconds=1), auckland) == today
    assert span(Period.DAY, today.end, auckland).start == today.end


@pytest.mark.parametrize(
    ("zone", "day", "length"),
    [
        ("Europe/Berlin", date(2026, 3, 29), 23),
        ("Europe/Berlin", date(2026, 10, 25), 25),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
        ("America/Santiago", date(2026, 9, 6), 23),  # midnight doesn't exist
        ("America/Santiago", date(2026, 4, 4), 25),  # the hour before midnight comes twice
        ("Africa/Cairo", date(2026, 4, 24), 23),  # midnight doesn't exist
        ("Asia/Beirut", date(2026, 3, 29), 23),  # midnight doesn't exist
        ("America/Havana", date(2026, 11, 1), 25),  # midnight comes twice
        ("Pacific/Apia", date(2011, 12, 29), 24),  # the next day doesn't exist
    ],
)
def test_days_on_which_clocks_change(zone: str, day: date, length: float) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    within = span(Period.DAY, noon, ZoneInfo(zone))
    assert hours(within) == length
    assert within.start.astimezone(ZoneInfo(zone)).date() == day
    assert (within.end - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() == day


ZONES = (
    "Africa/Cairo", "America/Asuncion", "America/Havana", "America/Nuuk", "America/Santiago", "America/Sao_Paulo",
    "Asia/Beirut", "Asia/Gaza", "Asia/Kathmandu", "Asia/Tehran", "Atlantic/Azores", "Australia/Lord_Howe",
    "Europe/Berlin", "Pacific/Apia", "Pacific/Chatham", "UTC",
)  # fmt: skip


@given(
    st.sampled_from(ZONES),
    st.sampled_from(Period),
    st.integers(1_262_304_000, 2_114_380_800).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),  # 2010 to 2037
)
def test_periods_leave_no_gap_and_never_overlap(zone: str, period: Period, now: datetime) -> None:
    within = span(period, now, ZoneInfo(zone))
    assert within.start <= now < within.end
    assert span(period, within.start, ZoneInfo(zone)) == within
    assert span(period, within.end - timedelta(microseconds=1), ZoneInfo(zone)) == within
    assert span(period, within.end, ZoneInfo(zone)).start == within.end


@pytest.mark.parametrize("zone", ZONES)
def test_days_of_years_follow_one_another(zone: str) -> None:
    """Over all changes of clocks of these years, however rare."""
    days = [span(Period.DAY, datetime(2022, 1, 1, tzinfo=UTC), ZoneInfo(zone))]
    while days[-1].end.year < 2026:
        days.append(span(Period.DAY, days[-1].end, ZoneInfo(zone)))
    assert all(one.end == other.start for one, other in pairwise(days))
    assert len(days) in range(4 * 365, 4 * 365 + 4)


# ------------------------------------------------------------------------------------------- whose limits


def test_what_a_guild_leaves_open_is_as_the_operator_has_set_it() -> None:
    limits = GuildLimits(member=UsageLimits(day=Allowance(pictures=5)))
    default = UsageLimits(day=Allowance(50, 1_000_000), cooldown=30)
    assert limits.of_member((), default) == UsageLimits(day=Allowance(5, 1_000_000), cooldown=30)


def test_of_several_roles_the_most_generous_wins_limit_by_limit() -> None:
    limits = GuildLimits(
        member=UsageLimits(day=Allowance(5), week=Allowance(amount=1_000_000), cooldown=60),
        roles={
            1: UsageLimits(day=Allowance(10), cooldown=90),
            2: UsageLimits(day=Allowance(8), week=Allowance(amount=3_000_000)),
            3: UsageLimits(day=Allowance(99)),
        },
    )
    assert limits.of_member((1, 2, 4), UsageLimits()) == UsageLimits(
        day=Allowance(10), week=Allowance(amount=3_000_000), cooldown=60
    )


def test_a_role_may_be_bound_more_than_everyone_else() -> None:
    limits = GuildLimits(member=UsageLimits(day=Allowance(5)), roles={1: UsageLimits(day=Allowance(0))})
    assert limits.of_member((1,), UsageLimits()).day.pictures == 0


def test_a_role_without_a_limit_lifts_everyones() -> None:
    limits = GuildLimits(member=UsageLimits(day=Allowance(5)), roles={1: UsageLimits(day=Allowance(UNLIMITED))})
    member = limits.of_member((1,), UsageLimits(day=Allowance(50)))
    quota = quota_of(member=member, guild=UsageLimits(), deployment=UsageLimits(), now=NOW, zone=UTC)
    assert quota.ceilings == ()


_LIMIT = st.none() | st.integers(0, 20) | st.just(UNLIMITED)
_ALLOWANCES = st.builds(Allowance, _LIMIT, _LIMIT)
_LIMITS = st.builds(
    UsageLimits,
    day=_ALLOWANCES,
    week=_ALLOWANCES,
    month=_ALLOWANCES,
    request=_ALLOWANCES,
    cooldown=st.none() | st.integers(0, 99),
)


@given(st.lists(_LIMITS, min_size=1, max_size=4), st.data())
def test_the_most_generous_allows_what_any_of_them_allows_and_no_more(
    limits: list[UsageLimits], data: st.DataObject
) -> None:
    generous = most_generous(limits)
    part = data.draw(st.sampled_from(["day", "week", "month", "request"]))
    unit = data.draw(st.sampled_from(Unit))
    asked = data.draw(st.integers(0, 25))

    def allows(each: UsageLimits) -> bool:
        limit = getattr(each, part).of(unit)
        return limit is None or asked <= limit

    assert allows(generous) == any(allows(each) for each in limits)
    assert (generous.cooldown or 0) == min(each.cooldown or 0 for each in limits)


@given(_LIMITS, _LIMITS, _LIMITS)
def test_layers_can_be_laid_in_any_grouping(one: UsageLimits, two: UsageLimits, three: UsageLimits) -> None:
    assert one.over(two).over(three) == one.over(two.over(three))
    assert UsageLimits().over(one) == one.over(UsageLimits()) == one


def test_a_ceiling_names_the_role_that_it_is_from() -> None:
    less = UsageLimits(day=Allowance(50), month=Allowance(amount=1))
    limits = GuildLimits(member=UsageLimits(week=Allowance(9)), roles={7: GENEROUS, 8: less})
    member = limits.of_member((7, 8), UsageLimits())
    quota = quota_of(member=member, guild=UsageLimits(day=Allowance(50)), deployment=UsageLimits(), now=NOW, zone=UTC)
    found = {(each.scope, each.period): limits.role_behind(each, (8, 7)) for each in quota.ceilings}
    assert found == {
        (Scope.MEMBER, Period.DAY): 7,
        (Scope.MEMBER, Period.WEEK): None,
        (Scope.MEMBER, Period.MONTH): 7,
        (Scope.GUILD, Period.DAY): None,
    }


def test_a_role_is_kept_while_it_has_limits_and_only_so_many_are() -> None:
    limits = GuildLimits()
    for role_id in range(MOST_ROLES):
        limits = limits.with_role(role_id, GENEROUS)
    with pytest.raises(TooManyRoles):
        limits.with_role(99, GENEROUS)
    assert limits.with_role(3, UsageLimits(cooldown=1)).roles[3] == UsageLimits(cooldown=1)
    assert 3 not in limits.with_role(3, UsageLimits()).roles
    assert limits.with_role(99, UsageLimits()) == limits


def test_the_deployments_calendar_is_utcs() -> None:
    day = UsageLimits(day=Allowance(1))
    zone = ZoneInfo("Asia/Tokyo")
    quota = quota_of(member=day, guild=day, deployment=day, now=NOW, zone=zone)
    spans = {each.scope: each.span for each in quota.ceilings}
    assert spans[Scope.MEMBER] == spans[Scope.GUILD] == span(Period.DAY, NOW, zone)
    assert spans[Scope.DEPLOYMENT] == span(Period.DAY, NOW, UTC)


# ----------------------------------------------------------------------------------------------- decisions


def ceiling(scope: Scope, period: Period, unit: Unit, limit: int, role_id: int | None = None) -> Ceiling:
    return Ceiling(scope, period, unit, limit, span(period, NOW), role_id)


MEMBERS_DAY = ceiling(Scope.MEMBER, Period.DAY, Unit.PICTURES, 10)
GUILDS_MONTH = ceiling(Scope.GUILD, Period.MONTH, Unit.AMOUNT, 1_000_000)
USED = {(Scope.MEMBER, Period.DAY): Committed(8, 0), (Scope.GUILD, Period.MONTH): Committed(8, 900_000)}


def decided(
    *ceilings: Ceiling,
    pictures: int = 1,
    price: int = 0,
    used: Mapping[tuple[Scope, Period], Committed] = USED,
    grants: tuple[GrantLeft, ...] = (),
) -> QuotaDecision:
    return decide(Quota(ceilings), pictures=pictures, price=price, sums=used, grants=grants, now=NOW)


def test_what_fits_exactly_runs_and_one_more_does_not() -> None:
    assert decided(MEMBERS_DAY, GUILDS_MONTH, pictures=2, price=100_000) == QuotaDecision()
    assert decided(MEMBERS_DAY, pictures=3).refusal == LimitReached(
        "member", "day", "pictures", limit=10, used=8, asked=3, resets_at=int(MEMBERS_DAY.span.end.timestamp())
    )
    refused = decided(GUILDS_MONTH, price=100_001).refusal
    assert isinstance(refused, LimitReached)
    assert (refused.scope, refused.period, refused.unit, refused.used) == ("guild", "month", "amount", 900_000)


def test_the_limit_that_holds_longest_is_told_of() -> None:
    week = ceiling(Scope.MEMBER, Period.WEEK, Unit.PICTURES, 5, role_id=7)
    used = {(Scope.MEMBER, Period.DAY): Committed(10), (Scope.MEMBER, Period.WEEK): Committed(5)}
    refused = decided(MEMBERS_DAY, week, used=used).refusal
    assert isinstance(refused, LimitReached)
    assert (refused.period, refused.role_id) == ("week", 7)


def test_a_shared_limit_is_told_of_before_a_members_own() -> None:
    month = ceiling(Scope.MEMBER, Period.MONTH, Unit.PICTURES, 0)
    day = ceiling(Scope.GUILD, Period.DAY, Unit.PICTURES, 0)
    refused = decided(month, day).refusal
    assert isinstance(refused, LimitReached)
    assert refused.scope == "guild"


def test_limits_of_a_request_come_first_then_the_cooldown() -> None:
    full = ceiling(Scope.MEMBER, Period.DAY, Unit.PICTURES, 0)
    quota = Quota((full,), request=Allowance(2, 50), cooldown=60)
    grants = (GrantLeft(1, 100, NOW + timedelta(days=1)),)
    just_now = NOW - timedelta(seconds=59, microseconds=500_000)

    def refusal(pictures: int, price: int, last: datetime | None) -> object:
        return decide(quota, pictures=pictures, price=price, sums={}, grants=grants, last_request=last, now=NOW).refusal

    assert refusal(3, 51, just_now) == RequestOverLimit("pictures", 2, 3)
    assert refusal(2, 51, just_now) == RequestOverLimit("amount", 50, 51)
    assert refusal(2, 50, just_now) == CoolingDown(60, int(NOW.timestamp()) + 1), "never a second too early"
    assert refusal(2, 50, NOW - timedelta(seconds=60)) is None
    assert refusal(2, 50, None) is None


def test_a_grant_lifts_a_members_limits_for_what_fits_into_it_whole() -> None:
    soon, late = (GrantLeft(number, left, NOW + timedelta(days=number)) for number, left in ((1, 2), (2, 4)))
    assert decided(MEMBERS_DAY, pictures=2, grants=(soon,)).grant_id is None, "the limit itself leaves enough"
    assert decided(MEMBERS_DAY, pictures=4, grants=(late, soon)) == QuotaDecision(grant_id=2)
    full = {(Scope.MEMBER, Period.DAY): Committed(10)}
    assert decided(MEMBERS_DAY, pictures=2, grants=(late, soon), used=full) == QuotaDecision(grant_id=1)
    refused = decided(MEMBERS_DAY, pictures=5, grants=(late, soon)).refusal
    assert isinstance(refused, LimitReached)
    assert refused.granted == 4, "the most that one request may be for"


def test_a_grant_lifts_no_shared_limit() -> None:
    grants = (GrantLeft(1, 100, NOW + timedelta(days=1)),)
    refused = decided(MEMBERS_DAY, GUILDS_MONTH, pictures=9, price=100_001, grants=grants).refusal
    assert isinstance(refused, LimitReached)
    assert (refused.scope, refused.granted) == ("guild", 0)


@given(st.integers(0, 30), st.integers(1, 10), st.integers(0, 12), st.integers(0, 9))
def test_what_is_let_through_never_exceeds_a_ceiling(used: int, asked: int, spent: int, price: int) -> None:
    both = (MEMBERS_DAY, ceiling(Scope.GUILD, Period.MONTH, Unit.AMOUNT, 10))
    sums = {(Scope.MEMBER, Period.DAY): Committed(used), (Scope.GUILD, Period.MONTH): Committed(0, spent)}
    refusal = decided(*both, pictures=asked, price=price, used=sums).refusal
    assert (refusal is None) == (used + asked <= 10 and spent + price <= 10)
