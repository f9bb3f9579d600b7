"""The card that Edit image opens: its options in words."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext


def edit_image() -> str:
    """In a message's menu; at most 32 characters."""
    return _("Edit image")


def no_pictures() -> str:
    return _("There is no picture in this message that I could edit. Choose one with a picture, or use `/edit`.")


def heading(count: int, total: int) -> str:
    """How many are shown, of all that the message has."""
    words = ngettext("### Edit this picture", "### Choose from these {count} pictures", count).format(count=count)
    if total == count:
        return words
    more = _("The message has {total}; these are the first {count}.").format(total=total, count=count)
    return f"{words}\n-# {more}"


def options() -> str:
    return _("Choose options if you like; all can be left open. Then write what is to change.")


def write_prompt() -> str:
    return _("Write the prompt")


def placeholder(option: str) -> str:
    """What a menu shows while its option is left open."""
    match option:
        case "model":
            return _("Model")
        case "style":
            return _("Style")
        case "background":
            return _("Background")
        case "output_format":
            return _("Format")
        case "count":
            return _("How many pictures")
        case "private":
            return _("Who sees the answer")
        case other:
            raise ValueError(other)


def model(name: str) -> str:
    return _("Model: {name}").format(name=name)


def style(name: str) -> str:
    return _("Style: {name}").format(name=name)


def background(name: str) -> str:
    return _("Background: {name}").format(name=name)


def output_format(name: str) -> str:
    return _("Format: {name}").format(name=name)


def private(*, private: bool) -> str:
    return _("Only you see the answer") if private else _("Everyone here sees the answer")
