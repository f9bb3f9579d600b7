"""What members and guilds choose for good: kept through restarts, and changed by one at a time."""

import asyncio
from dataclasses import replace

import pytest
from pydantic import SecretStr

from bot.domain.errors import StyleNameTaken, TooManyStyles
from bot.domain.moderation import Policy, Rules, Spoilers
from bot.domain.options import Options
from bot.domain.quota import GuildLimits, UsageLimits
from bot.domain.request import InputImage
from bot.domain.style import MOST_STYLES, Style
from bot.domain.wording import WordRules
from bot.service.ports import KeySet, RequestContext
from bot.storage.budgets import SqlBudgets
from bot.storage.keys import SqlKeys
from bot.storage.preferences import SqlPreferences
from bot.storage.store import SqlStore
from bot.storage.words import SqlWordLists
from tests.storage.conftest import Opener
from tests.storage.examples import ANOTHER_MEMBER, GUILD, MEMBER, NOON, admit, outcome

INK = Style(
    "Ink & wash",
    "as an ink drawing, washed",
    (InputImage("styles/ab/0", "ink.png", "image/png", 1_000, 64, 32),),
    Options(quality="high", aspect_ratio="3:2", count=2, output_format="png", background="opaque"),
)
ALL = Options("openai/gpt-image-2", "low", "1:1", "transparent", 3, "webp", "low", private=True)


@pytest.fixture
def preferences(store: SqlStore) -> SqlPreferences:
    return SqlPreferences(store.database)


async def test_what_nobody_has_chosen(preferences: SqlPreferences) -> None:
    assert await preferences.defaults(MEMBER) == Options()
    assert await preferences.policy(GUILD) == Policy()
    assert await preferences.styles(GUILD) == []
    assert await preferences.remove_style(GUILD, "ink", MEMBER, NOON) is None
    assert await preferences.rename_style(GUILD, "ink", "oil", MEMBER, NOON) is None


async def test_what_a_request_is_made_in(preferences: SqlPreferences, store: SqlStore) -> None:
    """All that members and guilds choose, as it is told one by one; neither's is the other's."""
    budgets, words, keys = SqlBudgets(store.database), SqlWordLists(store.database), SqlKeys(store.database)
    assert await preferences.context(GUILD, MEMBER) == await preferences.context(None, MEMBER) == RequestContext()

    await preferences.change_defaults(MEMBER, lambda _: ALL)
    only_theirs = RequestContext(ALL)
    assert await preferences.context(GUILD, MEMBER) == await preferences.context(None, MEMBER) == only_theirs

    limits = GuildLimits(guild=UsageLimits(cooldown=7))
    await preferences.change_policy(GUILD, lambda held: replace(held, time_zone="Europe/Berlin"), MEMBER, NOON)
    await budgets.change_limits(GUILD, lambda _: limits, MEMBER, NOON)
    await words.change_words(GUILD, lambda _: WordRules(("fox",)), MEMBER, NOON)
    await keys.bring(GUILD, KeySet(SecretStr("r8_theirs")), MEMBER, NOON)
    context = await preferences.context(GUILD, MEMBER)
    assert context == RequestContext(
        ALL, await preferences.policy(GUILD), WordRules(("fox",)), await budgets.terms(GUILD)
    )
    assert (context.terms.limits, context.terms.time_zone) == (limits, "Europe/Berlin")
    assert context.terms.account is not None
    assert await preferences.context(GUILD, ANOTHER_MEMBER) == replace(context, defaults=Options())
    assert await preferences.context(GUILD + 1, MEMBER) == only_theirs

    await keys.retire(GUILD, MEMBER, NOON)
    assert (await preferences.context(GUILD, MEMBER)).terms.account is None


