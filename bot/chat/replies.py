"""Words to the one who used a command or pressed a button, which nobody else sees."""

import discord
import structlog

from bot.chat import words
from bot.chat.studio import Interaction

_log = structlog.get_logger(__name__)


async def whisper(interaction: Interaction, text: str) -> None:
    """Answer the interaction, or follow up on it where it was answered before."""
    if interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await interaction.response.send_message(text, ephemeral=True)


async def apologise(interaction: Interaction) -> None:
    """The last word where our own code failed."""
    try:
        await whisper(interaction, words.BROKEN)
    except discord.HTTPException as error:
        _log.warning("not even the apology could be sent", error=str(error))
