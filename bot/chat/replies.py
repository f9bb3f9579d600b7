"""Words to the one who used a command or pressed a button, which nobody else sees."""

import discord
import structlog

from bot.chat.codes import ErrorCode
from bot.chat.studio import Interaction
from bot.chat.words.outcomes import broken, sentence
from bot.domain.errors import EaselError

_log = structlog.get_logger(__name__)


async def whisper(interaction: Interaction, text: str) -> None:
    """Answer the interaction, or follow up on it where it was answered before."""
    if interaction.response.is_done():
        await interaction.followup.send(text, ephemeral=True)
    else:
        await interaction.response.send_message(text, ephemeral=True)


async def answer_failure(interaction: Interaction, error: BaseException, *, what: str) -> None:
    """Say why a command or button failed: an outcome in its own words, a mistake of ours with an apology. The log names
    `what` failed."""
    if isinstance(error, discord.HTTPException) and error.code == ErrorCode.ALREADY_ACKNOWLEDGED:
        _log.info("another process answered first", what=what)
        return
    if isinstance(error, EaselError):
        _log.warning("a command or button had to be refused", what=what, outcome=error.code)
        text = sentence(error)
    else:
        _log.error("a command or button failed", what=what, exc_info=error)
        text = broken()
    try:
        await whisper(interaction, text)
    except discord.HTTPException as unsent:
        _log.warning("not even the apology could be sent", error=str(unsent))
