"""Numbers, sums, sizes and times as the language writes them."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.domain.catalog import DOLLAR, MicroDollars


def number_words(number: float, decimals: int = 0) -> str:
    """ "32,000", "1.5"."""
    return f"{number:,.{decimals}f}".translate(
        {
            # Translators: what stands between thousands: "32,000".
            ord(","): _(","),
            # Translators: what stands before decimals: "0.13".
            ord("."): _("."),
        }
    )


def price_words(amount: MicroDollars) -> str:
    """Money as people write it: "$0.13", and "$0.012" where cents would hide most of it."""
    dollars = amount / DOLLAR
    # Translators: a sum of US dollars, such as "$0.13".
    return _("${amount}").format(amount=number_words(dollars, 3 if 0 < dollars < 0.02 else 2))


def exact_price_words(amount: MicroDollars) -> str:
    """Money to the tenth of a cent, where it isn't whole cents: sums that are compared aren't rounded to the same."""
    if amount % (DOLLAR // 100) == 0:
        return price_words(amount)
    return _("${amount}").format(amount=number_words(amount / DOLLAR, 3))


def size_words(size: int) -> str:
    """Megabytes, where a megabyte is a million bytes: "10.5 MB", "20 MB"."""
    megabytes = round(size / 1_000_000, 1)
    return _("{size} MB").format(size=number_words(megabytes, 0 if megabytes.is_integer() else 1))


def duration_words(seconds: int) -> str:
    """ "90 seconds", "10 minutes"."""
    if seconds >= 120:
        return ngettext("{count} minute", "{count} minutes", seconds // 60).format(count=seconds // 60)
    return ngettext("{count} second", "{count} seconds", seconds).format(count=seconds)
