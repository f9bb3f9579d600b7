"""Several names in one sentence."""

from collections.abc import Sequence

from bot.chat.language import gettext as _


def one_of(names: Sequence[str]) -> str:
    """ "PNG, JPEG or WebP"."""
    if len(names) < 2:
        return "".join(names)
    # Translators: the last two of several to choose from; the first may be several with commas.
    return _("{first} or {last}").format(first=", ".join(names[:-1]), last=names[-1])


def all_of(names: Sequence[str]) -> str:
    """ "Attach Files and Send Messages"."""
    if len(names) < 2:
        return "".join(names)
    return _("{first} and {last}").format(first=", ".join(names[:-1]), last=names[-1])
