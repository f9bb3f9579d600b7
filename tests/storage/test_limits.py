"""Admissions against limits by period, party and request, in a guild's calendar; and the balances that they read."""

import random
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.domain.errors import CoolingDown, LimitReached, RequestOverLimit
from bot.domain.job import JobStatus
from bot.domain.ledger import Committed, Grant
from bot.domain.quota import Allowance, GuildLimits, Period, Scope, UsageLimits, quota_of, span
from bot.service.admission import OperatorTerms
from bot.storage.budgets import SqlBudgets
from bot.storage.ledger import guild_scope, quarter_of
from bot.storage.preferences import SqlPreferences
from bot.storage.store import SqlStore
from bot.storage.tables import balances, ledger, people
from tests.storage.examples import ANOTHER_MEMBER, GUILD, MEMBER, NOON, PRICE, a_job, claim_one, outcome, path_to

BERLIN = ZoneInfo("Europe/Berlin")
ROLE, RICHER_ROLE = 623_456_789_012_345_678, 623_456_789_012_345_679
MOMENT = timedelta(microseconds=1)
DAY = timedelta(days=1)


class Guild:
    """One whose moderators have set limits, below those of an operator."""

    def __init__(self, store: SqlStore, operator: OperatorTerms) -> None:
        self.store = store
        self.budgets = SqlBudgets(store.database)
        self.operator = operator

    async def set(self, limits: GuildLimits) -> None:
        await self.budgets.change_limits(GUILD, lambda _: limits, MEMBER, NOON)

    async def ask(
        self, now: datetime, pictures: int = 1, *, member_id: int = MEMBER, role_ids: Collection[int] = ()
    ) -> object:
        """Ask for so many pictures, as an admission does; answers why not, or None."""
        quota = self.operator.quota(await self.budgets.terms(GUILD), role_ids, now)
        job = a_job(pictures=pictures, member_id=member_id, created_at=now)
        return await outcome(self.store.admit(job, quota, now, role_ids=role_ids))


@pytest.fixture
def guild(store: SqlStore) -> Guild:
    return Guild(store, OperatorTerms())


def reached(scope: Scope, period: Period, *, limit: int, used: int, asked: int, resets_at: datetime) -> LimitReached:
    return LimitReached(scope.value, period.value, "pictures", limit, used, asked, int(resets_at.timestamp()))


async def test_day_week_and_month_hold_together(guild: Guild) -> None:
    """NOON is on a Monday."""
    await guild.set(GuildLimits(member=UsageLimits(day=Allowance(3), week=Allowance(5), month=Allowance(6))))
    midnight, december = NOON.replace(hour=0), datetime(2026, 12, 1, tzinfo=UTC)
    assert await guild.ask(midnight - MOMENT) is None  # in the week before
    assert await guild.ask(NOON, 3) is None
    of_day = reached(Scope.MEMBER, Period.DAY, limit=3, used=3, asked=1, resets_at=midnight + DAY)
    assert await guild.ask(midnight + DAY - MOMENT) == of_day
    of_week = reached(Scope.MEMBER, Period.WEEK, limit=5, used=3, asked=3, resets_at=midnight + 7 * DAY)
    of_month = reached(Scope.MEMBER, Period.MONTH, limit=6, used=4, asked=3, resets_at=december)
    assert await guild.ask(NOON + DAY, 3) == of_month, "of several the one that holds longest"
    assert await guild.ask(NOON + DAY, 2) is None
    await guild.set(GuildLimits(member=UsageLimits(week=Allowance(5))))
    assert await guild.ask(midnight + 7 * DAY - MOMENT, 1) == replace(of_week, used=5, asked=1)
    assert await guild.ask(midnight + 7 * DAY, 5) is None
    await guild.set(GuildLimits(member=UsageLimits(month=Allowance(11))))
    assert await guild.ask(december - MOMENT) == replace(of_month, limit=11, used=11, asked=1)
    assert await guild.ask(december, 11) is None


