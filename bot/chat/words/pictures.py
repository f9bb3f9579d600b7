"""What is said under pictures of how they differ from what was asked for."""

from collections.abc import Sequence
from datetime import datetime

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import size_words


def refitted(number: int, original_size: int) -> str:
    """Why a picture isn't the model's own file; the size is in bytes."""
    return _("Picture {number} was {size}, more than this place takes; it was made to fit as a WebP.").format(
        number=number, size=size_words(original_size)
    )


def original_at(url: str, until: datetime) -> str:
    """Where the model's own file is to be had, and until when."""
    return _("[Its original]({url}) can be saved until {time}.").format(url=url, time=f"<t:{int(until.timestamp())}:t>")


def fewer_made(made: int, asked: int) -> str:
    return ngettext(
        "The model made {made} picture of the {asked} asked for.",
        "The model made {made} pictures of the {asked} asked for.",
        made,
    ).format(made=made, asked=asked)


def lost(numbers: Sequence[int]) -> str:
    """Pictures that were made, and paid for, and could not be had."""
    return ngettext(
        "Picture {numbers} was made, but its file could not be fetched whole. Again makes another.",
        "Pictures {numbers} were made, but their files could not be fetched whole. Again makes others.",
        len(numbers),
    ).format(numbers=", ".join(map(str, numbers)))
