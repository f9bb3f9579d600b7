"""Which entries are to be posted next, and by whom."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.moderation import Policy
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import MirrorBatch
from bot.storage.mirrors import SqlMirrors
from bot.storage.preferences import SqlPreferences
from bot.storage.store import SqlStore
from bot.storage.trail import SqlTrail, enter
from tests.storage.conftest import Opener
from tests.storage.examples import CHANNEL, GUILD, MEMBER, NOON

LEASE = timedelta(minutes=2)


def warning(number: int, guild_id: int = GUILD) -> TrailEntry:
    return TrailEntry(guild_id, Action.WARN, MEMBER, NOON, reason=f"{number}")


async def log_to(store: SqlStore, channel_id: int | None, guild_id: int = GUILD) -> None:
    def change(held: Policy) -> Policy:
        return replace(held, log_channel_id=channel_id)

    await SqlPreferences(store.database).change_policy(guild_id, change, None, NOON)


async def claimed(mirrors: SqlMirrors, now: datetime = NOON, most: int = 3) -> list[MirrorBatch]:
    return [*await mirrors.claim(now, LEASE, most)]


def reasons(batches: list[MirrorBatch]) -> list[list[str]]:
    return [[each.reason for each in batch.entries] for batch in batches]


async def test_each_entry_is_claimed_in_order_and_once(store: SqlStore, open_another: Opener) -> None:
    trail, mirrors, another = (
        SqlTrail(store.database),
        SqlMirrors(store.database),
        SqlMirrors((await open_another()).database),
    )
    await trail.enter(warning(0))
    await log_to(store, CHANNEL, GUILD + 1)
    [of_other] = await claimed(mirrors)
    assert of_other.guild_id == GUILD + 1
    await mirrors.posted(of_other)
    assert await claimed(mirrors) == [], "a guild without a log channel has none posted"
    await log_to(store, CHANNEL)
    for number in range(1, 5):
        await trail.enter(warning(number))
    # What was entered before anybody heard of the guild comes, too.
    both = [*await asyncio.gather(claimed(mirrors), claimed(another))]
    assert sorted(map(len, both)) == [0, 1]
    [batch] = both[0] + both[1]
    assert [each.reason for each in batch.entries] == ["0", "", "1"]
    assert (batch.guild_id, batch.channel_id) == (GUILD, CHANNEL)
    assert await claimed(another, NOON + LEASE - timedelta(microseconds=1)) == []
    taken_over = await asyncio.gather(claimed(mirrors, NOON + LEASE), claimed(another, NOON + LEASE))
    assert sorted(taken_over, key=len) == [[], [batch]], "its process has died over it, and two see that at once"
    await another.posted(batch)
    await mirrors.put_off(batch, NOON + timedelta(days=1))  # who comes back late changes nothing
    [rest] = await claimed(mirrors)
    assert reasons([rest]) == [["2", "3", "4"]]
    await mirrors.posted(rest)
    assert await claimed(mirrors, NOON + timedelta(days=2)) == []


async def test_what_was_entered_without_a_log_channel_is_passed_over_once_it_was_seen(store: SqlStore) -> None:
    trail, mirrors = SqlTrail(store.database), SqlMirrors(store.database)
    await log_to(store, CHANNEL)
    await log_to(store, None)
    await trail.enter(warning(1))
    assert await claimed(mirrors) == []
    await log_to(store, CHANNEL)
    await trail.enter(warning(2))
    [batch] = await claimed(mirrors)
    assert reasons([batch]) == [["", "2"]]


async def test_a_closed_channel_is_left_alone_for_a_while_and_then_gets_more_at_once(store: SqlStore) -> None:
    trail, mirrors = SqlTrail(store.database), SqlMirrors(store.database)
    await log_to(store, CHANNEL)
    [batch] = await claimed(mirrors)
    later = NOON + timedelta(minutes=10)
    await mirrors.put_off(batch, later)
    await trail.enter(warning(1))
    await log_to(store, CHANNEL + 1, GUILD + 1)
    [other] = await claimed(mirrors)
    assert other.guild_id == GUILD + 1, "it keeps nobody else's back"
    await mirrors.posted(other)
    assert await claimed(mirrors, later - timedelta(seconds=1)) == []
    [again] = await claimed(mirrors, later)
    assert reasons([again]) == [["", "1"]]
    await mirrors.put_off(again, later + timedelta(days=1))
    await log_to(store, CHANNEL + 2)
    [at_once] = await claimed(mirrors, later)
    assert at_once.channel_id == CHANNEL + 2
    assert reasons([at_once]) == [["", "1", ""]]


@pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)  # SQLite has one writer at a time
async def test_an_entry_that_is_committed_late_is_not_passed_by(
    store: SqlStore, open_another: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its id is lower than that of one that was committed before it."""
    monkeypatch.setattr("bot.storage.mirrors._TRIES", 1)
    monkeypatch.setattr("bot.storage.mirrors._PAUSE_SECONDS", 0.0)
    database, mirrors = store.database, SqlMirrors((await open_another()).database)
    await log_to(store, CHANNEL)
    await SqlTrail(database).enter(warning(0))  # who is known needn't be made
    await mirrors.posted((await claimed(mirrors))[0])
    async with database.write() as connection:
        await enter(database, connection, warning(1))
        await SqlTrail(database).enter(warning(2))
        assert await claimed(mirrors) == []
    assert reasons(await claimed(mirrors)) == [["1", "2"]]


async def test_news_are_of_every_entry_since(store: SqlStore) -> None:
    mirrors = SqlMirrors(store.database)
    waiting = asyncio.create_task(mirrors.news())
    await log_to(store, CHANNEL)
    await waiting
    await SqlTrail(store.database).enter(warning(1))
    await mirrors.news()
    assert not store.database.entered.is_set()
