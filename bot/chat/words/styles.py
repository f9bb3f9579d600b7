"""A guild's styles: what they are, and what became of one."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.domain import errors


def style_sentence(outcome: errors.StyleRefused) -> str:
    """What a member reads of an outcome about styles."""
    match outcome:
        case errors.UnknownStyle(name=name, near=()):
            return _("There is no style called `{name}` here. `/studio style list` shows those that there are.").format(
                name=_plain(name)
            )
        case errors.UnknownStyle(name=name, near=near):
            known = ", ".join(f"`{_plain(each)}`" for each in near)
            return _("There is no style called `{name}` here. Perhaps you meant one of these: {known}.").format(
                name=_plain(name), known=known
            )
        case errors.StyleOutsideGuild():
            return _("Styles belong to servers, so there are none here. Leave the style out, or ask in a server.")
        case errors.StyleNeedsRoom(name=name, brings=brings, limit=limit):
            own = ngettext("{count} picture of its own", "{count} pictures of its own", brings).format(count=brings)
            return _(
                "The style `{name}` brings {own}, so that you can add {limit} at most. Please leave some out."
            ).format(name=_plain(name), own=own, limit=limit)
        case errors.BadStyleName(limit=limit):
            return _("A style's name has 1 to {limit} characters. Please choose another.").format(limit=limit)
        case errors.EmptyStyle():
            return _("This style would change nothing. Give it words for the prompt, a picture, or an option.")
        case errors.TooManyStyles(limit=limit):
            return _("This server has {limit} styles, which is the most. Remove one first.").format(limit=limit)
        case errors.StyleNameTaken(name=name):
            return _("There is a style called `{name}` already. Choose another name, or remove that one first.").format(
                name=_plain(name)
            )
        case _:
            return _("That can't be done with styles. Please try another way.")


def _plain(text: str) -> str:
    """Short, on one line, and unable to leave a code span."""
    return " ".join(text.replace("`", "'").split())[:80]
