"""`/studio export`: a month of the guild's ledger as a CSV file, for its moderators."""

from contextlib import aclosing
from datetime import date, datetime, time, timedelta, tzinfo
from io import BytesIO
from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.csv_files import csv_file
from bot.chat.layout import DONE, FAILED, card
from bot.chat.localization import localized
from bot.chat.panels import private_answer
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import export as words
from bot.domain.quota import Period, span
from bot.domain.trail import Action, TrailEntry
from bot.service.usage_csv import csv_lines
from bot.service.zones import zone_of

SUGGESTIONS = 25
"""Discord's limit: two years, and the month that has begun."""

_FORM = "%Y-%m"
_FIRST_YEAR = 2015  # Discord's own


async def suggest_months(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """The latest months, newest first, those that begin with what was typed."""
    first = interaction.client.studio.clock.now().date()
    months: list[str] = []
    for _ in range(SUGGESTIONS):
        months.append(first.strftime(_FORM))
        first = first.replace(day=1) - timedelta(days=1)
    return [app_commands.Choice(name=each, value=each) for each in months if each.startswith(typed.strip())]


@app_commands.autocomplete(month=suggest_months)
async def _export(interaction: Interaction, month: str | None = None) -> None:
    studio, guild_id = interaction.client.studio, guild_of(interaction)
    async with private_answer(interaction) as show:
        zone = zone_of((await studio.budgets.terms(guild_id)).time_zone)
        now = studio.clock.now()
        first = now.astimezone(zone).date() if month is None else _first_of(month)
        if first is None or first > now.astimezone(zone).date():
            await show(card(FAILED, words.no_month()))
            return
        named, of_month = first.strftime(_FORM), span(Period.MONTH, _begin(first, zone), zone)
        entries = studio.books.entries(of_month.start, of_month.end, guild_id=guild_id)
        async with aclosing(csv_lines(entries)) as lines:
            file = await csv_file(lines, interaction.filesize_limit)
        if file.rows == 0:
            await show(card(DONE, words.nothing(named)))
            return
        entry = TrailEntry(guild_id, Action.EXPORT, interaction.user.id, now, after={"month": named})
        await studio.trail.enter(entry)
        name = f"usage-{named}.csv"
        parts = [words.exported(named, file.rows)]
        if not file.whole:
            parts.append(words.cut_short(interaction.filesize_limit))
        view = card(DONE, *parts, ui.File[Any](f"attachment://{name}"))
        await show(view, [discord.File(BytesIO(file.data), name)])


def export_command() -> app_commands.Command[Any, ..., None]:
    described = app_commands.describe(month=localized(words.month_option))
    return app_commands.Command(name="export", description=localized(words.about_export), callback=described(_export))


def _first_of(month: str) -> date | None:
    """Its first day, of a month such as 2026-11."""
    try:
        first = datetime.strptime(month.strip(), _FORM).date()  # noqa: DTZ007 # a day of the calendar
    except ValueError:
        return None
    return first if first.year >= _FIRST_YEAR else None


def _begin(first: date, zone: tzinfo) -> datetime:
    return datetime.combine(first, time(), zone)
