"""The usage of a guild as a file."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words, size_words


def about_export() -> str:
    return _("Get the usage of a month as a CSV file.")


def month_option() -> str:
    return _("The month, such as 2026-11; this month if you leave it out.")


def exported(month: str, entries: int) -> str:
    """`month` is one such as 2026-11."""
    return ngettext(
        "**Usage in {month}:** {count} entry of the ledger, for a spreadsheet. You alone see it.",
        "**Usage in {month}:** {count} entries of the ledger, for a spreadsheet. You alone see it.",
        entries,
    ).format(month=month, count=number_words(entries))


def cut_short(limit: int) -> str:
    """`limit` is the largest file's, in bytes."""
    return _(
        "These are the month's first entries: a file here may have {size} at most. Whoever runs this bot can export "
        "all of them with `easel export usage`."
    ).format(size=size_words(limit))


def nothing(month: str) -> str:
    return _("Nothing was used in {month}, so there is no file. Choose another month.").format(month=month)


def no_month() -> str:
    return _("That is no month that has begun. Write it as 2026-11, or pick one that is suggested.")
