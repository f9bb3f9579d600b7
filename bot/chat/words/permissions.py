"""Discord's permissions, by the names that its settings give them in the member's language."""

from bot.chat.language import gettext as _


def permission_words(permission: str) -> str:
    """`permission` is as discord.py spells it: "attach_files"."""
    match permission:
        case "view_channel":
            return _("View Channel")
        case "send_messages":
            return _("Send Messages")
        case "send_messages_in_threads":
            return _("Send Messages in Threads")
        case "attach_files":
            return _("Attach Files")
        case _:
            return permission
