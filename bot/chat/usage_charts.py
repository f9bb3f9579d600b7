"""Charts of a month's use: what is drawn, what is said of it, and how both get into a message."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO
from itertools import accumulate
from typing import Any

import discord
import structlog
from discord import ui

from bot.chat.cards import ALT_TEXT
from bot.chat.panels import Show
from bot.chat.words import charts as words
from bot.chat.words.options import quality_words
from bot.chat.words.usage import erased, month_words, number_of, others, unit_words, unnamed
from bot.domain.catalog import DOLLAR
from bot.domain.chart import Bar, Chart, Columns, Mark, Panel, Rows, scale
from bot.domain.quota import Period, Scope, Unit
from bot.service.ports import Charts, Statement, Usage
from bot.service.usage import Report

_log = structlog.get_logger(__name__)

TOP = 10
"""Members that are named; the rest are one."""


_FAR = 12
"""How many times the highest column a limit may be, to be drawn: a line further up would press the columns flat."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A chart that is yet to be drawn, under the name that its file shall have, and its text alternative."""

    filename: str
    chart: Chart
    description: str


Build = Callable[[Sequence["ui.Item[Any]"]], ui.LayoutView]
"""A message with these further parts at its end."""


async def add_charts(show: Show, build: Build, sketches: Sequence[Sketch], charts: Charts) -> None:
    """Show a message again, which is there without charts, with those that could be drawn."""
    galleries, files = await drawn(sketches, charts)
    if not files:
        return
    try:
        await show(build(galleries), files)
    except (discord.HTTPException, OSError) as error:
        _log.warning("charts could not be shown; what they say is there in words", error=repr(error))


async def drawn(sketches: Sequence[Sketch], charts: Charts) -> tuple[Sequence["ui.Item[Any]"], Sequence[discord.File]]:
    """The charts that could be drawn, each as a part of a message and as the file that this shows."""
    pictures = [(sketch, png) for sketch in sketches if (png := await charts.draw(sketch.chart)) is not None]
    galleries = [
        ui.MediaGallery[Any](
            discord.MediaGalleryItem(f"attachment://{sketch.filename}", description=sketch.description)
        )
        for sketch, _ in pictures
    ]
    return galleries, [discord.File(BytesIO(png), filename=sketch.filename) for sketch, png in pictures]


def member_sketches(report: Report, *, own: bool) -> list[Sketch]:
    """A member's month; none without use. It is measured in what the member's limits are."""
    if not report.month.total.pictures:
        return []
    in_dollars = any(report.limit(Scope.MEMBER, period, Unit.AMOUNT) is not None for period in Period)
    in_pictures = any(report.limit(Scope.MEMBER, period, Unit.PICTURES) is not None for period in Period)
    unit = Unit.PICTURES if in_pictures and not in_dollars else Unit.AMOUNT
    month = month_words(report.first_day)
    title = words.own(month) if own else words.members(month)
    return [_sketch("usage.png", title, [*_days(report, Scope.MEMBER, unit), _qualities(report.month, unit)])]


def guild_sketches(report: Report, names: Mapping[int, str]) -> list[Sketch]:
    """A guild's month, in two charts; none without use. `names` are its members', as far as they are known."""
    if not report.month.total.pictures:
        return []
    title = words.servers(month_words(report.first_day))
    shares = [_members(report.month, names), _qualities(report.month, Unit.AMOUNT)]
    return [
        _sketch("usage-by-day.png", title, _days(report, Scope.GUILD, Unit.AMOUNT)),
        _sketch("usage-by-member.png", title, shares),
    ]


def days_of(report: Report) -> list[date]:
    """Those of its month."""
    after = report.month.span.end.astimezone(report.zone).date()
    return [report.first_day + timedelta(days=each) for each in range((after - report.first_day).days)]


