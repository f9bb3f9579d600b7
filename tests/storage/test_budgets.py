"""Guilds' limits and grants: the contract of `Budgets`, over each database."""

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from bot.domain.account import Account, Billing
from bot.domain.errors import LimitReached
from bot.domain.job import Job, JobStatus
from bot.domain.ledger import Committed, EntryKind, Grant, GrantLeft
from bot.domain.moderation import Policy
from bot.domain.quota import Allowance, GuildLimits, Period, Quota, Scope, UsageLimits, quota_of
from bot.service.ports import AccountRetired, GrantMade, Standing, Terms
from bot.storage.books import SqlBooks
from bot.storage.budgets import SqlBudgets
from bot.storage.people import person
from bot.storage.preferences import SqlPreferences
from bot.storage.store import SqlStore
from bot.storage.tables import credentials
from tests.storage.conftest import Opener
from tests.storage.examples import (
    ANOTHER_MEMBER,
    GUILD,
    MEMBER,
    NOON,
    PRICE,
    a_job,
    admit,
    claim_one,
    outcome,
    path_to,
)

MODERATOR = MEMBER + 100
ROLE = 623_456_789_012_345_678
TOMORROW = NOON + timedelta(days=1)
MEMBERS_DAY = (Scope.MEMBER, Period.DAY)


@pytest.fixture
def budgets(store: SqlStore) -> SqlBudgets:
    return SqlBudgets(store.database)


def quota(*, member: int = 10**6, guild: int = 10**6, deployment: int = 10**6, now: datetime = NOON) -> Quota:
    """So many pictures a day."""
    return quota_of(
        member=UsageLimits(day=Allowance(pictures=member)),
        guild=UsageLimits(day=Allowance(pictures=guild)),
        deployment=UsageLimits(day=Allowance(pictures=deployment)),
        now=now,
        zone=UTC,
    )


def for_member(pictures: int, ends_at: datetime = TOMORROW, **changes: Any) -> Grant:
    return replace(Grant(GUILD, pictures, ends_at, MODERATOR, member_id=MEMBER, reason="the contest"), **changes)


def for_role(pictures: int, ends_at: datetime = TOMORROW, role_id: int = ROLE) -> Grant:
    return for_member(pictures, ends_at, member_id=None, role_id=role_id)


async def make(budgets: SqlBudgets, grant: Grant, reference: str = "1", now: datetime = NOON) -> int:
    grant_id = await budgets.grant(grant, reference=reference, now=now)
    assert grant_id is not None
    return grant_id


async def stands(
    budgets: SqlBudgets, now: datetime = NOON, *, member_id: int = MEMBER, role_ids: Collection[int] = ()
) -> Standing:
    of_day = quota(now=now)
    return await budgets.standing(member_id, GUILD, of_day, now, account="operator", role_ids=role_ids)


async def spend(store: SqlStore, pictures: int, limits: Quota, **details: Any) -> Job:
    job = a_job(pictures=pictures, **details)
    await store.admit(job, limits, job.created_at, role_ids=(ROLE,))
    return job


# ------------------------------------------------------------------------------------------------ terms and limits


async def test_terms_are_what_was_chosen(budgets: SqlBudgets, open_another: Opener) -> None:
    assert await budgets.terms(None) == Terms()
    assert await budgets.terms(GUILD) == Terms()
    chosen = GuildLimits(
        guild=UsageLimits(month=Allowance(amount=50_000_000)),
        member=UsageLimits(day=Allowance(10, 1_000_000), week=Allowance(30), cooldown=60),
        roles={ROLE: UsageLimits(day=Allowance(pictures=40), request=Allowance(pictures=4))},
    )
    assert await budgets.change_limits(GUILD, lambda held: replace(chosen, roles=held.roles), MEMBER, NOON) == replace(
        chosen, roles={}
    )
    assert await budgets.change_limits(GUILD, lambda held: replace(held, roles=chosen.roles), MEMBER, NOON) == chosen
    restarted = SqlBudgets((await open_another()).database)
    assert await restarted.terms(GUILD) == Terms(limits=chosen)
    assert await restarted.terms(GUILD + 1) == Terms()
    preferences = SqlPreferences((await open_another()).database)
    await preferences.change_policy(GUILD, lambda policy: replace(policy, time_zone="Europe/Berlin"), MEMBER, NOON)
    assert await budgets.terms(GUILD) == Terms(time_zone="Europe/Berlin", limits=chosen)
    assert await preferences.policy(GUILD) == Policy(time_zone="Europe/Berlin")


async def test_no_change_of_limits_is_lost(budgets: SqlBudgets) -> None:
    def more(held: GuildLimits) -> GuildLimits:
        return replace(held, member=UsageLimits(cooldown=(held.member.cooldown or 0) + 1))

    await asyncio.gather(*(budgets.change_limits(GUILD, more, MEMBER, NOON) for _ in range(10)))
    assert (await budgets.terms(GUILD)).limits.member.cooldown == 10


