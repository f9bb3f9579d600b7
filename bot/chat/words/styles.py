"""A guild's styles: what they are, how they are kept, and what became of one."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.domain import errors


def style_sentence(outcome: errors.StyleRefused) -> str:
    """What a member reads of an outcome about styles."""
    match outcome:
        case errors.UnknownStyle(name=name, near=()):
            return _(
                "There is no style called `{name}` here. The option `style` suggests those that there are."
            ).format(name=_plain(name))
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


def saved(*, replaced: bool) -> str:
    if replaced:
        return _("**The style is replaced.** Members pick it with the option `style`.")
    return _("**The style is saved.** Members pick it with the option `style`.")


def renamed(name: str) -> str:
    """`name` is what it was called before."""
    return _("The style that was called `{name}` has a new name.").format(name=_plain(name))


def removed(name: str) -> str:
    return _("The style `{name}` is removed, with its pictures. What was made with it stays.").format(name=_plain(name))


def remove_question(name: str) -> str:
    return _(
        "Remove the style `{name}`, with its pictures? It can't be brought back; what was made with it stays."
    ).format(name=_plain(name))


def remove_label() -> str:
    return _("Remove")


def list_title() -> str:
    return _("Styles of this server")


def more_styles(count: int) -> str:
    """At the end of a list that is too long."""
    return ngettext(
        "{count} more: `/studio style show` finds it as you type.",
        "{count} more: `/studio style show` finds them as you type.",
        count,
    ).format(count=count)


def no_styles() -> str:
    return _("This server has no styles yet. `/studio style save` keeps the first.")


def suffix_title() -> str:
    return _("Joins the prompt:")


def reference_alt_text(number: int, name: str) -> str:
    """What a screen reader says of a reference picture."""
    return _("Reference picture {number} of the style {name}").format(number=number, name=_plain(name))


def not_shown(filename: str) -> str:
    """A reference picture that is too large to be shown."""
    return _("`{filename}` belongs to it, but is too large to be shown here.").format(filename=_plain(filename))


def reference_count(count: int) -> str:
    return ngettext("{count} reference picture", "{count} reference pictures", count).format(count=count)


# What Discord tells of the commands: at most 100 characters each.


def about_studio() -> str:
    return _("Set the studio up for this server.")


def about_style() -> str:
    return _("The named styles that members may pick.")


def about_save() -> str:
    return _("Keep a style under a name, in the place of the one that has it.")


def about_show() -> str:
    return _("Show a style with its pictures.")


def about_list() -> str:
    return _("Show all styles of this server.")


def about_rename() -> str:
    return _("Give a style another name.")


def about_remove() -> str:
    return _("Remove a style.")


def name_option() -> str:
    return _("What the style is called.")


def new_name_option() -> str:
    return _("What it is to be called.")


def suffix_option() -> str:
    return _("Words that join every prompt, such as: as a linocut in two colors.")


def picture_option() -> str:
    return _("A picture for the model to go by.")


def choice_option() -> str:
    return _("What members get who leave this open.")


def _plain(text: str) -> str:
    """Short, on one line, and unable to leave a code span."""
    return " ".join(text.replace("`", "'").split())[:80]
