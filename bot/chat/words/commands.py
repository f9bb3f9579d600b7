"""What Discord tells of the commands: descriptions of at most 100 characters."""

from bot.chat.language import gettext as _


def imagine() -> str:
    return _("Make pictures from your words.")


def edit_pictures() -> str:
    return _("Change a picture, or make a new one of several.")


def imagine_with(model: str) -> str:
    return _("Make pictures with {model}.").format(model=model)


def usage() -> str:
    return _("What you have used this month, what is left of your limits, and your last pictures.")


def jobs() -> str:
    return _("Your requests that wait or run, and what came of the last ones.")


def prompt() -> str:
    return _("What you would like to see, in your own words.")


def model() -> str:
    return _("Which model makes it. They differ in what they can do, and in what it costs.")


def quality() -> str:
    return _("How fine the picture is, and what it costs.")


def aspect_ratio() -> str:
    return _("The shape or the exact size.")


def background() -> str:
    return _("Whether the background is see-through.")


def count() -> str:
    return _("How many pictures to make of it.")


def output_format() -> str:
    return _("The kind of file.")


def moderation() -> str:
    return _("How strict the model's own safety system is. Low: in age-restricted channels alone.")


def image() -> str:
    return _("A picture to edit or to take as a model.")


def image_2() -> str:
    return _("A second picture.")


def image_3() -> str:
    return _("A third picture.")


def image_4() -> str:
    return _("A fourth picture.")


def style() -> str:
    return _("One of this server's styles.")


def private() -> str:
    return _("Show the answer to you alone.")
