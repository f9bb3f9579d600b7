"""How a member hears what was imposed on them: by direct message, or else when they next use the bot."""

from collections.abc import Sequence
from typing import Any

import discord
import structlog
from discord import ui

from bot.chat.controls import appeal_control
from bot.chat.direct import tell
from bot.chat.language import DEFAULT, speaking
from bot.chat.layout import DONE, FAILED, card, plain_line, quoted
from bot.chat.studio import Interaction
from bot.chat.trouble import NO_ANSWER
from bot.chat.words import sanctions as words
from bot.domain.appeal import Matter, MatterKind
from bot.domain.errors import StoreUnavailable
from bot.domain.sanction import Sanction

_log = structlog.get_logger(__name__)

_MOST = 4
"""Sanctions in one note: each has up to 1,000 characters with its reason escaped."""


def server_name(guild: discord.Guild | None) -> str:
    return plain_line(guild.name, 100) if guild is not None else words.this_server()


def notice(sanctions: Sequence[Sanction], server: str) -> ui.LayoutView:
    """What was imposed, why, and a way to appeal against each. A reason that is another's before it, as what the ladder
    adds has, isn't repeated."""
    parts: list[str | ui.Item[Any]] = []
    reasons: set[str] = set()
    for each in sanctions[:_MOST]:
        parts.append(words.told(each, server))
        if each.reason and each.reason not in reasons:
            parts.append(quoted(each.reason))
        reasons.add(each.reason)
        parts.append(ui.ActionRow(appeal_control(Matter(MatterKind.SANCTION, str(each.id)))))
    return card(FAILED, *parts)


def lifted_notice(sanctions: Sequence[Sanction], server: str) -> ui.LayoutView:
    return card(DONE, *(words.told_lifted(each, server) for each in sanctions[:_MOST]))


async def tell_imposed(interaction: Interaction, sanctions: Sequence[Sanction]) -> bool:
    """Tell their member by direct message, in the guild's language; whether that reached them."""
    studio = interaction.client.studio
    with speaking(guild_language(interaction)):
        view = notice(sanctions, server_name(interaction.guild))
    if not await tell(interaction.client, sanctions[0].member_id, view):
        return False
    await studio.sanctions.told([each.id for each in sanctions if each.id is not None], studio.clock.now())
    return True


async def tell_lifted(interaction: Interaction, sanctions: Sequence[Sanction]) -> None:
    with speaking(guild_language(interaction)):
        view = lifted_notice(sanctions, server_name(interaction.guild))
    await tell(interaction.client, sanctions[0].member_id, view)


async def tell_unheard(interaction: Interaction) -> None:
    """Tell who uses the bot now, after the answer, what no direct message could tell them. It never raises."""
    studio, guild_id = interaction.client.studio, interaction.guild_id
    if guild_id is None:
        return
    try:
        unheard = await studio.sanctions.untold(interaction.user.id, guild_id)
        if not unheard:
            return
        view = notice(unheard, server_name(interaction.guild))
        await interaction.followup.send(view=view, ephemeral=True)
        await studio.sanctions.told([each.id for each in unheard[:_MOST] if each.id is not None], studio.clock.now())
    except (StoreUnavailable, discord.HTTPException, *NO_ANSWER) as error:
        _log.warning("a member could not be told of a sanction", guild=guild_id, error=repr(error))


async def note_heard(interaction: Interaction, sanction_id: int) -> None:
    """That a refusal has told its member of a block. It never raises."""
    studio = interaction.client.studio
    try:
        await studio.sanctions.told([sanction_id], studio.clock.now())
    except StoreUnavailable:
        _log.warning("that a member has heard of a block could not be noted", sanction=sanction_id)


def guild_language(interaction: Interaction) -> str:
    """What to speak to a member whose own language isn't known."""
    return interaction.guild.preferred_locale.value if interaction.guild is not None else DEFAULT
