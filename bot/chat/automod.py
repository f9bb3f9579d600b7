"""The keyword rules of guilds' AutoMod, read from Discord: the adapter of the port `AutoModRules`."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import discord
import structlog

from bot.chat.trouble import NO_ANSWER
from bot.domain.wording import AutoModRule, WordRules
from bot.service.ports import Clock

_log = structlog.get_logger(__name__)

KEPT = timedelta(minutes=5)
"""How long rules are taken for what they are. Discord tells of changes, but not while the bot was away."""

READ_SECONDS = 0.5
"""How long an answer waits for rules that are not known yet, or no longer."""


@dataclass(frozen=True, slots=True)
class _Known:
    rules: Sequence[AutoModRule] | None
    until: datetime


class DiscordAutoMod:
    """AutoMod sees no slash commands, so that its rules are applied here. The bot may read them with the permission
    Manage Server (Auto Moderation in Discord's reference); the lists of words behind Discord's presets nobody may."""

    def __init__(self, client: discord.Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._known: dict[int, _Known] = {}
        self._reading: dict[int, asyncio.Task[None]] = {}

    async def rules(self, guild_id: int) -> Sequence[AutoModRule] | None:
        known = self._known.get(guild_id)
        if known is None or self._clock.now() >= known.until:
            if guild_id not in self._reading:
                self._reading[guild_id] = asyncio.create_task(self._read(guild_id))
            await asyncio.wait({self._reading[guild_id]}, timeout=READ_SECONDS)
            known = self._known.get(guild_id)
        return known.rules if known else None

    def forget(self, guild_id: int) -> None:
        """Read the rules anew when they are needed next."""
        if known := self._known.get(guild_id):
            self._known[guild_id] = replace(known, until=self._clock.now())

    async def close(self) -> None:
        for task in (tasks := list(self._reading.values())):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, guild_id: int) -> None:
        before = self._known.get(guild_id)
        rules = before.rules if before else None
        try:
            guild = self._client.get_guild(guild_id)
            if guild is None or not guild.me.guild_permissions.manage_guild:
                rules = None
            else:
                rules = tuple(_rule(each) for each in await guild.fetch_automod_rules() if _applies(each))
        except (discord.HTTPException, *NO_ANSWER) as error:
            _log.warning("a server's AutoMod rules could not be read", guild=guild_id, error=repr(error))
        finally:
            self._known[guild_id] = _Known(rules, self._clock.now() + KEPT)
            del self._reading[guild_id]


def _applies(rule: discord.AutoModRule) -> bool:
    """Whether it keeps messages with certain words from being sent. Others alert or time out, after the fact."""
    return (
        rule.enabled
        and rule.event_type is discord.AutoModRuleEventType.message_send
        and rule.trigger.type is discord.AutoModRuleTriggerType.keyword
        and any(each.type is discord.AutoModRuleActionType.block_message for each in rule.actions)
    )


def _rule(rule: discord.AutoModRule) -> AutoModRule:
    trigger = rule.trigger
    return AutoModRule(
        rule.name,
        WordRules(tuple(trigger.keyword_filter), tuple(trigger.regex_patterns), tuple(trigger.allow_list)),
        frozenset(rule.exempt_role_ids),
        frozenset(rule.exempt_channel_ids),
    )
