"""What `/moderate` is for."""

from bot.chat.language import gettext as _


def about_moderate() -> str:
    return _("Keep the studio in order: reviews, reports, sanctions, and the log of it all.")
