"""`/moderate log`: what was decided in a guild, and by whom, for all of its moderators."""

from typing import Any

from discord import app_commands

from bot.chat.layout import DONE, card
from bot.chat.localization import localized
from bot.chat.panels import private_answer
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import trail as words

SHOWN = 10
"""Entries on a page."""


def log_command() -> app_commands.Command[Any, ..., None]:
    return app_commands.Command(name="log", description=localized(words.about_log), callback=_log)


async def _log(interaction: Interaction) -> None:
    async with private_answer(interaction) as show:
        entries = await interaction.client.studio.trail.entries(guild_of(interaction), SHOWN)
        lines = [f"{each.action.value} <t:{int(each.at.timestamp())}:R>" for each in entries]
        await show(card(DONE, f"### {words.title()}", "\n".join(lines) or words.nothing()))
