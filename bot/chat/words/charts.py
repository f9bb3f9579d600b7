"""What is written on charts, and what a screen reader says of them."""

from collections.abc import Sequence

from bot.chat.language import gettext as _
from bot.chat.words.usage import share, unit_words
from bot.domain.quota import Period, Unit


def own(month: str) -> str:
    return _("Your pictures, {month}").format(month=month)


def members(month: str) -> str:
    return _("One member's pictures, {month}").format(month=month)


def servers(month: str) -> str:
    return _("This server's pictures, {month}").format(month=month)


def each_day(unit: Unit) -> str:
    return _("Pictures of each day") if unit is Unit.PICTURES else _("Spent each day")


def so_far(unit: Unit) -> str:
    return _("Pictures since the 1st") if unit is Unit.PICTURES else _("Spent since the 1st")


def by_member() -> str:
    return _("By member")


def by_quality() -> str:
    return _("By quality")


def limit(period: Period, unit: Unit, value: int) -> str:
    if unit is Unit.PICTURES:
        words = _("Limit of a day: {limit}") if period is Period.DAY else _("Limit of the month: {limit}")
    else:
        words = _("Budget of a day: {limit}") if period is Period.DAY else _("Budget of the month: {limit}")
    return words.format(limit=unit_words(unit, value))


def with_limit(title: str, limit: str) -> str:
    """A title that tells a limit that is too far off to be drawn."""
    return _("{title} ({limit})").format(title=title, limit=limit)


def in_words(title: str, amounts: Sequence[tuple[str, str]]) -> str:
    """What a panel shows: `amounts` each with what they are of, a member or a day of the month."""
    return summed_up(title, ", ".join(share(*each) for each in amounts))


def summed_up(title: str, amount: str) -> str:
    # Translators: a part of a chart, in words: "Spent each day: 1: $0.15, 2: $1.20."
    return _("{title}: {amount}.").format(title=title, amount=amount)