def top_members(statement: Statement) -> tuple[list[tuple[int | None, Usage]], list[Usage]]:
    """Who used most, the one with the most ahead, and what each of the rest used."""
    named = [(each.member_id, each.usage) for each in statement.by_member if each.usage != Usage()]
    most = TOP if len(named) > TOP + 1 else TOP + 1  # "1 other" takes no less room than a name
    return named[:most], [usage for _, usage in named[most:]]


def _sketch(filename: str, title: str, parts: Sequence[tuple[Panel, str]]) -> Sketch:
    """Of panels, each with what is said of it."""
    said = " ".join([f"{title}.", *(words for _, words in parts)])
    description = said if len(said) <= ALT_TEXT else said[: ALT_TEXT - 1] + "…"
    return Sketch(filename, Chart(title, tuple(panel for panel, _ in parts)), description)


def _days(report: Report, scope: Scope, unit: Unit) -> list[tuple[Panel, str]]:
    """Day by day, and where there is a limit of the month, summed up towards it."""
    days = days_of(report)
    spent = [_value(report.month.by_day.get(day, Usage()), unit) for day in days]
    limit = report.limit(scope, Period.DAY, unit)
    columns = _columns(words.each_day(unit), spent, unit, limit, Period.DAY)
    said = words.in_words(columns.title, [(each.label, each.shown) for each in columns.bars if each.value])
    parts: list[tuple[Panel, str]] = [(columns, _with_limit(said, columns))]
    if (limit := report.limit(scope, Period.MONTH, unit)) is not None:
        past = sum(day <= report.now.astimezone(report.zone).date() for day in days)
        so_far = [each if place < past else 0 for place, each in enumerate(accumulate(spent))]
        columns = _columns(words.so_far(unit), so_far, unit, limit, Period.MONTH)
        said = words.summed_up(columns.title, number_of(unit, sum(spent)))
        parts.append((columns, _with_limit(said, columns)))
    return parts


def _with_limit(said: str, columns: Columns) -> str:
    return said if columns.limit is None else f"{said} {columns.limit.label}."


def _columns(title: str, values: Sequence[int], unit: Unit, limit: int | None, period: Period) -> Columns:
    highest, line = max(values), None
    if limit is not None:
        line = Mark(limit, words.limit(period, unit, limit))
        if limit > _FAR * highest:
            title, line = words.with_limit(title, line.label), None
    bars = tuple(Bar(str(day), value, number_of(unit, value)) for day, value in enumerate(values, 1))
    least = 1 if unit is Unit.PICTURES else DOLLAR // 100
    marks = scale(max(highest, line.value if line else 0), lambda value: number_of(unit, value), least=least)
    return Columns(title, bars, marks, line)


def _qualities(statement: Statement, unit: Unit) -> tuple[Panel, str]:
    by_quality = sorted(statement.by_quality.items(), key=lambda each: -_value(each[1], unit))
    return _rows(
        words.by_quality(),
        [
            Bar(quality_words(quality), _value(usage, unit), unit_words(unit, _value(usage, unit)))
            for quality, usage in by_quality
        ],
    )


def _members(statement: Statement, names: Mapping[int, str]) -> tuple[Panel, str]:
    top, rest = top_members(statement)
    bars = [
        Bar(erased(), usage.amount, unit_words(Unit.AMOUNT, usage.amount))
        if member_id is None
        else Bar(
            names.get(member_id, unnamed(member_id)),
            usage.amount,
            unit_words(Unit.AMOUNT, usage.amount),
            instead=unnamed(member_id),
        )
        for member_id, usage in top
    ]
    if rest:
        amount = Usage.total(rest).amount
        bars.append(Bar(others(len(rest)), amount, unit_words(Unit.AMOUNT, amount)))
    return _rows(words.by_member(), bars)


def _rows(title: str, bars: Sequence[Bar]) -> tuple[Panel, str]:
    return Rows(title, tuple(bars)), words.in_words(title, [(each.label, each.shown) for each in bars])


def _value(usage: Usage, unit: Unit) -> int:
    return usage.pictures if unit is Unit.PICTURES else usage.amount
