"""Sanctions and appeals: the contracts of `Sanctions` and `Appeals`, over each database."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.appeal import Appeal, Matter, MatterKind
from bot.domain.errors import LimitReached, MemberBlocked
from bot.domain.ledger import Grant
from bot.domain.quota import Allowance, UsageLimits
from bot.domain.sanction import Ladder, Rung, Sanction, SanctionKind
from bot.domain.trail import Action
from bot.service.ports import Decided
from bot.storage.appeals import SqlAppeals
from bot.storage.budgets import SqlBudgets
from bot.storage.preferences import SqlPreferences
from bot.storage.sanctions import SqlSanctions
from bot.storage.store import SqlStore
from bot.storage.trail import SqlTrail
from tests.storage.examples import ANOTHER_MEMBER, GUILD, MEMBER, NOON, UNLIMITED, a_job, admit, outcome, quota

MODERATOR, REVIEWER = MEMBER + 100, MEMBER + 101
TOMORROW = NOON + timedelta(days=1)
OTHER_GUILD = GUILD + 1


@pytest.fixture
def sanctions(store: SqlStore) -> SqlSanctions:
    return SqlSanctions(store.database)


@pytest.fixture
def appeals(store: SqlStore) -> SqlAppeals:
    return SqlAppeals(store.database)


def a_sanction(kind: SanctionKind, **changes: Any) -> Sanction:
    made = Sanction(kind, GUILD, MEMBER, reason="spam", made_by=MODERATOR, made_at=NOON)
    return replace(made, **({"strikes": 1} if kind is SanctionKind.WARN else {}) | changes)


def lowered(pictures: int, **changes: Any) -> Sanction:
    return a_sanction(SanctionKind.LOWER, limits=UsageLimits(day=Allowance(pictures=pictures)), **changes)


BLOCK = a_sanction(SanctionKind.BLOCK)
WARNING = a_sanction(SanctionKind.WARN)


async def impose(sanctions: SqlSanctions, sanction: Sanction, reference: str = "1") -> int:
    made = await sanctions.impose(sanction, reference=reference)
    assert made.sanction.id is not None
    return made.sanction.id


async def actions(store: SqlStore) -> list[tuple[Action, int | None]]:
    """All that the trail tells, the oldest ahead."""
    entries = await SqlTrail(store.database).entries(GUILD, 100)
    return [(each.action, each.actor_id) for each in reversed(entries)]


async def test_a_sanction_is_imposed_once_for_its_reference(store: SqlStore, sanctions: SqlSanctions) -> None:
    made = await asyncio.gather(*(sanctions.impose(WARNING, reference="1") for _ in range(5)))
    assert sorted(each.repeated for each in made) == [False, True, True, True, True]
    assert {each.sanction for each in made} == {replace(WARNING, id=made[0].sanction.id)}
    assert {each.strikes for each in made} == {1}
    assert await actions(store) == [(Action.WARN, MODERATOR)]
    record = await sanctions.record(MEMBER, GUILD, NOON, 5)
    assert (record.strikes, len(record.history), record.trusted, record.last) == (1, 1, False, ())
    assert await sanctions.record(MEMBER, OTHER_GUILD, NOON, 5) == replace(record, strikes=0, history=())


async def test_strikes_lead_to_what_the_guilds_ladder_says(store: SqlStore, sanctions: SqlSanctions) -> None:
    ladder = Ladder((Rung(3, SanctionKind.BLOCK, days=2),))
    preferences = SqlPreferences(store.database)
    await preferences.change_policy(GUILD, lambda held: replace(held, ladder=ladder), MODERATOR, NOON)
    made = await asyncio.gather(*(sanctions.impose(WARNING, reference=str(each)) for each in range(5)))
    led_to = [each.by_ladder for each in made if each.by_ladder is not None]
    assert len(led_to) == 1, "of warnings at once, one is the third"
    assert led_to[0] == replace(BLOCK, made_by=None, ends_at=NOON + timedelta(days=2), id=led_to[0].id)
    assert await sanctions.in_force(MEMBER, GUILD, NOON) == led_to
    assert (await actions(store)).count((Action.BLOCK, None)) == 1
    [third] = [each for each in made if each.by_ladder is not None]
    again = await sanctions.impose(WARNING, reference=str(made.index(third)))
    assert (again.repeated, again.by_ladder) == (True, led_to[0])

    lifted = await sanctions.lift(GUILD, third.sanction.id or 0, MODERATOR, TOMORROW, "a mistake")
    assert [each.kind for each in lifted] == [SanctionKind.WARN, SanctionKind.BLOCK], "with what the ladder made of it"
    assert await sanctions.in_force(MEMBER, GUILD, TOMORROW) == []
    assert (await sanctions.record(MEMBER, GUILD, TOMORROW, 0)).strikes == 4
    assert await sanctions.lift(GUILD, third.sanction.id or 0, MODERATOR, TOMORROW, "twice") == []


async def test_a_block_keeps_out_until_it_ends_or_is_lifted(store: SqlStore, sanctions: SqlSanctions) -> None:
    first = await impose(sanctions, replace(BLOCK, ends_at=TOMORROW))
    second = await impose(sanctions, BLOCK, "2")
    with pytest.raises(MemberBlocked) as refused:
        await store.admit(a_job(), UNLIMITED, NOON)
    assert refused.value == MemberBlocked(second, None, "spam"), "the one that lasts longest"
    await admit(store, member_id=ANOTHER_MEMBER)
    await admit(store, guild_id=OTHER_GUILD)
    await admit(store, guild_id=None)

    assert await sanctions.lift(OTHER_GUILD, second, MODERATOR, NOON, "") == (), "another guild's"
    assert [each.id for each in await sanctions.lift(GUILD, second, MODERATOR, NOON, "enough")] == [second]
    with pytest.raises(MemberBlocked) as refused:
        await store.admit(a_job(), UNLIMITED, TOMORROW - timedelta(seconds=1))
    assert refused.value == MemberBlocked(first, int(TOMORROW.timestamp()), "spam")
    await store.admit(a_job(created_at=TOMORROW), UNLIMITED, TOMORROW)
    assert await sanctions.lift(GUILD, first, MODERATOR, TOMORROW, "") == [], "it has ended"
    entries = await SqlTrail(store.database).entries(GUILD, 1)
    assert (entries[0].action, entries[0].reason, entries[0].subject_id) == (Action.LIFT, "enough", MEMBER)


async def test_of_admissions_at_the_moment_of_a_block_each_comes_before_or_is_refused(
    store: SqlStore, sanctions: SqlSanctions
) -> None:
    requests = [a_job() for _ in range(10)]
    tries = [outcome(store.admit(each, UNLIMITED, NOON)) for each in requests]
    blocked = sanctions.impose(BLOCK, reference="1")
    seen: list[int] = []

    async def block() -> None:
        await blocked
        seen.append(len((await store.jobs_of(MEMBER, 0)).live))  # what is to be canceled

    *outcomes, _ = await asyncio.gather(*tries[:5], *tries[5:], block())
    admitted = sum(each is None for each in outcomes)
    assert all(each is None or isinstance(each, MemberBlocked) for each in outcomes)
    assert seen == [admitted], "none is admitted after the block that its canceling missed"


async def test_lowered_limits_hold_beside_the_members_own_and_no_grant_lifts_them(
    store: SqlStore, sanctions: SqlSanctions
) -> None:
    budgets = SqlBudgets(store.database)
    await budgets.grant(Grant(GUILD, 100, TOMORROW, MODERATOR, member_id=MEMBER), reference="g", now=NOON)
    await impose(sanctions, lowered(4, ends_at=TOMORROW))
    await impose(sanctions, lowered(2), "2")
    await store.admit(a_job(pictures=2), quota(100), NOON)
    with pytest.raises(LimitReached) as refused:
        await store.admit(a_job(), quota(100), NOON)
    assert (refused.value.limit, refused.value.used, refused.value.lowered) == (2, 2, True)
    assert refused.value.granted == 0
    with pytest.raises(LimitReached) as refused:
        await store.admit(a_job(), UNLIMITED, NOON)
    assert refused.value.lowered, "where nothing else bounds"
    await store.admit(a_job(member_id=ANOTHER_MEMBER), quota(100), NOON)
    standing = await budgets.standing(MEMBER, GUILD, quota(3), NOON, account="operator")
    assert [each.limit for each in standing.quota.ceilings if each.lowered] == [2]
    with pytest.raises(LimitReached) as refused:
        await store.admit(a_job(), quota(1), NOON)
    assert not refused.value.granted, "nor does it lift the member's own meanwhile"
    await store.admit(a_job(created_at=TOMORROW), quota(100, now=TOMORROW), TOMORROW)


async def test_what_a_member_hasnt_heard_of(sanctions: SqlSanctions) -> None:
    first, second = await impose(sanctions, WARNING), await impose(sanctions, BLOCK, "2")
    lifted = await impose(sanctions, WARNING, "3")
    await sanctions.lift(GUILD, lifted, MODERATOR, NOON, "")
    assert [each.id for each in await sanctions.untold(MEMBER, GUILD)] == [first, second]
    await sanctions.told([first], NOON)
    assert [each.id for each in await sanctions.untold(MEMBER, GUILD)] == [second]
    assert await sanctions.untold(ANOTHER_MEMBER, GUILD) == []


# ------------------------------------------------------------------------------------------------- appeals


def an_appeal(about: Matter, **changes: Any) -> Appeal:
    return replace(Appeal(GUILD, MEMBER, about, "it wasn't me", NOON), **changes)


async def appealed(appeals: SqlAppeals, about: Matter) -> int:
    made = await appeals.make(an_appeal(about))
    assert made is not None
    assert made.id is not None
    return made.id


async def test_one_appeal_by_matter(appeals: SqlAppeals) -> None:
    about = Matter(MatterKind.SANCTION, "12")
    made = await asyncio.gather(*(appeals.make(an_appeal(about)) for _ in range(4)))
    assert sum(each is not None for each in made) == 1
    [held] = await appeals.undecided(GUILD, 10)
    assert held == an_appeal(about, id=held.id)
    assert await appeals.of(MEMBER, "sanction:12") == held
    assert await appeals.make(an_appeal(about, member_id=ANOTHER_MEMBER)) is not None
    await appeals.posted(held.id or 0, 5, 6)
    assert await appeals.appeal(held.id or 0) == replace(held, channel_id=5, message_id=6)
    assert await appeals.undecided(OTHER_GUILD, 10) == []


async def test_of_two_decisions_at_once_one_counts(
    store: SqlStore, sanctions: SqlSanctions, appeals: SqlAppeals
) -> None:
    sanction_id = await impose(sanctions, BLOCK)
    appeal_id = await appealed(appeals, Matter(MatterKind.SANCTION, str(sanction_id)))
    assert await appeals.decide(OTHER_GUILD, appeal_id, REVIEWER, NOON, granted=True, answer="") is None
    decisions = await asyncio.gather(
        appeals.decide(GUILD, appeal_id, REVIEWER, NOON, granted=True, answer="fair"),
        appeals.decide(GUILD, appeal_id, MODERATOR, NOON, granted=True, answer="well"),
    )
    made = [each for each in decisions if isinstance(each, Decided) and each.ours]
    assert len(made) == 1
    assert decisions[0] is not None
    assert decisions[1] is not None
    assert decisions[0].appeal == decisions[1].appeal
    assert [each.id for each in made[0].lifted] == [sanction_id]
    assert await sanctions.in_force(MEMBER, GUILD, NOON) == []
    by = made[0].appeal.decided_by
    assert await actions(store) == [(Action.BLOCK, MODERATOR), (Action.APPEAL, by), (Action.LIFT, by)]


async def test_a_denied_appeal_changes_nothing_else(sanctions: SqlSanctions, appeals: SqlAppeals) -> None:
    appeal_id = await appealed(appeals, Matter(MatterKind.SANCTION, str(await impose(sanctions, BLOCK))))
    decided = await appeals.decide(GUILD, appeal_id, REVIEWER, NOON, granted=False, answer="no")
    assert decided is not None
    assert (decided.appeal.granted, decided.appeal.answer, decided.lifted) == (False, "no", ())
    assert len(await sanctions.in_force(MEMBER, GUILD, NOON)) == 1
    assert await appeals.undecided(GUILD, 10) == []
