"""AutoMod's rules as Discord tells them, or doesn't."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import discord
import pytest

from bot.chat import automod
from bot.chat.automod import KEPT, DiscordAutoMod
from bot.domain.wording import AutoModRule, WordRules
from tests.clocks import LeapingClock

GUILD = 7
RULES = (AutoModRule("no dragons", WordRules(("dragon",))),)


class Discord:
    """A guild whose rules are told once `answer` lets them."""

    def __init__(self, *, manage_guild: bool = True) -> None:
        self.me = SimpleNamespace(guild_permissions=discord.Permissions(manage_guild=manage_guild))
        self.asked = 0
        self.answer = asyncio.Event()
        self.failure: Exception | None = None

    def get_guild(self, _: int) -> "Discord":
        return self

    async def fetch_automod_rules(self) -> list[Any]:
        self.asked += 1
        await self.answer.wait()
        if self.failure:
            raise self.failure
        trigger = discord.AutoModTrigger(keyword_filter=["dragon"])
        action = discord.AutoModRuleAction()
        return [
            SimpleNamespace(
                name="no dragons",
                enabled=True,
                event_type=discord.AutoModRuleEventType.message_send,
                trigger=trigger,
                actions=[action],
                exempt_role_ids=set[int](),
                exempt_channel_ids=set[int](),
            )
        ]


def adapter(guild: Discord) -> tuple[DiscordAutoMod, LeapingClock]:
    clock = LeapingClock()
    return DiscordAutoMod(cast("discord.Client", guild), clock), clock


async def test_rules_are_read_once_and_again_when_they_may_have_changed() -> None:
    guild = Discord()
    guild.answer.set()
    rules, clock = adapter(guild)
    assert await rules.rules(GUILD) == RULES
    assert await rules.rules(GUILD) == RULES
    assert guild.asked == 1
    rules.forget(GUILD)
    assert await rules.rules(GUILD) == RULES
    assert guild.asked == 2
    clock.advance(KEPT.total_seconds() - 1)
    await rules.rules(GUILD)
    assert guild.asked == 2
    clock.advance(1)
    await rules.rules(GUILD)
    assert guild.asked == 3


async def test_nobody_waits_for_discord_and_what_was_known_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(automod, "READ_SECONDS", 0.0)
    guild = Discord()
    rules, _ = adapter(guild)
    assert [await rules.rules(GUILD), await rules.rules(GUILD)] == [None, None]
    assert guild.asked == 1, "one reading at a time"
    guild.answer.set()
    monkeypatch.setattr(automod, "READ_SECONDS", 5.0)
    assert await rules.rules(GUILD) == RULES, "the reading that was under way"
    monkeypatch.setattr(automod, "READ_SECONDS", 0.0)
    guild.failure = discord.DiscordServerError(cast("Any", SimpleNamespace(status=503, reason="away")), "away")
    rules.forget(GUILD)
    assert await rules.rules(GUILD) == RULES
    guild.failure = None
    guild.answer.clear()
    rules.forget(GUILD)
    assert await rules.rules(GUILD) == RULES
    await rules.close()


async def test_without_the_permission_there_are_none_and_nobody_is_asked() -> None:
    guild = Discord(manage_guild=False)
    rules, _ = adapter(guild)
    assert await rules.rules(GUILD) is None
    assert guild.asked == 0
