"""Limits by member, role, guild and deployment, and whether a request fits below them.

Periods are those of a calendar, in the guild's time zone: a day from midnight, a week from Monday, a month from its
first. A hold counts where it was made, whenever its job ends.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias

from bot.domain.catalog import MicroDollars
from bot.domain.errors import AdmissionRefused, CoolingDown, LimitReached, RequestOverLimit, TooManyRoles
from bot.domain.ledger import Committed, GrantLeft

MOST_ROLES = 20
"""With limits of their own, in one guild."""

UNLIMITED = 10**15
"""A limit that says that there is none, where a missing one would let the next layer's hold."""


class Period(StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Scope(StrEnum):
    """Whose use a limit bounds."""

    MEMBER = "member"  # one member, in one guild or in direct messages
    GUILD = "guild"  # all members of one together
    DEPLOYMENT = "deployment"  # all that runs on the operator's account


class Unit(StrEnum):
    PICTURES = "pictures"
    AMOUNT = "amount"  # micro-dollars


@dataclass(frozen=True, slots=True)
class Span:
    """From `start`, inclusive, to `end`."""

    start: datetime
    end: datetime


def span(period: Period, now: datetime, zone: tzinfo = UTC) -> Span:
    """The period of that zone's calendar that `now` lies in, as instants."""
    today = now.astimezone(zone).date()
    match period:
        case Period.DAY:
            first, after = today, today + timedelta(days=1)
        case Period.WEEK:
            first = today - timedelta(days=today.weekday())
            after = first + timedelta(days=7)
        case Period.MONTH:
            first = today.replace(day=1)
            after = (first + timedelta(days=31)).replace(day=1)
    start, end = (datetime.combine(day, time(), zone).astimezone(UTC) for day in (first, after))
    return Span(start, end)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How much may be used; None leaves it open."""

    pictures: int | None = None
    amount: MicroDollars | None = None

    def over(self, other: "Allowance") -> "Allowance":
        """This, with the other's where this leaves it open."""
        return Allowance(_first(self.pictures, other.pictures), _first(self.amount, other.amount))

    def within(self, other: "Allowance") -> "Allowance":
        """The stricter of both."""
        return Allowance(_lowest(self.pictures, other.pictures), _lowest(self.amount, other.amount))

    def of(self, unit: Unit) -> int | None:
        """None also where it is `UNLIMITED`."""
        limit = self.pictures if unit is Unit.PICTURES else self.amount
        return None if limit is None or limit >= UNLIMITED else limit


@dataclass(frozen=True, slots=True)
class UsageLimits:
    """What one party may use in each period and with each request, and how far its requests must be apart."""

    day: Allowance = Allowance()  # frozen
    week: Allowance = Allowance()
    month: Allowance = Allowance()
    request: Allowance = Allowance()
    cooldown: int | None = None  # seconds from one request of a member to the next

    def over(self, other: "UsageLimits") -> "UsageLimits":
        """These, with the other's where these leave something open."""
        return UsageLimits(
            **{each: getattr(self, each).over(getattr(other, each)) for each in _ALLOWANCES},
            cooldown=_first(self.cooldown, other.cooldown),
        )

    def within(self, other: "UsageLimits") -> "UsageLimits":
        """Allowances that both keep to. Cooldowns are not compared."""
        allowances = {each: getattr(self, each).within(getattr(other, each)) for each in _ALLOWANCES}
        return UsageLimits(**allowances, cooldown=self.cooldown)

    def in_period(self, period: Period) -> Allowance:
        return getattr(self, period.value)


_ALLOWANCES = tuple(each.name for each in fields(UsageLimits) if each.name != "cooldown")


def most_generous(limits: Sequence[UsageLimits]) -> UsageLimits:
    """Of each limit the one that allows most; one that any of them leaves open stays open."""
    allowances = {
        name: Allowance(
            _highest(getattr(each, name).pictures for each in limits),
            _highest(getattr(each, name).amount for each in limits),
        )
        for name in _ALLOWANCES
    }
    cooldowns = [each.cooldown for each in limits]
    shortest = None if None in cooldowns else min((each for each in cooldowns if each is not None), default=None)
    return UsageLimits(**allowances, cooldown=shortest)


@dataclass(frozen=True, slots=True)
class GuildLimits:
    """What a guild's moderators have set. What they leave open for members is as the operator has set it."""

    guild: UsageLimits = UsageLimits()  # frozen # all members together; only its periods count
    member: UsageLimits = UsageLimits()  # each member
    roles: Mapping[int, UsageLimits] = field(
        default_factory=dict[int, UsageLimits]
    )  # in place of `member`'s, for who has one

    def of_member(self, role_ids: Iterable[int], default: UsageLimits) -> UsageLimits:
        """Of a member's roles the most generous wins, limit by limit; what a role leaves open is as for all members."""
        everyone = self.member.over(default)
        theirs = [self.roles[each].over(everyone) for each in role_ids if each in self.roles]
        return most_generous(theirs) if theirs else everyone

    def with_role(self, role_id: int, limits: UsageLimits) -> "GuildLimits":
        """These, with the role's changed; without any it is no longer among the roles. Raises `TooManyRoles`."""
        others = {each: held for each, held in self.roles.items() if each != role_id}
        if limits == UsageLimits():
            return replace(self, roles=others)
        if len(others) >= MOST_ROLES:
            raise TooManyRoles(MOST_ROLES)
        return replace(self, roles={**self.roles, role_id: limits})

    def role_behind(self, ceiling: "Ceiling", role_ids: Iterable[int]) -> int | None:
        """Which of a member's roles a ceiling is from; None where it is everyone's."""
        if ceiling.scope is not Scope.MEMBER:
            return None
        limits = {each: self.roles[each].in_period(ceiling.period) for each in sorted(role_ids) if each in self.roles}
        return next((each for each, allowed in limits.items() if allowed.of(ceiling.unit) == ceiling.limit), None)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """A sum that a request may not lift above `limit`."""

    scope: Scope
    period: Period
    unit: Unit
    limit: int
    span: Span
    role_id: int | None = None  # whose limit it is, where not all members have it
    lowered: bool = False  # by a sanction, for this member alone: no grant lifts it


@dataclass(frozen=True, slots=True)
class Quota:
    """All that bounds one request of one member, at one moment."""

    ceilings: tuple[Ceiling, ...] = ()
    request: Allowance = Allowance()  # frozen
    cooldown: int | None = None  # seconds
    zone: tzinfo = UTC  # of the member's calendar
    takes_grants: bool = True  # not while a sanction has lowered limits: what a grant pays for counts against none

    def lowered(self, limits: UsageLimits | None, now: datetime) -> "Quota":
        """This, where a sanction has lowered a member's limits to these, whatever the member's roles allow. Of two
        ceilings for the same the lower one stays."""
        if limits is None:
            return self
        held = {(each.scope, each.period, each.unit): each for each in self.ceilings}
        for each in _ceilings(Scope.MEMBER, limits, now, self.zone):
            key = (each.scope, each.period, each.unit)
            if key not in held or each.limit < held[key].limit:
                held[key] = replace(each, lowered=True)
        request = self.request.within(limits.request)
        return replace(self, ceilings=tuple(held.values()), request=request, takes_grants=False)


def quota_of(*, member: UsageLimits, guild: UsageLimits, deployment: UsageLimits, now: datetime, zone: tzinfo) -> Quota:
    """The quota of limits that hold together. The deployment's calendar is UTC's, the others' the zone's."""
    ceilings = (
        *_ceilings(Scope.MEMBER, member, now, zone),
        *_ceilings(Scope.GUILD, guild, now, zone),
        *_ceilings(Scope.DEPLOYMENT, deployment, now, UTC),
    )
    return Quota(ceilings, member.request, member.cooldown, zone)


def _ceilings(scope: Scope, limits: UsageLimits, now: datetime, zone: tzinfo) -> tuple[Ceiling, ...]:
    return tuple(
        Ceiling(scope, period, unit, limit, span(period, now, zone))
        for period in Period
        for unit in Unit
        if (limit := limits.in_period(period).of(unit)) is not None
    )


Sums: TypeAlias = Mapping[tuple[Scope, Period], Committed]
"""What is spent or held, for each scope and period of a quota's ceilings."""


@dataclass(frozen=True, slots=True)
class QuotaDecision:
    """`refusal` is None where the request may run; `grant_id` names the grant that it is then taken from, if its
    member's own limits are used up."""

    refusal: AdmissionRefused | None = None
    grant_id: int | None = None


def decide(
    quota: Quota,
    *,
    pictures: int,
    price: MicroDollars,
    sums: Sums,
    grants: Sequence[GrantLeft] = (),
    last_request: datetime | None = None,
    now: datetime,
) -> QuotaDecision:
    """Whether `pictures` for at most `price` fit.

    A grant lifts its member's limits by period, for requests that fit into it whole; of several the one that ends first
    is used. It lifts neither the guild's budget nor the operator's, the limits of one request, nor the cooldown, nor
    limits that a sanction has lowered.
    """
    asked = {Unit.PICTURES: pictures, Unit.AMOUNT: price}
    for unit in Unit:
        limit = quota.request.of(unit)
        if limit is not None and asked[unit] > limit:
            return QuotaDecision(RequestOverLimit(unit.value, limit, asked[unit]))
    if quota.cooldown and last_request is not None:
        until = last_request + timedelta(seconds=quota.cooldown)
        if now < until:
            return QuotaDecision(CoolingDown(quota.cooldown, _whole_seconds(until)))
    breached = [each for each in quota.ceilings if _used(sums, each) + asked[each.unit] > each.limit]
    shared = [each for each in breached if each.scope is not Scope.MEMBER]
    grants = grants if quota.takes_grants else ()
    if breached and not shared:
        usable = [each for each in grants if pictures <= each.pictures]
        if usable:
            return QuotaDecision(grant_id=min(usable, key=lambda each: (each.ends_at, each.grant_id)).grant_id)
    if not breached:
        return QuotaDecision()
    # Of several the one that holds longest: who waits for another's end would only be refused again.
    worst = max(shared or breached, key=lambda each: each.span.end)
    return QuotaDecision(
        LimitReached(
            scope=worst.scope.value,
            period=worst.period.value,
            unit=worst.unit.value,
            limit=worst.limit,
            used=_used(sums, worst),
            asked=asked[worst.unit],
            resets_at=_whole_seconds(worst.span.end),
            role_id=worst.role_id,
            lowered=worst.lowered,
            granted=0 if shared else max((each.pictures for each in grants), default=0),
        )
    )


def _used(sums: Sums, ceiling: Ceiling) -> int:
    committed = sums.get((ceiling.scope, ceiling.period), Committed())
    return committed.pictures if ceiling.unit is Unit.PICTURES else committed.amount


def _first(*values: int | None) -> int | None:
    return next((each for each in values if each is not None), None)


def _lowest(*values: int | None) -> int | None:
    return min((each for each in values if each is not None), default=None)


def _highest(values: Iterable[int | None]) -> int | None:
    known = list(values)
    return None if None in known else max((each for each in known if each is not None), default=None)


def _whole_seconds(moment: datetime) -> int:
    """Unix time; never before the moment."""
    return -(-int(moment.timestamp() * 1_000_000) // 1_000_000)
