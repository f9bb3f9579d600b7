"""What members and moderators choose for good, on the panels where they do."""

from collections.abc import Sequence

from bot.chat.language import gettext as _
from bot.chat.words.lists import all_of
from bot.chat.words.permissions import permission_words


def about_defaults() -> str:
    return _("What you get where you leave an option open.")


def about_settings() -> str:
    return _("What holds in this server.")


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


def settings_title() -> str:
    return _("Settings of this server")


def spoilers_title() -> str:
    return _("Hide pictures as spoilers, until they are clicked")


def spoilers_choice(value: str) -> str:
    match value:
        case "never":
            return _("Never")
        case "age_restricted":
            return _("In age-restricted channels")
        case "always":
            return _("Always")
        case _:
            return value


def time_zone_option() -> str:
    return _("The time zone by which days, weeks and months begin here: type a city near you.")


def time_zone_title() -> str:
    return _("Time zone")


def time_zone(name: str, clock: str) -> str:
    """`clock` is the time there now."""
    return _(
        "{name}, where it is {clock}. Days, weeks and months of limits and summaries begin by it; "
        "`/studio settings` with the option `time_zone` changes it."
    ).format(name=f"**{name}**", clock=clock)


def summary_title() -> str:
    return _("Monthly summary")


def summary_explained() -> str:
    return _("In this channel I post what was used in the month before.")


def summary_channel_gone() -> str:
    return _("The channel for it no longer exists. Choose another, or post none.")


def no_summary() -> str:
    """In the menu of channels, while none is chosen."""
    return _("Posted nowhere")


def no_summary_label() -> str:
    return _("Post no summary")


def summary_refused(channel_id: int, permissions: Sequence[str]) -> str:
    """`permissions` are those that the bot lacks there, as discord.py spells them."""
    return _(
        "**Nothing was changed.** I can't post in <#{channel_id}>: I lack the permission {permissions} there. "
        "Grant it and choose the channel again, or choose another."
    ).format(channel_id=channel_id, permissions=all_of([f"**{permission_words(each)}**" for each in permissions]))
