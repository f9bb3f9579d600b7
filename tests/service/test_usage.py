"""Reports: whose use they count, in whose calendar, against which limits."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.configured import migrated
from bot.domain.job import JobStatus
from bot.domain.moderation import Policy
from bot.domain.quota import Allowance, GuildLimits, Period, Scope, Unit, UsageLimits
from bot.service.admission import OperatorTerms
from bot.service.ports import Usage
from bot.service.usage import UsageReports
from bot.storage.books import SqlBooks
from bot.storage.budgets import SqlBudgets
from bot.storage.cipher import Cipher
from bot.storage.preferences import SqlPreferences
from bot.storage.store import SqlStore
from tests.clocks import ManualClock
from tests.storage.examples import ANOTHER_MEMBER, GUILD, MEMBER, UNLIMITED, a_job

AUCKLAND = "Pacific/Auckland"
NEARLY_MIDNIGHT = datetime(2026, 10, 31, 10, 30, tzinfo=UTC)
"""In Auckland: half past eleven at night, on the last Saturday of October 2026."""

ROLE = 7


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    async with migrated(f"sqlite:///{tmp_path / 'easel.db'}", Cipher.from_key(Fernet.generate_key().decode())) as store:
        yield store


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NEARLY_MIDNIGHT)


@pytest.fixture
def reports(store: SqlStore, clock: ManualClock) -> UsageReports:
    operator = OperatorTerms(
        member=UsageLimits(day=Allowance(pictures=20)),
        guild=UsageLimits(day=Allowance(amount=9_000)),
        deployment=UsageLimits(day=Allowance(amount=50_000)),
    )
    return UsageReports(SqlBooks(store.database), SqlBudgets(store.database), operator, clock)


async def used(
    store: SqlStore, at: datetime, amount: int, *, member_id: int = MEMBER, guild_id: int | None = GUILD
) -> None:
    """A picture was made then, and cost so much."""
    job = a_job(
        status=JobStatus.DELIVERING, owner="me", claimed_at=at, created_at=at, member_id=member_id, guild_id=guild_id
    )
    await store.admit(job, UNLIMITED, at)
    await store.settle(job, JobStatus.SUCCEEDED, at, captured=amount, pictures=1)


async def test_a_guild_has_its_own_calendar(store: SqlStore, clock: ManualClock, reports: UsageReports) -> None:
    await SqlPreferences(store.database).change_policy(GUILD, lambda _: Policy(time_zone=AUCKLAND), None, clock.now())
    minute = timedelta(minutes=1)
    for before, amount in ((6 * 24 * 60, 1), (24 * 60, 20), (1, 300)):
        await used(store, clock.now() - before * minute, amount)
    report = await reports.of_guild(GUILD)
    assert (report.today.amount, report.week.amount, report.month.total.amount) == (300, 320, 321)
    assert report.first_day == date(2026, 10, 1)

    clock.advance(3600)  # Sunday, the first of November
    await used(store, clock.now(), 4_000)
    report = await reports.of_guild(GUILD)
    assert (report.today.amount, report.week.amount, report.month.total.amount) == (4_000, 4_320, 4_000)
    assert report.month.by_day == {date(2026, 11, 1): Usage(1, 1, 4_000)}
    assert report.is_current
    october = await reports.of_guild(GUILD, month=date(2026, 10, 15))
    assert (october.month.total.amount, october.is_current) == (321, False)


async def test_a_report_is_about_those_that_it_is_for(
    store: SqlStore, clock: ManualClock, reports: UsageReports
) -> None:
    for member_id, guild_id, amount in (
        (MEMBER, GUILD, 1),
        (ANOTHER_MEMBER, GUILD, 20),
        (MEMBER, GUILD + 1, 300),
        (MEMBER, None, 4_000),
    ):
        await used(store, clock.now(), amount, member_id=member_id, guild_id=guild_id)
    everyones, theirs, everywhere = (
        await reports.of_guild(GUILD),
        await reports.of_member(MEMBER, GUILD),
        await reports.of_member(MEMBER, None),
    )
    assert [each.month.total.amount for each in (everyones, theirs, everywhere)] == [21, 1, 4_301]
    assert [each.week.amount for each in (everyones, theirs, everywhere)] == [21, 1, 4_301]
    nobody = await reports.of_member(12345, GUILD)
    assert nobody.month.total == Usage()


async def test_limits_are_those_that_an_admission_would_look_at(
    store: SqlStore, clock: ManualClock, reports: UsageReports
) -> None:
    await used(store, clock.now(), 500)
    await used(store, clock.now(), 600, member_id=ANOTHER_MEMBER)
    ten = UsageLimits(week=Allowance(pictures=10))
    month = UsageLimits(month=Allowance(amount=7_000))
    await SqlBudgets(store.database).change_limits(
        GUILD, lambda _: GuildLimits(month, roles={ROLE: ten}), None, clock.now()
    )
    report = await reports.of_member(MEMBER, GUILD, role_ids=[ROLE])
    left = {
        (each.ceiling.scope, each.ceiling.period, each.ceiling.unit): (each.used, each.left) for each in report.ceilings
    }
    assert left == {
        (Scope.MEMBER, Period.DAY, Unit.PICTURES): (1, 19),
        (Scope.MEMBER, Period.WEEK, Unit.PICTURES): (1, 9),
        (Scope.GUILD, Period.DAY, Unit.AMOUNT): (1_100, 7_900),
        (Scope.GUILD, Period.MONTH, Unit.AMOUNT): (1_100, 5_900),
        (Scope.DEPLOYMENT, Period.DAY, Unit.AMOUNT): (1_100, 48_900),
    }
    guilds = await reports.of_guild(GUILD)
    assert {each.ceiling.scope for each in guilds.ceilings} == {Scope.GUILD}
    assert [guilds.limit(Scope.GUILD, each, Unit.AMOUNT) for each in Period] == [9_000, None, 7_000]
    assert [each.left for each in guilds.ceilings] == [7_900, 5_900]
