"""What a member is told where a command or a button fails."""

import discord
import structlog

from bot.chat import words
from bot.chat.studio import Interaction
from bot.domain.errors import EaselError

_log = structlog.get_logger(__name__)


async def answer_failure(interaction: Interaction, error: BaseException, *, what: str) -> None:
    """Tell the member alone, whether or not the interaction was answered before: an outcome in its own words, a mistake
    of ours with an apology. The log names `what` failed."""
    if isinstance(error, EaselError):
        _log.warning("a command or button had to be refused", what=what, outcome=error.code)
        text = words.sentence(error)
    else:
        _log.error("a command or button failed", what=what, exc_info=error)
        text = words.BROKEN
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as unsent:
        _log.warning("not even the apology could be sent", error=str(unsent))