async def test_the_days_on_which_clocks_are_changed(guild: Guild) -> None:
    await SqlPreferences(guild.store.database).change_policy(
        GUILD, lambda held: replace(held, time_zone="Europe/Berlin"), MEMBER, NOON
    )
    await guild.set(GuildLimits(member=UsageLimits(day=Allowance(1))))
    for first, hours in ((datetime(2026, 3, 29, tzinfo=BERLIN), 23), (datetime(2026, 10, 25, tzinfo=BERLIN), 25)):
        begin, end = first.astimezone(UTC), (first + DAY).astimezone(UTC)
        assert end - begin == timedelta(hours=hours)
        assert await guild.ask(begin - MOMENT) is None
        assert await guild.ask(begin) is None
        refused = reached(Scope.MEMBER, Period.DAY, limit=1, used=1, asked=1, resets_at=end)
        assert await guild.ask(end - MOMENT) == refused
        assert await guild.ask(end) is None


async def test_of_a_members_roles_the_most_generous_wins(guild: Guild) -> None:
    await guild.set(
        GuildLimits(
            member=UsageLimits(day=Allowance(1, 10 * PRICE), request=Allowance(2)),
            roles={
                ROLE: UsageLimits(day=Allowance(3)),
                RICHER_ROLE: UsageLimits(day=Allowance(5), request=Allowance(5)),
            },
        )
    )
    assert isinstance(await guild.ask(NOON, 2), LimitReached)
    assert await guild.ask(NOON, 2, role_ids=(1, ROLE)) is None
    assert await guild.ask(NOON, 3, role_ids=(ROLE,)) == RequestOverLimit("pictures", 2, 3), "as for all members"
    assert await guild.ask(NOON, 3, role_ids=(ROLE, RICHER_ROLE)) is None
    end = NOON.replace(hour=0) + DAY
    refused = reached(Scope.MEMBER, Period.DAY, limit=5, used=5, asked=1, resets_at=end)
    assert await guild.ask(NOON, role_ids=(ROLE, RICHER_ROLE)) == replace(refused, role_id=RICHER_ROLE)


async def test_a_guilds_budget_is_its_members_together(guild: Guild) -> None:
    """In money; what was asked outside of the guild doesn't count, and the operator's ceiling counts all."""
    guild.operator = OperatorTerms(deployment=UsageLimits(day=Allowance(amount=6 * PRICE)))
    await guild.set(GuildLimits(guild=UsageLimits(month=Allowance(amount=3 * PRICE))))
    for elsewhere in (None, GUILD + 1):
        await guild.store.admit(
            a_job(guild_id=elsewhere),
            quota_of(member=UsageLimits(), guild=UsageLimits(), deployment=UsageLimits(), now=NOON, zone=UTC),
            NOON,
        )
    assert await guild.ask(NOON, 2) is None
    refused = await guild.ask(NOON, 2, member_id=ANOTHER_MEMBER)
    assert refused == LimitReached(
        "guild", "month", "amount", 3 * PRICE, 2 * PRICE, 2 * PRICE, int(datetime(2026, 12, 1, tzinfo=UTC).timestamp())
    )
    assert await guild.ask(NOON, member_id=ANOTHER_MEMBER) is None
    await guild.set(GuildLimits())
    refused = await guild.ask(NOON, 2)
    assert isinstance(refused, LimitReached)
    assert (refused.scope, refused.used, refused.limit) == ("deployment", 5 * PRICE, 6 * PRICE)
    assert await guild.ask(NOON) is None


async def test_requests_of_a_member_are_apart_unless_they_came_to_nothing(guild: Guild) -> None:
    await guild.set(GuildLimits(member=UsageLimits(cooldown=60), roles={ROLE: UsageLimits(cooldown=0)}))
    minute = timedelta(minutes=1)
    assert await guild.ask(NOON) is None
    assert await guild.ask(NOON + minute - MOMENT) == CoolingDown(60, int((NOON + minute).timestamp()))
    assert await guild.ask(NOON + minute - MOMENT, role_ids=(ROLE,)) is None
    assert await guild.ask(NOON, member_id=ANOTHER_MEMBER) is None
    for _ in range(3):
        job = await claim_one(guild.store, "me")
        for step in path_to(JobStatus.DELIVERING):
            job = await guild.store.advance(job, step)
        await guild.store.settle(job, JobStatus.FAILED, NOON, captured=None, pictures=0)
    assert await guild.ask(NOON + minute) is None, "nothing was got, and nothing paid"


