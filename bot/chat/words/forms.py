"""The forms behind buttons and menus: what their parts are called, and what is said where they can't be filled in."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words


def edit_title() -> str:
    return _("Edit")


def variations_title() -> str:
    return _("Variations")


def delete_title() -> str:
    return _("Delete")


def prompt() -> str:
    return _("Prompt")


def prompt_hint() -> str:
    return _("What you would like to see.")


def pictures() -> str:
    return _("Pictures to use")


def pictures_hint() -> str:
    return _("With none it is made from the prompt alone.")


def more_pictures() -> str:
    return _("More pictures")


def quality() -> str:
    return _("Quality")


def aspect_ratio() -> str:
    return _("Shape or size")


def picture_to_vary() -> str:
    return _("Picture to vary")


def pictures_to_delete() -> str:
    return _("Pictures to delete")


def delete_hint() -> str:
    return _("They can't be brought back.")


def all_pictures() -> str:
    return _("All pictures, with the message")


def numbered(number: int) -> str:
    return _("Picture {number}").format(number=number)


def some_deleted(gone: int, total: int) -> str:
    """On the card, in the place of what was taken away."""
    words = ngettext("{gone} of {total} pictures was deleted.", "{gone} of {total} pictures were deleted.", gone)
    return words.format(gone=gone, total=total)


def pictures_deleted() -> str:
    return _("These pictures have been deleted already.")


def no_pictures_left() -> str:
    return _("There is no picture in this message that could be used.")


def pictures_changed() -> str:
    return _("One of the pictures that you chose is no longer there. Please choose again.")


def prompt_too_long_for_form(length: int) -> str:
    return _(
        "This prompt has {length} characters, more than a form can hold. Use `/edit` with it instead; "
        "**Details** gives it to you in full."
    ).format(length=number_words(length))


def form_not_known() -> str:
    return _("This form is of an older version of me. Please open it again.")
