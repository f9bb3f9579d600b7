"""`/studio usage`: what a guild or one of its members has used, for its moderators."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.layout import FAILED, WORKING, card
from bot.chat.localization import localized
from bot.chat.names import display_names
from bot.chat.panels import Show, private_answer
from bot.chat.studio import Interaction, Studio, guild_of
from bot.chat.usage_charts import add_charts, guild_sketches, member_sketches, top_members
from bot.chat.usage_text import amount, limit_parts, use_lines
from bot.chat.words import usage as words
from bot.service.ports import Statement, Usage
from bot.service.usage import Report

SUGGESTED = 12
"""Months, this one and those before it."""

_EARLIEST = 2015
"""No Discord before it, and so no month of anybody's use."""


def studio_usage_command() -> app_commands.Command[Any, ..., None]:
    @app_commands.describe(member=localized(words.member_option), month=localized(words.month_option))
    @app_commands.autocomplete(month=_suggest_months)
    async def usage(interaction: Interaction, member: discord.User | None = None, month: str | None = None) -> None:
        studio, guild_id = interaction.client.studio, guild_of(interaction)
        async with private_answer(interaction) as show:
            today = studio.clock.now().date()
            day = None if month is None else month_of(month, today)
            if month is not None and day is None:
                await show(card(FAILED, words.no_month(f"{today:%Y-%m}")))
            elif member is None:
                await _show_guild(show, interaction, studio, guild_id, day)
            else:
                await _show_member(show, studio, guild_id, member, day)

    return app_commands.Command(name="usage", description=localized(words.about_studio_usage), callback=usage)


def month_of(written: str, today: date) -> date | None:
    """The first day of a month as it is suggested, "2026-11"; None for anything else, and for the future."""
    try:
        first = date.fromisoformat(f"{written.strip()}-01")
    except ValueError:
        return None
    # In some zones tomorrow has begun.
    return first if first.year >= _EARLIEST and first <= today + timedelta(days=1) else None


def guild_card(report: Report, charts: Sequence[ui.Item[Any]] = ()) -> ui.LayoutView:
    parts = ["\n".join([f"### {words.server_title()}", *use_lines(report)]), *limit_parts(report)]
    if report.month.by_member:
        parts.append("\n".join([words.members(), *member_lines(report.month)]))
    return card(WORKING, *parts, *charts)


def member_card(member_id: int, report: Report, charts: Sequence[ui.Item[Any]] = ()) -> ui.LayoutView:
    """Sums alone: what somebody asked for is theirs."""
    parts = ["\n".join([f"### {words.member_title(f'<@{member_id}>')}", *use_lines(report)]), *limit_parts(report)]
    return card(WORKING, *parts, *charts)


async def _show_guild(show: Show, interaction: Interaction, studio: Studio, guild_id: int, month: date | None) -> None:
    report = await studio.usage.of_guild(guild_id, month=month)
    await show(guild_card(report))
    top, _ = top_members(report.month)
    names = await display_names(interaction.guild, [each for each, _ in top if each is not None])
    sketches = guild_sketches(report, names)
    await add_charts(show, lambda charts: guild_card(report, charts), sketches, studio.charts)


async def _show_member(
    show: Show, studio: Studio, guild_id: int, member: discord.User | discord.Member, month: date | None
) -> None:
    roles = [role.id for role in member.roles] if isinstance(member, discord.Member) else []
    report = await studio.usage.of_member(member.id, guild_id, role_ids=roles, month=month)
    await show(member_card(member.id, report))
    sketches = member_sketches(report, own=False)
    await add_charts(show, lambda charts: member_card(member.id, report, charts), sketches, studio.charts)


async def _suggest_months(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    month = interaction.client.studio.clock.now().date().replace(day=1)
    months = [month]
    while len(months) < SUGGESTED:
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    offered = [(f"{each:%Y-%m}", words.month_words(each)) for each in months]
    sought = typed.strip().casefold()
    return [
        app_commands.Choice(name=name, value=value)
        for value, name in offered
        if sought in name.casefold() or sought in value
    ]


def member_lines(statement: Statement) -> list[str]:
    top, rest = top_members(statement)
    lines = [f"- {words.share(_named(member_id), amount(usage))}" for member_id, usage in top]
    return [*lines, f"- {words.share(words.others(len(rest)), amount(Usage.total(rest)))}"] if rest else lines


def _named(member_id: int | None) -> str:
    # The mark keeps a name that runs from right to left from turning the numbers behind it around.
    return words.erased() if member_id is None else f"<@{member_id}>\N{LEFT-TO-RIGHT MARK}"
