"""Whose limits hold where: the operator's, the guild's, and neither's on the other's account."""

from datetime import UTC, datetime

from bot.domain.account import Account
from bot.domain.quota import Allowance, Ceiling, GuildLimits, Period, Quota, Scope, Unit, UsageLimits
from bot.service.admission import OperatorTerms
from bot.service.ports import Terms

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OPERATOR = OperatorTerms(
    member=UsageLimits(day=Allowance(pictures=20)),
    guild=UsageLimits(day=Allowance(amount=3_000_000)),
    deployment=UsageLimits(day=Allowance(amount=10_000_000)),
)
GUILDS = GuildLimits(guild=UsageLimits(day=Allowance(amount=5_000_000), week=Allowance(amount=9_000_000)))


def limits(quota: Quota) -> dict[tuple[Scope, Period, Unit], int]:
    return {(each.scope, each.period, each.unit): each.limit for each in quota.ceilings}


def test_where_a_guild_has_set_nothing_the_operators_limits_hold() -> None:
    assert limits(OPERATOR.quota(Terms(), (), NOW)) == {
        (Scope.MEMBER, Period.DAY, Unit.PICTURES): 20,
        (Scope.GUILD, Period.DAY, Unit.AMOUNT): 3_000_000,
        (Scope.DEPLOYMENT, Period.DAY, Unit.AMOUNT): 10_000_000,
    }


def test_on_the_operators_account_no_guild_gives_itself_more_than_the_operator_does() -> None:
    held = limits(OPERATOR.quota(Terms(limits=GUILDS), (), NOW))
    assert held[Scope.GUILD, Period.DAY, Unit.AMOUNT] == 3_000_000
    assert held[Scope.GUILD, Period.WEEK, Unit.AMOUNT] == 9_000_000


def test_on_a_guilds_own_account_its_own_limits_alone_hold() -> None:
    own = Terms(account=Account("guild:1:a"), limits=GUILDS)
    assert OPERATOR.account_in(own) == Account("guild:1:a")
    assert limits(OPERATOR.quota(own, (), NOW)) == {
        (Scope.GUILD, Period.DAY, Unit.AMOUNT): 5_000_000,
        (Scope.GUILD, Period.WEEK, Unit.AMOUNT): 9_000_000,
    }


def test_a_guilds_periods_are_of_its_own_zone_and_the_deployments_of_utc() -> None:
    ceilings = OPERATOR.quota(Terms(time_zone="Asia/Tokyo"), (), NOW).ceilings

    def start(scope: Scope) -> datetime:
        (found,) = (each for each in ceilings if each.scope is scope)
        return found.span.start

    assert isinstance(ceilings[0], Ceiling)
    assert start(Scope.MEMBER) == start(Scope.GUILD) == datetime(2026, 11, 22, 15, tzinfo=UTC)
    assert start(Scope.DEPLOYMENT) == datetime(2026, 11, 23, tzinfo=UTC)


def test_a_zone_that_this_machine_does_not_know_is_utc() -> None:
    ceilings = OPERATOR.quota(Terms(time_zone="Mars/Olympus"), (), NOW).ceilings
    assert {each.span.start for each in ceilings} == {datetime(2026, 11, 23, tzinfo=UTC)}
