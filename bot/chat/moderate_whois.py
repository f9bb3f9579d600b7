"""`/moderate whois`: who is behind a pseudonym at Replicate, for those who run the bot alone."""

from typing import Any

import discord
import structlog
from discord import app_commands

from bot.chat.layout import DONE, FAILED, card
from bot.chat.localization import localized
from bot.chat.panels import private_answer
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import whois as words
from bot.domain.trail import Action, TrailEntry

_log = structlog.get_logger(__name__)

_UserId = app_commands.Range[str, 1, 64]


def whois_command() -> app_commands.Command[Any, ..., None]:
    described = app_commands.describe(user_id=localized(words.user_id_option))
    return app_commands.Command(name="whois", description=localized(words.about_whois), callback=described(_whois))


async def _whois(interaction: Interaction, user_id: _UserId) -> None:
    async with private_answer(interaction) as show:
        if not await _runs_the_bot(interaction):
            await show(card(FAILED, words.operators_alone()))
            return
        studio, guild_id, by = interaction.client.studio, guild_of(interaction), interaction.user.id
        found = await studio.whois.find(user_id)
        _log.info("a pseudonym was looked up", guild=guild_id, by=by, found=found is not None)
        if found is None:
            await show(card(FAILED, words.nobody()))
            return
        if guild_id in found.guild_ids:  # of people elsewhere its moderators learn nothing
            entry = TrailEntry(guild_id, Action.WHOIS, by, studio.clock.now(), found.member_id)
            await studio.trail.enter(entry)
        await show(card(DONE, words.found(f"<@{found.member_id}>", found.member_id)))


async def _runs_the_bot(interaction: Interaction) -> bool:
    """Whether they own the application, or are a member of the team that does and may work on it."""
    application = await interaction.client.application_info()
    if application.team is None:
        return application.owner.id == interaction.user.id
    allowed = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
    owner_id = application.team.owner_id
    return interaction.user.id == owner_id or any(
        each.id == interaction.user.id
        and each.role in allowed
        and each.membership_state is discord.TeamMembershipState.accepted
        for each in application.team.members
    )
