"""A word to one member, where no interaction of theirs can be answered."""

import asyncio

import discord
import structlog
from discord import ui

from bot.chat.trouble import NO_ANSWER

_log = structlog.get_logger(__name__)

CALL_SECONDS = 10.0
"""How long it may take in all."""


async def tell(client: discord.Client, member_id: int, view: ui.LayoutView) -> bool:
    """Send a direct message; False where it can't be, which many members have chosen."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            channel = await client.create_dm(discord.Object(member_id))
            await channel.send(view=view, allowed_mentions=discord.AllowedMentions.none())
    except (discord.HTTPException, *NO_ANSWER) as error:
        _log.info("a direct message could not be sent", member=member_id, error=repr(error))
        return False
    return True
