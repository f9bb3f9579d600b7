"""A place in the line of those who wait for their turn."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.service.line import CROWD


def in_line(ahead: int) -> str:
    """How many requests are ahead; from `CROWD` on only that there are many."""
    if ahead == 0:
        return _("Next in line. It starts by itself as soon as there is room.")
    if ahead >= CROWD:
        return _("Many requests are ahead of it in line. It starts by itself when its turn comes.")
    return ngettext(
        "{ahead} request is ahead of it in line. It starts by itself when its turn comes.",
        "{ahead} requests are ahead of it in line. It starts by itself when its turn comes.",
        ahead,
    ).format(ahead=ahead)
