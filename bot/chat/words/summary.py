"""The monthly summary."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words
from bot.chat.words.usage import unit_words
from bot.domain.quota import Unit


def title() -> str:
    return _("Last month in this server's studio")


def requests(count: int) -> str:
    return ngettext("From {count} request.", "From {count} requests.", count).format(count=number_words(count))


def of_limit(unit: Unit, used: int, limit: int) -> str:
    """How much of the server's limit of a month was used."""
    words = (
        _("{share} % of the month's budget of {limit}.")
        if unit is Unit.AMOUNT
        else _("{share} % of the {limit} that the month allows.")
    )
    return words.format(share=number_words(round(100 * used / limit)), limit=unit_words(unit, limit))
