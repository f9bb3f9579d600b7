"""`/studio`: what a guild's moderators set for it. Discord lets nobody else see the command."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Self

import discord
import structlog
from discord import app_commands, ui

from bot.chat.layout import FAILED, WORKING, card, row
from bot.chat.localization import localized
from bot.chat.panels import panel_change, private_answer
from bot.chat.places import missing_permissions
from bot.chat.studio import Interaction, Studio, StudioClient, guild_of
from bot.chat.studio_export import export_command
from bot.chat.studio_grants import grant_command, grants_command
from bot.chat.studio_keys import key_command
from bot.chat.studio_limits import limits_command
from bot.chat.studio_usage import studio_usage_command
from bot.chat.styles import SUGGESTIONS, style_group
from bot.chat.words import preferences as words
from bot.chat.words.styles import about_studio
from bot.domain.moderation import Policy, Spoilers
from bot.service.zones import matching_zones, named_zone, zone_of

_log = structlog.get_logger(__name__)

_CHANNEL = discord.SelectDefaultValueType.channel

_ZoneName = app_commands.Range[str, 1, 60]


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
    return group


def _settings_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(time_zone=localized(words.time_zone_option))
    @app_commands.autocomplete(time_zone=_suggest_zones)
    async def settings(interaction: Interaction, time_zone: _ZoneName | None = None) -> None:
        preferences = interaction.client.studio.preferences
        async with private_answer(interaction) as show:
            if time_zone is None:
                policy = await preferences.policy(guild_of(interaction))
            else:
                name = named_zone(time_zone)
                policy = await _change(interaction, lambda held: replace(held, time_zone=name), time_zone=name)
            await show(settings_panel(interaction, policy))

    return app_commands.Command(name="settings", description=localized(words.about_settings), callback=settings)


async def _suggest_zones(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=name, value=name) for name in matching_zones(typed)[:SUGGESTIONS]]


async def _change(interaction: Interaction, change: Callable[[Policy], Policy], **changed: Any) -> Policy:
    studio = interaction.client.studio
    policy = await studio.preferences.change_policy(
        guild_of(interaction), change, interaction.user.id, studio.clock.now()
    )
    _log.info("policy changed", guild=interaction.guild_id, by=interaction.user.id, **changed)
    return policy


def settings_panel(interaction: Interaction, policy: Policy, *said: str) -> ui.LayoutView:
    """The policy, with a menu for each rule that can be chosen from a few."""
    now = interaction.client.studio.clock.now().astimezone(zone_of(policy.time_zone))
    channel_id = policy.summary_channel_id
    known = channel_id is None or interaction.guild is None or interaction.guild.get_channel(channel_id) is not None
    summary: list[str | ui.Item[Any]] = [
        f"**{words.summary_title()}**\n" + (words.summary_explained() if known else words.summary_channel_gone()),
        row(SummarySelect(channel_id if known else None)),
    ]
    if channel_id is not None:
        summary.append(row(NoSummaryButton()))
    return card(
        FAILED if said else WORKING,
        *said,
        f"### {words.settings_title()}",
        f"**{words.spoilers_title()}**",
        row(SpoilersSelect(policy.rules.spoilers or Spoilers.AGE_RESTRICTED)),
        f"**{words.time_zone_title()}**\n{words.time_zone(policy.time_zone, f'{now:%H:%M}')}",
        *summary,
    )


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
            spoilers = Spoilers(self.item.values[0])
            policy = await _change(
                interaction, lambda held: held.with_rules(None, spoilers=spoilers), spoilers=spoilers.value
            )
            await show(settings_panel(interaction, policy))


class SummarySelect(ui.DynamicItem[ui.ChannelSelect[Any]], template=r"easel:policy:summary"):
    """Sets where last month's summary is posted; a channel where the bot may not post is refused at once."""

    def __init__(self, channel_id: int | None = None) -> None:
        chosen = [] if channel_id is None else [discord.SelectDefaultValue(id=channel_id, type=_CHANNEL)]
        super().__init__(
            ui.ChannelSelect(
                custom_id="easel:policy:summary",
                channel_types=[discord.ChannelType.text, discord.ChannelType.news],
                placeholder=words.no_summary(),
                default_values=chosen,
            )
        )

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls()

    async def callback(self, interaction: discord.Interaction[StudioClient]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # our client is the only one
        async with panel_change(interaction, what="the menu of the summary's channel") as show:
            channel_id = self.item.values[0].id
            lacking = _lacking(interaction, channel_id)
            if lacking:
                policy = await interaction.client.studio.preferences.policy(guild_of(interaction))
                await show(settings_panel(interaction, policy, words.summary_refused(channel_id, lacking)))
                return
            policy = await _change(
                interaction, lambda held: replace(held, summary_channel_id=channel_id), summary_channel=channel_id
            )
            await show(settings_panel(interaction, policy))


class NoSummaryButton(ui.DynamicItem[ui.Button[Any]], template=r"easel:policy:no-summary"):
    """Lets no summary be posted."""

    def __init__(self) -> None:
        super().__init__(ui.Button(label=words.no_summary_label(), custom_id="easel:policy:no-summary"))

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls()

    async def callback(self, interaction: discord.Interaction[StudioClient]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # our client is the only one
        async with panel_change(interaction, what="the button for no summary") as show:
            policy = await _change(
                interaction, lambda held: replace(held, summary_channel_id=None), summary_channel=None
            )
            await show(settings_panel(interaction, policy))


def _lacking(interaction: Interaction, channel_id: int) -> tuple[str, ...]:
    """The permissions that the bot lacks for a message with a picture there."""
    guild = interaction.guild
    channel = guild.get_channel(channel_id) if guild else None
    if guild is None or channel is None:  # Discord tells the bot of all channels, but of those that it may not see
        return ("view_channel",)
    return missing_permissions(channel.permissions_for(guild.me))


POLICY_ITEMS = (SpoilersSelect, SummarySelect, NoSummaryButton)
"""What hangs on the panel, for the client to answer to."""
