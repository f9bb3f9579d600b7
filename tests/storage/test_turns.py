"""Who has a turn: limits that hold for all processes together, and turns that guilds and members take."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.fairness import Limits
from bot.domain.job import Job, JobStatus
from bot.storage.processes import SqlProcesses
from bot.storage.store import SqlStore
from tests.storage.conftest import Opener
from tests.storage.examples import FREELY, GUILD, MEMBER, NOON, a_job, admit, bring_to, claim, join

TWO = replace(FREELY, per_member=2)


async def queued(store: SqlStore, count: int = 1, *, member: int = 0, guild: int | None = 0, age: int = 0) -> list[str]:
    """Jobs that wait for their turn, each as many seconds old, and the first the oldest."""
    guild_id = None if guild is None else GUILD + guild
    made: list[str] = []
    for number in range(count):
        created_at = NOON - timedelta(seconds=age, milliseconds=-number)
        job = a_job(member_id=MEMBER + member, guild_id=guild_id, status=JobStatus.QUEUED, created_at=created_at)
        made.append((await admit(store, job)).id)
    return made


async def claimed(store: SqlStore, limits: Limits, owner: str = "me", seconds: float = 0) -> list[str]:
    now = NOON + timedelta(seconds=seconds)
    return [job.id for job in (await claim(store, owner, now, limits=limits)).jobs]


async def submitted(store: SqlStore, job_id: str) -> Job:
    job = await store.job(job_id)
    assert job is not None
    return await store.advance(job, JobStatus.SUBMITTING)


# --------------------------------------------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (FREELY, 12),
        (replace(FREELY, per_member=2), 8),  # a member of two guilds is one
        (replace(FREELY, per_guild=4), 8),
        (replace(FREELY, in_all=5), 5),
        (Limits(per_member=2, per_guild=3, in_all=7), 6),
    ],
)
async def test_the_limits(store: SqlStore, limits: Limits, expected: int) -> None:
    for member in range(4):
        await queued(store, 3, member=member, guild=member % 2)
    assert len(await claimed(store, limits)) == expected
    assert await claimed(store, limits) == []


@pytest.mark.parametrize("guild", [0, None])
@pytest.mark.parametrize("limit", ["per_member", "per_guild", "in_all"])
async def test_who_has_one_place_left_gets_it(store: SqlStore, limit: str, guild: int | None) -> None:
    waiting = await queued(store, 3, guild=guild)
    for number, job_id in enumerate(waiting, 1):
        limits = replace(FREELY, **{limit: number})
        assert await claimed(store, limits) == [job_id]
        assert await claimed(store, limits) == []


async def test_a_member_of_two_guilds_is_one_member(store: SqlStore) -> None:
    for guild in range(2):
        await queued(store, 2, guild=guild)
    assert len(await claimed(store, TWO)) == 2


async def test_what_holds_a_place(store: SqlStore) -> None:
    [first, second, third] = await queued(store, 3)
    one = replace(FREELY, per_member=1)
    assert await claimed(store, one) == [first]  # and is queued still
    for status in (JobStatus.SUBMITTING, JobStatus.RUNNING, None):
        assert await claimed(store, one, "another") == []
        if status is not None:
            job = await store.job(first)
            assert job is not None
            await store.advance(job, status)
    job = await store.job(first)
    assert job is not None
    job = await store.advance(job, JobStatus.DELIVERING)  # whose run is over
    assert await claimed(store, one, "another") == [second]
    await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=1, pictures=1)
    assert third not in await claimed(store, one, "another")


async def test_a_run_without_an_owner_holds_its_place(store: SqlStore) -> None:
    running = await bring_to(store, JobStatus.RUNNING, "gone")
    await SqlProcesses(store.database).leave("gone")
    await queued(store, 2)
    adopted, new = await claimed(store, TWO)
    assert adopted == running.id
    assert new != running.id
    assert await claimed(store, TWO) == []


async def test_attachments_are_read_without_a_place(store: SqlStore) -> None:
    await bring_to(store, JobStatus.STAGING)
    assert len(await claimed(store, TWO)) == 0
    await queued(store, 2)
    assert len(await claimed(store, TWO)) == 2


async def test_direct_messages_are_a_guild_of_each_member(store: SqlStore) -> None:
    for member in range(3):
        await queued(store, 3, member=member, guild=None)
    assert len(await claimed(store, replace(FREELY, per_guild=2))) == 6


async def test_limits_hold_for_many_claims_at_once(store: SqlStore, open_another: Opener) -> None:
    stores = [store, await open_another()] if store.database.shared else [store]
    for member in range(6):
        await queued(store, 4, member=member, guild=member % 3)
    owners = [f"owner-{number}" for number in range(12)]
    await join(store, *owners)
    limits = Limits(per_member=2, per_guild=3, in_all=8)
    claims = [claim(stores[n % len(stores)], owner, limits=limits) for n, owner in enumerate(owners)]
    jobs = [job for each in await asyncio.gather(*claims) for job in each.jobs]
    assert len(jobs) == len({job.id for job in jobs}) == limits.in_all
    assert max(Counter(job.member_id for job in jobs).values()) == limits.per_member
    assert max(Counter(job.guild_id for job in jobs).values()) == limits.per_guild


# ---------------------------------------------------------------------------------------------------- turns


async def in_turn(store: SqlStore, number: int) -> list[str]:
    """The jobs that have their turn when one place at a time becomes free."""
    turns: list[str] = []
    for second in range(number):
        [job_id] = await claimed(store, replace(FREELY, in_all=1), seconds=second)
        await store.advance(await submitted(store, job_id), JobStatus.DELIVERING)
        turns.append(job_id)
    return turns


def by_turns(*waiting: Sequence[str]) -> list[str]:
    return [each for turn in zip(*waiting, strict=True) for each in turn]


async def test_twenty_of_one_member_delay_nobodys_first(store: SqlStore) -> None:
    twenty = await queued(store, 20, age=60)
    [first] = await queued(store, member=1)
    assert (await claimed(store, replace(FREELY, per_member=3, in_all=3))) == [twenty[0], first, twenty[1]]


async def test_members_take_turns_over_many_claims(store: SqlStore) -> None:
    waiting = [await queued(store, 3, member=member, age=60 - member) for member in range(3)]
    assert await in_turn(store, 9) == by_turns(*waiting)


async def test_guilds_take_turns_however_many_their_members_are(store: SqlStore) -> None:
    crowd = [await queued(store, 1, member=member, guild=0, age=60 - member) for member in range(4)]
    single = await queued(store, 4, member=9, guild=1, age=30)
    assert await in_turn(store, 8) == by_turns([each for [each] in crowd], single)


async def test_a_direct_message_has_a_turn_beside_the_guilds(store: SqlStore) -> None:
    crowd = await queued(store, 3, age=60)
    alone = await queued(store, 3, member=1, guild=None, age=50)
    also = await queued(store, 3, member=2, guild=None, age=40)
    assert await in_turn(store, 9) == by_turns(crowd, alone, also)


async def test_who_comes_anew_goes_before_who_had_a_turn(store: SqlStore) -> None:
    [first, second] = await queued(store, 2, age=60)
    assert await in_turn(store, 1) == [first]
    [new] = await queued(store, member=1, guild=1)
    assert await in_turn(store, 2) == [new, second]


async def test_turns_outlive_a_restart_and_are_forgotten_in_time(store: SqlStore, open_another: Opener) -> None:
    [first, second] = await queued(store, 2, age=60)
    assert await in_turn(store, 1) == [first]
    await store.close()
    store = await open_another()
    await store.forget_before(NOON + timedelta(hours=1))
    [new] = await queued(store, member=1)
    assert await in_turn(store, 1) == [new]
    await store.forget_before(NOON + timedelta(hours=3))
    [newer] = await queued(store, member=2)
    assert await in_turn(store, 2) == [second, newer]  # as if neither had had one
