"""What members are called, where a mention can't tell."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress

import discord
import structlog

from bot.chat.trouble import NO_ANSWER

_log = structlog.get_logger(__name__)

_PATIENCE = 3.0  # seconds


async def display_names(guild: discord.Guild | None, member_ids: Collection[int]) -> Mapping[int, str]:
    """Their names in the guild, of those who are in it: one question to the gateway, which needs no privileged intent
    for members that are named by id; without a gateway, a call for each. Whose name isn't told in time is left out."""
    if guild is None or not member_ids:
        return {}
    names: dict[int, str] = {}
    try:
        async with asyncio.timeout(_PATIENCE):
            if guild.me is not None:  # pyright: ignore[reportUnnecessaryComparison] # a guild that was asked for has none
                found = await guild.query_members(user_ids=[*member_ids], limit=100, cache=False)
                return {member.id: member.display_name for member in found}
            for member_id in member_ids:
                with suppress(discord.NotFound):
                    names[member_id] = (await guild.fetch_member(member_id)).display_name
    except (discord.DiscordException, *NO_ANSWER) as error:
        _log.warning("members' names could not be had", guild=guild.id, error=repr(error))
    return names
