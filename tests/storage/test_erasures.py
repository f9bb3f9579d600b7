"""What is let go by itself: old words, guilds that were left, pictures of nobody's."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.domain.job import Job, JobStatus
from bot.domain.ledger import Grant
from bot.domain.moderation import Policy
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import Cutoffs, KeySet, Stripped
from bot.storage.budgets import SqlBudgets
from bot.storage.erasures import SqlErasures
from bot.storage.keys import SqlKeys
from bot.storage.preferences import SqlPreferences
from bot.storage.runs import SqlRunBooks
from bot.storage.store import SqlStore
from bot.storage.tables import grants, guilds, ledger, people
from bot.storage.trail import SqlTrail
from tests.storage.examples import GUILD, MEMBER, NOON, PRICE, admit, claim_one
from tests.storage.test_keys import TOKEN
from tests.storage.test_preferences import INK
from tests.storage.test_privacy import sanction

ANOTHER_GUILD = GUILD + 1
DAY = timedelta(days=1)


@pytest.fixture
def erasures(store: SqlStore) -> SqlErasures:
    return SqlErasures(store.database)


async def ended(store: SqlStore, at: datetime, guild_id: int | None = GUILD) -> str:
    job = await admit(store, guild_id=guild_id, created_at=at)
    taken = await claim_one(store, "me", at)
    taken = await store.advance(taken, JobStatus.DELIVERING, cost=PRICE, run_seconds=3.0)
    await store.settle(taken, JobStatus.SUCCEEDED, at, captured=PRICE, pictures=1)
    return job.id


async def found(store: SqlStore, job_id: str) -> Job:
    job = await store.job(job_id)
    assert job is not None
    return job


async def test_words_go_with_age_in_each_guild_by_its_own(store: SqlStore, erasures: SqlErasures) -> None:
    ages = [1, 3, 10, 40]
    ours = [await ended(store, NOON - age * DAY) for age in ages]
    others = [await ended(store, NOON - age * DAY, guild) for guild in (ANOTHER_GUILD, None) for age in ages]
    live = await admit(store, created_at=NOON - 100 * DAY)
    cutoffs = Cutoffs(NOON - 30 * DAY, {GUILD: NOON - 2 * DAY})
    first = await erasures.strip_ended(cutoffs, NOON, 3)
    assert first == Stripped(3, NOON - 40 * DAY)
    batches = [await erasures.strip_ended(cutoffs, NOON, 1, first.up_to) for _ in range(3)]
    assert batches == [Stripped(1, NOON - 10 * DAY), Stripped(1, NOON - 3 * DAY), Stripped(0, None)]
    assert [(await found(store, each)).erased for each in ours] == [False, True, True, True]
    assert [(await found(store, each)).erased for each in others] == [False, False, False, True] * 2
    assert (await found(store, live.id)).request.prompt == "a fox in the snow"
    # What estimates and the books need is still there.
    assert len(await store.samples("openai/gpt-image-2", "high", 1, 100)) == 12
    runs = SqlRunBooks(store.database)
    assert len(await runs.unfinished(NOON, 10)) == 1
    assert len((await store.jobs_of(MEMBER, 100)).ended) == 7
    assert len((await store.usage(MEMBER, NOON, 100)).last) == 8


async def test_pictures_of_erased_requests_and_of_no_style_are_unneeded(store: SqlStore, erasures: SqlErasures) -> None:
    old, kept, live = await ended(store, NOON - DAY), await ended(store, NOON), (await admit(store)).id
    await erasures.strip_ended(Cutoffs(NOON, {}), NOON, 10)
    await SqlPreferences(store.database).save_style(GUILD, INK, MEMBER, NOON)
    [named] = (each.key for each in INK.pictures)
    needed = {f"{kept}/input-0", f"{live}/input-0", named}
    unneeded = {f"{old}/input-0", f"{old}/output-1", "never-heard-of/input-0", "styles/left-by-a-crash/0"}
    assert await erasures.unneeded(needed | unneeded) == unneeded
    assert await erasures.unneeded([]) == set()


async def test_a_guild_that_was_left_is_erased_and_the_ledger_stays(store: SqlStore, erasures: SqlErasures) -> None:
    database = store.database
    for guild in (GUILD, ANOTHER_GUILD):
        await SqlPreferences(database).change_policy(guild, lambda _: Policy(retention_days=7), MEMBER, NOON)
        await SqlPreferences(database).save_style(guild, INK, MEMBER, NOON)
        await SqlKeys(database).bring(guild, KeySet(TOKEN), MEMBER, NOON)
        grant = Grant(guild, 3, NOON + DAY, MEMBER, member_id=MEMBER, reason="for a contest")
        await SqlBudgets(database).grant(grant, reference=f"grant {guild}", now=NOON)
        await SqlTrail(database).enter(TrailEntry(guild, Action.STYLE, MEMBER, NOON))
    jobs = [await ended(store, NOON, guild) for guild in (GUILD, ANOTHER_GUILD)]
    await sanction(store, MEMBER)
    await erasures.note_left(GUILD, NOON)
    await erasures.note_left(GUILD, NOON + DAY)  # told twice: the first counts
    assert await erasures.known_guilds() == {ANOTHER_GUILD}
    assert await erasures.left_before(NOON) == []
    assert await erasures.erase_guild(GUILD, NOON, NOON) is False, "it is too early"
    assert await erasures.left_before(NOON + DAY) == [GUILD]

    assert await erasures.erase_guild(GUILD, NOON + DAY, NOON + DAY) is True
    assert await erasures.erase_guild(GUILD, NOON + DAY, NOON + DAY) is False
    assert [(await found(store, each)).erased for each in jobs] == [True, False]
    preferences, trail, keys = SqlPreferences(database), SqlTrail(database), SqlKeys(database)
    assert await preferences.policy(GUILD) == Policy()
    assert await preferences.styles(GUILD) == []
    assert await trail.entries(GUILD, 10) == []
    assert await keys.held(GUILD) is None
    assert await preferences.policy(ANOTHER_GUILD) == Policy(retention_days=7)
    assert await preferences.styles(ANOTHER_GUILD) == [INK]
    assert len(await trail.entries(ANOTHER_GUILD, 10)) == 5
    assert await keys.held(ANOTHER_GUILD) is not None
    async with database.read() as connection:
        sums = select(func.sum(ledger.c.committed_amount)).where(ledger.c.guild_id == GUILD)
        assert await connection.scalar(sums) == PRICE
        reasons = select(grants.c.reason).order_by(grants.c.guild_id)
        assert list(await connection.scalars(reasons)) == ["", "for a contest"]
        assert await connection.scalar(select(people.c.discord_id)) == MEMBER, "who is elsewhere, too"

    await erasures.note_present([GUILD, ANOTHER_GUILD])
    async with database.read() as connection:
        assert list(await connection.scalars(select(guilds.c.erased_at))) == [None, None]
    entered = TrailEntry(GUILD, Action.STYLE, MEMBER, NOON)
    await trail.enter(entered)
    assert len(await trail.entries(GUILD, 10)) == 1, "it begins anew"


async def test_a_guild_that_is_joined_again_in_time_loses_nothing(store: SqlStore, erasures: SqlErasures) -> None:
    await SqlPreferences(store.database).change_policy(GUILD, lambda _: Policy(retention_days=7), MEMBER, NOON)
    await erasures.note_left(GUILD, NOON)
    await erasures.note_present([GUILD])
    assert await erasures.left_before(NOON + 100 * DAY) == []
    assert await erasures.erase_guild(GUILD, NOON + 100 * DAY, NOON) is False
    assert await SqlPreferences(store.database).policy(GUILD) == Policy(retention_days=7)
    assert await erasures.known_guilds() == {GUILD}
