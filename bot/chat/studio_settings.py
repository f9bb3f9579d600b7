"""`/studio`: what a guild's moderators set for it. Discord lets nobody else see the command."""

import re
from dataclasses import replace
from datetime import date
from typing import Any, Self

import discord
import structlog
from discord import app_commands, ui

from bot.chat.layout import WORKING, card, row
from bot.chat.localization import localized
from bot.chat.panels import panel_change, private_answer
from bot.chat.studio import Interaction, Studio, StudioClient
from bot.chat.studio_export import export_command
from bot.chat.styles import style_group
from bot.chat.words import preferences as words
from bot.chat.words.styles import about_studio
from bot.domain.moderation import Policy, Spoilers

_log = structlog.get_logger(__name__)


def studio_group(studio: Studio, today: date) -> app_commands.Group:
    """`/studio` with all below it; a server's own settings may let other roles use it than Discord does at first."""
    group = app_commands.Group(
        name="studio",
        description=localized(about_studio),
        default_permissions=discord.Permissions(manage_guild=True),
        allowed_contexts=app_commands.AppCommandContext(guild=True, dm_channel=False, private_channel=False),
        allowed_installs=app_commands.AppInstallationType(guild=True, user=False),
    )
    group.add_command(style_group(studio, today))
    group.add_command(export_command())
    group.add_command(
        app_commands.Command(name="settings", description=localized(words.about_settings), callback=_show_settings)
    )
    return group


async def _show_settings(interaction: Interaction) -> None:
    assert interaction.guild_id is not None  # noqa: S101 # the command is there in guilds alone
    async with private_answer(interaction) as show:
        policy = await interaction.client.studio.preferences.policy(interaction.guild_id)
        await show(settings_panel(policy))


def settings_panel(policy: Policy) -> ui.LayoutView:
    """The policy, with a menu for each of its rules."""
    title = f"### {words.settings_title()}"
    return card(WORKING, title, f"**{words.spoilers_title()}**", row(SpoilersSelect(policy.spoilers)))


class SpoilersSelect(ui.DynamicItem[ui.Select[Any]], template=r"easel:policy:spoilers"):
    """Sets which pictures are veiled. Only who was let in to the panel sees it."""

    def __init__(self, chosen: Spoilers) -> None:
        entries = [
            discord.SelectOption(label=words.spoilers_choice(each.value), value=each.value, default=each is chosen)
            for each in Spoilers
        ]
        super().__init__(ui.Select(custom_id="easel:policy:spoilers", options=entries))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(Spoilers.AGE_RESTRICTED)

    async def callback(self, interaction: discord.Interaction[StudioClient]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # our client is the only one
        async with panel_change(interaction, what="the panel of a server's settings") as show:
            assert interaction.guild_id is not None  # noqa: S101 # the panel is there in guilds alone
            spoilers = Spoilers(self.item.values[0])
            policy = await interaction.client.studio.preferences.change_policy(
                interaction.guild_id, lambda held: replace(held, spoilers=spoilers)
            )
            _log.info("policy changed", guild=interaction.guild_id, by=interaction.user.id, spoilers=spoilers.value)
            await show(settings_panel(policy))
