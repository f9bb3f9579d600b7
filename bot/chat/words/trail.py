"""The log of what was decided in a server, line by line."""

from bot.chat.language import gettext as _


def about_log() -> str:
    return _("What was decided here, by whom and why")


def title() -> str:
    return _("Log")


def nothing() -> str:
    return _("Nothing was decided here yet.")
