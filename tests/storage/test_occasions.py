"""What is done once for the whole deployment: who gets to do it, and what happens when they die over it."""

import asyncio
from datetime import timedelta

from bot.service.ports import Occasion
from bot.storage.occasions import SqlOccasions
from bot.storage.store import SqlStore
from tests.storage.conftest import Opener
from tests.storage.examples import NOON

LEASE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


async def test_of_many_at_once_one_does_it(store: SqlStore, open_another: Opener) -> None:
    processes = [SqlOccasions(each.database) for each in (store, await open_another(), await open_another())]
    got = await asyncio.gather(*(each.claim("summary", NOON, LEASE) for each in processes * 4))
    assert sorted(each.name for each in got) == ["OTHERS"] * 11 + ["OURS"]
    assert await processes[0].claim("another", NOON, LEASE) is Occasion.OURS


async def test_what_is_done_stays_done(store: SqlStore) -> None:
    occasions = SqlOccasions(store.database)
    await occasions.claim("summary", NOON, LEASE)
    await occasions.done("summary")
    assert await occasions.claim("summary", NOON, LEASE) is Occasion.PAST
    assert await occasions.claim("summary", NOON + timedelta(days=90), LEASE) is Occasion.PAST


async def test_who_dies_over_it_is_followed_by_one(store: SqlStore, open_another: Opener) -> None:
    one, other = SqlOccasions(store.database), SqlOccasions((await open_another()).database)
    await one.claim("summary", NOON, LEASE)
    assert await other.claim("summary", NOON + LEASE - SECOND, LEASE) is Occasion.OTHERS
    after = NOON + LEASE
    got = await asyncio.gather(*(each.claim("summary", after, LEASE) for each in (one, other, other)))
    assert sorted(each.name for each in got) == ["OTHERS", "OTHERS", "OURS"]
    assert await one.claim("summary", after + LEASE - SECOND, LEASE) is Occasion.OTHERS, "the lease begins anew"


async def test_old_ones_are_forgotten(store: SqlStore) -> None:
    occasions = SqlOccasions(store.database)
    await occasions.claim("old", NOON - timedelta(days=101), LEASE)
    await occasions.claim("new", NOON - timedelta(days=99), LEASE)
    await occasions.done("new")
    await store.forget_before(NOON)
    assert await occasions.claim("old", NOON, timedelta(days=1000)) is Occasion.OURS
    assert await occasions.claim("new", NOON, LEASE) is Occasion.PAST
