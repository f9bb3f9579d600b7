"""`/studio`: what a guild's moderators set for it. Discord lets nobody else see the command."""

from datetime import date
from typing import Any

import discord
from discord import app_commands

from bot.chat.localization import localized
from bot.chat.panels import private_answer
from bot.chat.settings.panel import change_policy, overview
from bot.chat.settings.setting import shown
from bot.chat.settings.showing import LONGEST_ZONE, set_time_zone
from bot.chat.studio import Interaction, Studio
from bot.chat.studio_export import export_command
from bot.chat.studio_grants import grant_command, grants_command
from bot.chat.studio_keys import key_command
from bot.chat.studio_limits import limits_command
from bot.chat.studio_usage import studio_usage_command
from bot.chat.studio_words import words_command
from bot.chat.styles import SUGGESTIONS, style_group
from bot.chat.words import settings as words
from bot.chat.words.styles import about_studio
from bot.service.zones import matching_zones

_ZoneName = app_commands.Range[str, 1, LONGEST_ZONE]


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
    group.add_command(studio_usage_command())
    group.add_command(_settings_command())
    group.add_command(limits_command())
    group.add_command(grant_command())
    group.add_command(grants_command())
    group.add_command(export_command())
    group.add_command(key_command())
    group.add_command(words_command())
    return group


def _settings_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(time_zone=localized(words.time_zone_option))
    @app_commands.autocomplete(time_zone=_suggest_zones)
    async def settings(interaction: Interaction, time_zone: _ZoneName | None = None) -> None:
        async with private_answer(interaction) as show:
            if time_zone is not None:
                await change_policy(interaction, set_time_zone(time_zone), setting="time_zone")
            await show(overview(await shown(interaction)))

    return app_commands.Command(name="settings", description=localized(words.about_settings), callback=settings)


async def _suggest_zones(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=name) for name in matching_zones(typed)[:SUGGESTIONS]]
