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


def several_refitted(numbers: Sequence[int]) -> str:
    return _("Pictures {numbers} were larger than this place takes; they were made to fit as WebP.").format(
        numbers=", ".join(map(str, numbers))
    )


def original(number: int, url: str) -> str:
    """A link to the model's own file."""
    return _("[original of picture {number}]({url})").format(number=number, url=url)


def originals_until(links: Sequence[str], until: datetime) -> str:
    """Links to originals, and how long they are good for."""
    return _("To be saved until {time}: {links}.").format(
        time=f"<t:{int(until.timestamp())}:t>", links=", ".join(links)
    )


def more_notes(count: int) -> str:
    """That there is more to say than a card holds."""
    return ngettext("And {count} more note.", "And {count} more notes.", count).format(count=count)


def fewer_made(made: int, asked: int) -> str:
    return ngettext(
        "The model made {made} picture of the {asked} asked for.",
        "The model made {made} pictures of the {asked} asked for.",
        made,
    ).format(made=made, asked=asked)


def lost(numbers: Sequence[int]) -> str:
    """Pictures that were made, and paid for, and could not be had."""
    return ngettext(
        "Picture {numbers} was made and paid for, but its file could not be fetched whole. Again makes another.",
        "Pictures {numbers} were made and paid for, but their files could not be fetched whole. Again makes others.",
        len(numbers),
    ).format(numbers=", ".join(map(str, numbers)))