async def test_a_guilds_own_account_takes_jobs_until_it_is_retired(store: SqlStore, budgets: SqlBudgets) -> None:
    async with store.database.write() as connection:
        keeper = await person(store.database, connection, MODERATOR)
        for account, retired_at in (("guild-1", NOON), ("guild-2", None)):
            await connection.execute(
                credentials.insert().values(
                    account=account, guild_id=GUILD, billing=Billing.TOKEN, secrets={}, added_by=keeper,
                    added_at=NOON, retired_at=retired_at,
                )
            )  # fmt: skip
    own = Account("guild-2", Billing.TOKEN)
    assert (await budgets.terms(GUILD)).account == own
    assert (await budgets.terms(GUILD + 1)).account is None
    await admit(store, account=own.name, billing=own.billing)
    retired = a_job(account="guild-1")
    assert isinstance(await outcome(store.admit(retired, quota(), NOON)), AccountRetired)
    assert await store.job(retired.id) is None
    assert isinstance(await outcome(store.admit(a_job(account="never"), quota(), NOON)), AccountRetired)
    # What runs on it counts for the guild, and not for the operator's account.
    standing = await stands(budgets)
    assert standing.sums[Scope.GUILD, Period.DAY] == Committed(1, PRICE)
    assert standing.sums[Scope.DEPLOYMENT, Period.DAY] == Committed()
    of_own = await budgets.standing(MEMBER, GUILD, quota(), NOON, account=own.name)
    assert of_own.sums[Scope.DEPLOYMENT, Period.DAY] == Committed(1, PRICE)
    async with store.database.write() as connection:
        await connection.execute(update(credentials).values(retired_at=NOON))
    assert (await budgets.terms(GUILD)).account is None
    assert isinstance(await outcome(store.admit(a_job(account=own.name), quota(), NOON)), AccountRetired)


# ---------------------------------------------------------------------------------------------------------- grants


async def test_a_grant_is_made_once_for_its_reference(store: SqlStore, budgets: SqlBudgets) -> None:
    grant = for_member(20)
    made = await asyncio.gather(*(budgets.grant(grant, reference="1", now=NOON) for _ in range(5)))
    [grant_id] = [each for each in made if each is not None]
    assert await budgets.grant(for_member(7), reference="1", now=NOON) is None
    assert await budgets.grants(GUILD, NOON) == [GrantMade(grant_id, grant, used=0)]
    assert (await stands(budgets)).grants == (GrantLeft(grant_id, 20, TOMORROW),)
    [entry] = [each async for each in SqlBooks(store.database).entries(NOON, TOMORROW)]
    assert (entry.kind, entry.person, entry.guild_id, entry.pictures, entry.amount, entry.grant_id) == (
        EntryKind.GRANT, MEMBER, GUILD, 20, 0, grant_id,
    )  # fmt: skip


async def test_who_may_use_a_grant_and_until_when(budgets: SqlBudgets) -> None:
    own = await make(budgets, for_member(1, NOON + timedelta(hours=3)), "own")
    of_role = await make(budgets, for_role(2, NOON + timedelta(hours=1)), "role")
    of_all = await make(budgets, for_role(3, NOON + timedelta(hours=2), role_id=GUILD), "everyone")
    await make(budgets, replace(for_member(9), guild_id=GUILD + 1), "elsewhere")

    async def usable(now: datetime = NOON, **who: Any) -> list[int]:
        return [each.grant_id for each in (await stands(budgets, now, **who)).grants]

    assert await usable(role_ids=(ROLE,)) == [of_role, of_all, own]
    assert await usable() == [of_all, own]
    assert await usable(member_id=ANOTHER_MEMBER, role_ids=(ROLE, 1)) == [of_role, of_all]  # whom nobody has seen yet
    assert await usable(NOON + timedelta(hours=1), role_ids=(ROLE,)) == [of_all, own]
    outside = await budgets.standing(MEMBER, None, quota(), NOON, account="operator", role_ids=(ROLE,))
    assert outside.grants == ()
    assert [each.id for each in await budgets.grants(GUILD, NOON + timedelta(hours=2))] == [own]


async def test_a_grant_pays_when_the_members_limit_is_used_up(store: SqlStore, budgets: SqlBudgets) -> None:
    grant_id = await make(budgets, for_member(3))
    limits = quota(member=2)
    await spend(store, 2, limits)
    assert (await stands(budgets)).grants == (GrantLeft(grant_id, 3, TOMORROW),)
    await spend(store, 2, limits)
    standing = await stands(budgets)
    assert standing.grants == (GrantLeft(grant_id, 1, TOMORROW),)
    # The member's limit stays as it was; the guild's and the operator's sums count all.
    assert standing.sums == {
        MEMBERS_DAY: Committed(2, 2 * PRICE),
        (Scope.GUILD, Period.DAY): Committed(4, 4 * PRICE),
        (Scope.DEPLOYMENT, Period.DAY): Committed(4, 4 * PRICE),
    }
    refused = await outcome(spend(store, 2, limits))
    assert isinstance(refused, LimitReached)
    assert (refused.scope, refused.limit, refused.used, refused.asked) == ("member", 2, 2, 2)
    await spend(store, 1, limits)
    assert (await stands(budgets)).grants == ()
    assert [each.used for each in await budgets.grants(GUILD, NOON)] == [3]
    assert isinstance(await outcome(spend(store, 1, limits)), LimitReached)


