"""Guilds' lists of words: kept through restarts, changed by one at a time, and every change entered in the trail."""

import asyncio

import pytest

from bot.domain.errors import TooManyWords
from bot.domain.trail import Action
from bot.domain.wording import WordRules
from bot.storage.store import SqlStore
from bot.storage.trail import SqlTrail
from bot.storage.words import MOST_NAMED, SqlWordLists
from tests.storage.conftest import Opener
from tests.storage.examples import ANOTHER_MEMBER, GUILD, MEMBER, NOON


@pytest.fixture
def lists(store: SqlStore) -> SqlWordLists:
    return SqlWordLists(store.database)


async def test_a_list_outlasts_a_restart_and_changes_take_turns(
    lists: SqlWordLists, store: SqlStore, open_another: Opener
) -> None:
    assert await lists.words(GUILD) == WordRules()

    async def add(word: str, by: int) -> None:
        await lists.change_words(GUILD, lambda held: held.with_all(WordRules((word,))), by, NOON)

    await asyncio.gather(*(add(f"word {n}", (MEMBER, ANOTHER_MEMBER)[n % 2]) for n in range(6)))
    await lists.change_words(GUILD + 1, lambda _: WordRules(("else",), ("x+y",), ("or else",)), MEMBER, NOON)
    await store.close()
    again = await open_another()
    kept = SqlWordLists(again.database)
    assert sorted((await kept.words(GUILD)).phrases) == [f"word {n}" for n in range(6)]
    assert await kept.words(GUILD + 1) == WordRules(("else",), ("x+y",), ("or else",))
    entries = await SqlTrail(again.database).entries(GUILD, 10, actions=[Action.WORDS])
    assert sorted(entry.after["added"] for entry in entries if entry.after) == [[f"word {n}"] for n in range(6)]
    assert {entry.actor_id for entry in entries} == {MEMBER, ANOTHER_MEMBER}


async def test_a_change_that_fails_or_changes_nothing_leaves_no_trace(lists: SqlWordLists, store: SqlStore) -> None:
    trail = SqlTrail(store.database)

    def refuse(_: WordRules) -> WordRules:
        raise TooManyWords("phrases", 1)

    with pytest.raises(TooManyWords):
        await lists.change_words(GUILD, refuse, MEMBER, NOON)
    assert await lists.change_words(GUILD, lambda held: held, MEMBER, NOON) == (WordRules(), WordRules())
    assert await trail.entries(GUILD, 10) == []
    many = WordRules(tuple(f"word {n}" for n in range(MOST_NAMED + 1)))
    await lists.change_words(GUILD, lambda _: many, MEMBER, NOON)
    (entry,) = await trail.entries(GUILD, 10)
    assert entry.after is not None
    assert (entry.after["entries"], len(entry.after["added"])) == (MOST_NAMED + 1, MOST_NAMED)