# -------------------------------------------------------------------------------------------------------- balances


async def balanced(store: SqlStore) -> None:
    """The balances are what the entries commit, for every scope and quarter."""
    async with store.database.read() as connection:
        entries = (await connection.execute(select(ledger))).mappings().all()
        kept = (await connection.execute(select(balances))).all()
    added: Counter[tuple[str, datetime, str]] = Counter()
    for entry in entries:
        scopes = [entry["account"]] + ([] if entry["guild_id"] is None else [guild_scope(entry["guild_id"])])
        for scope in scopes:
            for unit in ("pictures", "amount"):
                added[scope, quarter_of(entry["held_at"]), unit] += entry[f"committed_{unit}"]
    sums = {(scope, quarter, unit): value for scope, quarter, *values in kept
            for unit, value in zip(("pictures", "amount"), values, strict=True)}  # fmt: skip
    assert {key: value for key, value in sums.items() if value} == {key: value for key, value in added.items() if value}
    assert all(value >= 0 for value in sums.values())


@pytest.mark.parametrize("seed", [1, 2])
async def test_after_any_sequence_the_balances_are_the_sums_of_the_entries(store: SqlStore, seed: int) -> None:
    """And what a member stands at is what the entries say, in each period and zone."""
    chance, budgets = random.Random(seed), SqlBudgets(store.database)
    unlimited = UsageLimits(day=Allowance(10**6), week=Allowance(10**6), month=Allowance(10**6))
    ends = NOON + 40 * DAY
    await budgets.grant(Grant(GUILD, 9, ends, MEMBER, role_id=GUILD), reference="1", now=NOON - 40 * DAY)
    for _ in range(40):
        if chance.random() < 0.6:
            at = NOON + chance.uniform(-33, 33) * DAY
            limits = UsageLimits(day=Allowance(chance.choice((0, 10**6))))
            quota = quota_of(member=limits, guild=unlimited, deployment=unlimited, now=at, zone=UTC)
            guild_id = chance.choice((GUILD, GUILD, GUILD + 1, None))
            member_id = chance.choice((MEMBER, ANOTHER_MEMBER))
            job = a_job(pictures=chance.randint(1, 4), created_at=at, guild_id=guild_id, member_id=member_id)
            refused = await outcome(store.admit(job, quota, at))
            assert refused is None or isinstance(refused, LimitReached)
        else:
            await end_one(store, chance)
    await balanced(store)

    async with store.database.read() as connection:
        query = select(ledger, people.c.discord_id).join_from(ledger, people, ledger.c.person_id == people.c.id)
        entries = (await connection.execute(query)).mappings().all()
    zone, now = ZoneInfo("Asia/Kathmandu"), NOON + chance.uniform(-10, 10) * DAY
    quota = quota_of(member=unlimited, guild=unlimited, deployment=unlimited, now=now, zone=zone)
    stands = await budgets.standing(MEMBER, GUILD, quota, now, account="operator")
    for (scope, period), committed in stands.sums.items():
        within = span(period, now, UTC if scope is Scope.DEPLOYMENT else zone)
        counted = [
            each
            for each in entries
            if within.start <= each["held_at"] < within.end
            and (scope is Scope.DEPLOYMENT or each["guild_id"] == GUILD)
            and (scope is not Scope.MEMBER or (each["discord_id"] == MEMBER and each["grant_id"] is None))
        ]
        sums = [sum(each[f"committed_{unit}"] for each in counted) for unit in ("pictures", "amount")]
        assert committed == Committed(*sums), (scope, period)


async def end_one(store: SqlStore, chance: random.Random) -> None:
    claimed = await outcome(claim_one(store, "me"))
    if isinstance(claimed, ValueError):
        return  # none is left
    assert not isinstance(claimed, Exception)
    job = claimed
    for step in path_to(JobStatus.DELIVERING):
        job = await store.advance(job, step)
    captured = chance.choice((None, PRICE, job.hold, 2 * job.hold))
    made = 0 if captured is None else chance.randint(0, job.request.count)
    end = JobStatus.FAILED if captured is None else JobStatus.SUCCEEDED
    await store.settle(job, end, job.created_at + DAY, captured=captured, pictures=made)