async def test_a_grant_lifts_no_limit_but_the_members(store: SqlStore, budgets: SqlBudgets) -> None:
    await make(budgets, for_member(20))
    for limits, scope in ((quota(member=1, guild=1), "guild"), (quota(member=1, deployment=1), "deployment")):
        refused = await outcome(spend(store, 2, limits))
        assert isinstance(refused, LimitReached)
        assert refused.scope == scope
    assert (await stands(budgets)).grants[0].pictures == 20


async def test_at_once_a_grant_is_used_once(store: SqlStore, budgets: SqlBudgets) -> None:
    await make(budgets, for_member(3))
    outcomes = await asyncio.gather(*(outcome(spend(store, 1, quota(member=0))) for _ in range(12)))
    assert sum(isinstance(each, Job) for each in outcomes) == 3
    assert (await stands(budgets)).grants == ()


async def test_what_a_job_did_not_use_is_the_grants_again(store: SqlStore, budgets: SqlBudgets) -> None:
    grant_id = await make(budgets, for_member(4))

    async def left_after(captured: int | None, pictures: int) -> int:
        admitted = await spend(store, 2, quota(member=0))
        job = await brought_to_its_end(store, admitted)
        end = JobStatus.FAILED if captured is None else JobStatus.SUCCEEDED
        await store.settle(job, end, NOON, captured=captured, pictures=pictures)
        [left] = (await stands(budgets)).grants
        assert left.grant_id == grant_id
        return left.pictures

    assert await left_after(None, 0) == 4
    assert await left_after(PRICE, 1) == 3
    assert await left_after(2 * PRICE, 2) == 1
    assert (await stands(budgets)).sums[MEMBERS_DAY] == Committed()


async def brought_to_its_end(store: SqlStore, admitted: Job) -> Job:
    job = await claim_one(store, "me")
    assert job.id == admitted.id
    for step in path_to(JobStatus.DELIVERING):
        job = await store.advance(job, step)
    return job


async def test_a_roles_grant_is_each_members_and_entered_once_for_each(store: SqlStore, budgets: SqlBudgets) -> None:
    grant_id = await make(budgets, for_role(3))
    limits = quota(member=0)
    for member_id in (MEMBER, MEMBER, ANOTHER_MEMBER):
        await spend(store, 1, limits, member_id=member_id)
    assert (await stands(budgets, role_ids=(ROLE,))).grants == (GrantLeft(grant_id, 1, TOMORROW),)
    another = await stands(budgets, member_id=ANOTHER_MEMBER, role_ids=(ROLE,))
    assert another.grants == (GrantLeft(grant_id, 2, TOMORROW),)
    assert [(each.id, each.used) for each in await budgets.grants(GUILD, NOON)] == [(grant_id, 3)]
    entries = [each async for each in SqlBooks(store.database).entries(NOON, TOMORROW)]
    assert [each.person for each in entries if each.kind is EntryKind.GRANT] == [MEMBER, ANOTHER_MEMBER]
    assert all(each.grant_id == grant_id for each in entries)
    refused = await outcome(store.admit(a_job(), limits, NOON))  # the role was taken away
    assert isinstance(refused, LimitReached)


async def test_a_grant_that_ended_or_was_revoked_gives_nothing(store: SqlStore, budgets: SqlBudgets) -> None:
    limits = quota(member=0)
    grant_id = await make(budgets, for_member(9))
    await spend(store, 1, limits)
    at_its_end = a_job(created_at=TOMORROW)
    assert isinstance(await outcome(store.admit(at_its_end, quota(member=0, now=TOMORROW), TOMORROW)), LimitReached)
    assert not await budgets.revoke(GUILD + 1, grant_id, MODERATOR, NOON)
    assert not await budgets.revoke(GUILD, grant_id + 1, MODERATOR, NOON)
    assert not await budgets.revoke(GUILD, grant_id, MODERATOR, TOMORROW)
    revoked = await asyncio.gather(*(budgets.revoke(GUILD, grant_id, MODERATOR, NOON) for _ in range(3)))
    assert sorted(revoked) == [False, False, True]
    assert isinstance(await outcome(spend(store, 1, limits)), LimitReached)
    assert (await stands(budgets)).grants == ()
    assert await budgets.grants(GUILD, NOON) == [GrantMade(grant_id, for_member(9), used=1, revoked_at=NOON)]
