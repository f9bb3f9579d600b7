"""A message that the bot sends by itself, at nobody's request."""

import asyncio
from collections.abc import Sequence

import discord
from discord import ui

from bot.chat.trouble import NO_ANSWER, passes
from bot.service.ports import TryLater, Undeliverable

CALL_SECONDS = 30.0
"""How long one post may take."""


async def post(
    client: discord.Client, channel_id: int, view: ui.LayoutView, *, nonce: str, files: Sequence[discord.File] = ()
) -> None:
    """Send it once for its nonce, mentioning nobody. It needs a login and no gateway. Raises `Undeliverable` where the
    channel is gone or closed to the bot, and `TryLater`."""
    channel = client.get_partial_messageable(channel_id)
    quiet = discord.AllowedMentions.none()
    try:
        async with asyncio.timeout(CALL_SECONDS):
            await channel.send(view=view, files=files, nonce=nonce, allowed_mentions=quiet)
    except discord.HTTPException as error:
        raise (TryLater if passes(error) else Undeliverable) from error
    except NO_ANSWER as error:
        raise TryLater from error