async def test_all_of_it_is_there_after_a_restart(
    preferences: SqlPreferences, store: SqlStore, open_another: Opener
) -> None:
    await admit(store)  # of a member who is known already
    assert await preferences.change_defaults(MEMBER, lambda _: ALL) == ALL
    assert await preferences.change_defaults(ANOTHER_MEMBER, lambda held: replace(held, count=2)) == Options(count=2)
    policy = await preferences.change_policy(
        GUILD, lambda held: held.with_rules(None, spoilers=Spoilers.ALWAYS), MEMBER, NOON
    )
    assert policy == Policy(Rules(spoilers=Spoilers.ALWAYS))
    assert await preferences.save_style(GUILD, INK, MEMBER, NOON) is None
    assert await preferences.save_style(GUILD + 1, replace(INK, suffix="another guild's"), MEMBER, NOON) is None
    await store.close()

    again = SqlPreferences((await open_another()).database)
    assert await again.defaults(MEMBER) == ALL
    assert await again.defaults(ANOTHER_MEMBER) == Options(count=2)
    assert await again.policy(GUILD) == policy
    assert await again.policy(GUILD + 1) == Policy()
    assert await again.styles(GUILD) == [INK]


async def test_a_style_is_found_whatever_the_case_and_the_spaces(preferences: SqlPreferences) -> None:
    await preferences.save_style(GUILD, INK, MEMBER, NOON)
    oil = Style("Oil", "in oil")
    assert await preferences.save_style(GUILD, oil, MEMBER, NOON) is None
    louder = replace(oil, name="INK &  Wash")
    assert await preferences.save_style(GUILD, louder, MEMBER, NOON) == INK, "replaced"
    assert await preferences.styles(GUILD) == [louder, oil]
    with pytest.raises(StyleNameTaken, match="INK"):
        await preferences.rename_style(GUILD, "oil", "ink&wash", MEMBER, NOON)
    assert await preferences.rename_style(GUILD, "ink & wash", "Ink & Wash", MEMBER, NOON) == replace(
        louder, name="Ink & Wash"
    )
    assert await preferences.remove_style(GUILD, "O il", MEMBER, NOON) == oil
    assert await preferences.remove_style(GUILD, "oil", MEMBER, NOON) is None
    assert [each.name for each in await preferences.styles(GUILD)] == ["Ink & Wash"]


async def test_changes_at_once_lose_nothing(preferences: SqlPreferences) -> None:
    names = ("quality", "aspect_ratio", "background", "output_format", "moderation")
    await asyncio.gather(
        *(preferences.change_defaults(MEMBER, lambda held, name=name: replace(held, **{name: name})) for name in names),
        *(
            preferences.save_style(GUILD, Style(spelling, f"{spelling}!"), MEMBER, NOON)
            for spelling in ("ink", "INK", "I nk")
        ),
        preferences.change_policy(GUILD, lambda _: Policy(Rules(spoilers=Spoilers.NEVER)), MEMBER, NOON),
    )
    held = await preferences.defaults(MEMBER)
    assert {name: getattr(held, name) for name in names} == {name: name for name in names}
    assert len(await preferences.styles(GUILD)) == 1
    assert await preferences.policy(GUILD) == Policy(Rules(spoilers=Spoilers.NEVER))


async def test_a_guild_has_only_so_many_styles(preferences: SqlPreferences) -> None:
    for number in range(MOST_STYLES - 2):
        await preferences.save_style(GUILD, Style(f"{number}", "x"), MEMBER, NOON)
    outcomes = await asyncio.gather(
        *(outcome(preferences.save_style(GUILD, Style(f"new {n}", "x"), MEMBER, NOON)) for n in range(5))
    )
    assert sorted(map(str, outcomes)) == ["None"] * 2 + [str(TooManyStyles(MOST_STYLES))] * 3
    assert await preferences.save_style(GUILD, Style("7", "y"), MEMBER, NOON) == Style("7", "x"), (
        "one that is there may change"
    )
    assert await preferences.save_style(GUILD + 1, INK, MEMBER, NOON) is None
