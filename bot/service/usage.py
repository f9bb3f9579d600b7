"""What was used: members' and guilds' reports on a month, and how they stand against the limits that hold now."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, time, tzinfo

from bot.domain.ledger import Committed, GrantLeft
from bot.domain.quota import Allowance, Ceiling, Period, Quota, Scope, Unit, span
from bot.service.admission import OperatorTerms
from bot.service.ports import Books, Budgets, Clock, Standing, Statement, Terms, Usage
from bot.service.zones import zone_of


@dataclass(frozen=True, slots=True)
class CeilingUse:
    ceiling: Ceiling
    used: int  # of the ceiling's unit

    @property
    def left(self) -> int:
        return max(self.ceiling.limit - self.used, 0)


@dataclass(frozen=True, slots=True)
class Report:
    """A month of the zone's calendar; `today` and `week` are those of `now`, whichever month it is about."""

    zone: tzinfo
    now: datetime
    month: Statement
    today: Usage
    week: Usage
    ceilings: tuple[CeilingUse, ...] = ()  # of the party's own scope, and of those that it shares with others
    grants: tuple[GrantLeft, ...] = ()  # a member's, the one that ends first ahead
    request: Allowance = Allowance()  # noqa: RUF009 # frozen # of a member's one request
    cooldown: int | None = None  # seconds from one request of the member to the next

    @property
    def first_day(self) -> date:
        return self.month.span.start.astimezone(self.zone).date()

    @property
    def is_current(self) -> bool:
        """Whether it is about the month that it was made in."""
        return self.month.span.start <= self.now < self.month.span.end

    def limit(self, scope: Scope, period: Period, unit: Unit) -> int | None:
        wanted = (scope, period, unit)
        ceilings = (each.ceiling for each in self.ceilings)
        return next((each.limit for each in ceilings if (each.scope, each.period, each.unit) == wanted), None)


class UsageReports:
    def __init__(self, books: Books, budgets: Budgets, operator: OperatorTerms, clock: Clock) -> None:
        self._books = books
        self._budgets = budgets
        self._operator = operator
        self._clock = clock

    async def of_member(
        self, member_id: int, guild_id: int | None, *, role_ids: Collection[int] = (), month: date | None = None
    ) -> Report:
        """A member's use of a guild; without one, of all guilds and direct messages, against the limits of the latter.

        `month` is any day of it; the current one unless told. What grants paid for is in the sums of use, but not in
        what is used of the member's own limits. Raises `StoreUnavailable`."""
        now = self._clock.now()
        terms = await self._budgets.terms(guild_id)
        quota = self._operator.quota(terms, role_ids, now)
        standing = await self._standing(terms, member_id, guild_id, quota, now, role_ids=role_ids)
        report = await self._report(terms, now, month, guild_id=guild_id, member_id=member_id)
        return replace(
            report,
            ceilings=_uses(standing.quota, standing),
            grants=standing.grants if standing.quota.takes_grants else (),
            request=standing.quota.request,
            cooldown=standing.quota.cooldown,
        )

    async def of_guild(self, guild_id: int, *, month: date | None = None) -> Report:
        """All use of a guild, against what its moderators and the operator have set for all members together.

        `month` is as for a member's. Raises `StoreUnavailable`."""
        now = self._clock.now()
        terms = await self._budgets.terms(guild_id)
        ceilings = self._operator.quota(terms, (), now).ceilings
        quota = Quota(tuple(each for each in ceilings if each.scope is Scope.GUILD))
        nobody = 0  # these ceilings are no member's
        standing = await self._standing(terms, nobody, guild_id, quota, now)
        report = await self._report(terms, now, month, guild_id=guild_id)
        return replace(report, ceilings=_uses(quota, standing))

    async def _standing(
        self,
        terms: Terms,
        member_id: int,
        guild_id: int | None,
        quota: Quota,
        now: datetime,
        *,
        role_ids: Collection[int] = (),
    ) -> Standing:
        account = self._operator.account_in(terms).name
        return await self._budgets.standing(member_id, guild_id, quota, now, account=account, role_ids=role_ids)

    async def _report(
        self, terms: Terms, now: datetime, month: date | None, *, guild_id: int | None, member_id: int | None = None
    ) -> Report:
        zone = zone_of(terms.time_zone)
        within = now if month is None else datetime.combine(month, time(12), zone)
        of_month, of_week = span(Period.MONTH, within, zone), span(Period.WEEK, now, zone)
        month_statement = await self._books.statement(of_month, zone, guild_id=guild_id, member_id=member_id)
        if of_month.start <= of_week.start and now < of_month.end:
            week_statement = month_statement  # it holds the whole week: what lies beyond its end is yet to come
        else:
            week_statement = await self._books.statement(of_week, zone, guild_id=guild_id, member_id=member_id)
        monday, today = of_week.start.astimezone(zone).date(), now.astimezone(zone).date()
        week = [usage for day, usage in week_statement.by_day.items() if day >= monday]
        return Report(zone, now, month_statement, week_statement.by_day.get(today, Usage()), Usage.total(week))


def _uses(quota: Quota, standing: Standing) -> tuple[CeilingUse, ...]:
    sums = ((each, standing.sums.get((each.scope, each.period), Committed())) for each in quota.ceilings)
    return tuple(CeilingUse(each, used.pictures if each.unit is Unit.PICTURES else used.amount) for each, used in sums)
