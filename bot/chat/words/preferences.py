"""What members choose for good, on the panel where they do."""

from bot.chat.language import gettext as _


def about_defaults() -> str:
    return _("What you get where you leave an option open.")


def defaults_title() -> str:
    return _("Your defaults")


def defaults_explained() -> str:
    return _("What you get where you leave an option open. What you choose with a command, or a style, goes before it.")


def field_title(field: str) -> str:
    """What stands over a menu."""
    match field:
        case "model":
            return _("Model")
        case "quality":
            return _("Quality")
        case "aspect_ratio":
            return _("Shape or size")
        case "background":
            return _("Background")
        case "output_format":
            return _("Format")
        case "count":
            return _("Pictures at a time")
        case "private":
            return _("Who sees the answer")
        case _:
            return field


def no_default(value: str) -> str:
    """The entry that leaves an option open; `value` is what it comes to then."""
    return _("No default: {value}").format(value=value)


def private_choice(*, private: bool) -> str:
    return _("You alone") if private else _("Everyone in the channel")


def reset_label() -> str:
    return _("Reset all")
