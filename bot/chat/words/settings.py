"""`/studio settings`: what may be set in a server, and what holds."""

from collections.abc import Sequence

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.lists import all_of
from bot.chat.words.permissions import permission_words
from bot.domain import errors


def about_settings() -> str:
    return _("What holds in this server.")


def title() -> str:
    return _("Settings of this server")


def channel_title(channel_id: int) -> str:
    return _("Rules of {channel}").format(channel=f"<#{channel_id}>")


def explained() -> str:
    return _("All of this is optional: what nobody has set is as you see it here.")


def channel_explained() -> str:
    return _("What isn't set for this channel is as in the server.")


def page_title(section: str) -> str:
    """Over a section of the server's settings."""
    return _("Settings: {section}").format(section=section)


def channel_page_title(section: str, channel_id: int) -> str:
    return _("{section}, in {channel}").format(section=section, channel=f"<#{channel_id}>")


def choose_section() -> str:
    return _("What to change")


def choose_channel() -> str:
    return _("Rules for one channel alone")


def channels_that_differ(channel_ids: Sequence[int], more: int) -> str:
    names = [f"<#{each}>" for each in channel_ids]
    if more:
        names.append(ngettext("{count} more", "{count} more", more).format(count=more))
    return _("With rules of their own: {channels}").format(channels=all_of(names))


def line(setting: str, value: str) -> str:
    """What holds, in the overview."""
    return _("{setting}: {value}").format(setting=setting, value=value)


def as_in_server(value: str) -> str:
    """The entry that leaves a channel to the server; `value` is what holds there."""
    return _("As in the server: {value}").format(value=value)


def set_in_server(value: str) -> str:
    """What a channel leaves to the server, in the list of what holds there."""
    return _("{value} (as in the server)").format(value=value)


def set_here(value: str) -> str:
    """What a channel has set for itself, in the list of what holds there."""
    return _("{value} (here alone)").format(value=value)


def back_label() -> str:
    return _("Back")


def server_label() -> str:
    """Of the button that leads from a channel's rules to the server's."""
    return _("The whole server")


def reset_label() -> str:
    """Of the button that takes a channel's own rules away, of one section."""
    return _("As in the server")


def section_gone() -> str:
    return _("That setting has moved in a newer version. Use `/studio settings` again.")


# ------------------------------------------------------------------------------------------- who and where


def who_section() -> str:
    return _("Who and where")


def open_title() -> str:
    return _("Where Easel may be used")


def open_choice(*, allowed: bool) -> str:
    """Of the whole server."""
    return _("In every channel") if allowed else _("Only in channels that allow it")


def open_channel_choice(*, allowed: bool) -> str:
    """Of one channel."""
    return _("It may be used here") if allowed else _("It may not be used here")


def roles_title() -> str:
    return _("By whom")


def everyone() -> str:
    return _("Everyone")


def choose_roles() -> str:
    return _("Everyone, or choose roles")


def with_role(roles: Sequence[int], most: int = 5) -> str:
    """Mentions of roles, the first of them."""
    names = [f"<@&{each}>" for each in roles[:most]]
    if len(roles) > most:
        names.append(ngettext("{count} more", "{count} more", len(roles) - most).format(count=len(roles) - most))
    return all_of(names)


def membership_title() -> str:
    return _("How long one must have been a member")


def membership(days: int) -> str:
    return days_words(days) if days else _("No time at all")


def days_words(days: int) -> str:
    return ngettext("{count} day", "{count} days", days).format(count=days)


# -------------------------------------------------------------------------------------- what may be asked for


def choices_section() -> str:
    return _("What may be asked for")


def models_title() -> str:
    return _("Models")


def qualities_title() -> str:
    return _("Qualities")


def all_of_them() -> str:
    return _("All of them")


def most_title() -> str:
    return _("Pictures in one request")


def most_pictures(count: int) -> str:
    return _("Up to {count}").format(count=count)


def low_title() -> str:
    return _("Less strict moderation by the model's safety system")


def low_choice(*, allowed: bool) -> str:
    return _("Members may ask for it") if allowed else _("Not allowed")


def low_about() -> str:
    return _("Even then it can be had in age-restricted channels alone.")


# -------------------------------------------------------------------------------------------------- showing


def showing_section() -> str:
    return _("Spoilers, language, time zone")


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


def language_title() -> str:
    return _("Language of what all can see")


def each_members_own() -> str:
    return _("That of whoever asked")


def language_name(locale: str) -> str:
    """The language's own name for itself."""
    return {"en-US": "English", "de": "Deutsch"}.get(locale, locale)


def time_zone_option() -> str:
    return _("The time zone by which days, weeks and months begin here: type a city near you.")


def time_zone_title() -> str:
    return _("Time zone")


def time_zone(name: str, clock: str) -> str:
    """`clock` is the time there now."""
    return _("{name}, where it is {clock}").format(name=f"**{name}**", clock=clock)


def time_zone_about() -> str:
    return _(
        "Days, weeks and months of limits and summaries begin by it. The option `time_zone` of `/studio settings` "
        "suggests names as you type."
    )


def time_zone_label() -> str:
    return _("Change the time zone")


def time_zone_example() -> str:
    return _("For example {example}").format(example="Europe/Berlin")


# ------------------------------------------------------------------------------------------------- channels


def channels_section() -> str:
    return _("Channels for moderators")


def log_title() -> str:
    return _("Log")


def log_about() -> str:
    return _("What is reported, and what moderators decide, is told there.")


def review_channel_title() -> str:
    return _("Review")


def review_channel_about() -> str:
    return _("Requests and pictures that wait for a moderator are shown there. Without one they go to the log.")


def summary_title() -> str:
    return _("Monthly summary")


def summary_about() -> str:
    return _("What was used in the month before is posted there.")


def nowhere() -> str:
    return _("Nowhere")


def in_the_log() -> str:
    return _("In the log channel")


def channel_gone() -> str:
    return _("The channel for it no longer exists. Choose another, or none.")


# -------------------------------------------------------------------------------------------------- keeping


def keeping_section() -> str:
    return _("How long things are kept")


def retention_title() -> str:
    return _("Prompts and records of requests")


def retention(days: int | None) -> str:
    return _("As whoever runs this bot says") if days is None else days_words(days)


# -------------------------------------------------------------------------------------------------- reports


def reports_section() -> str:
    return _("Reports and AutoMod")


def threshold_title() -> str:
    return _("Hide a reported picture until a moderator looks")


def threshold(count: int) -> str:
    if not count:
        return _("Never")
    return ngettext("After {count} report", "After reports by {count} members", count).format(count=count)


def automod_title() -> str:
    return _("Apply the server's own AutoMod word rules to prompts")


def yes_no(*, yes: bool) -> str:
    return _("Yes") if yes else _("No")


# ------------------------------------------------------------------------------------------------- refusals


def refused(outcome: errors.SettingRefused) -> str:
    match outcome:
        case errors.CannotPost(channel_id=channel_id, permissions=permissions):
            return _(
                "I can't post in <#{channel_id}>: I lack the permission {permissions} there. "
                "Grant it and choose the channel again, or choose another."
            ).format(
                channel_id=channel_id, permissions=all_of([f"**{permission_words(each)}**" for each in permissions])
            )
        case errors.ReviewNeedsChannel():
            return _(
                "Review needs a channel where I can show moderators what waits. Choose one first, under {section}."
            ).format(section=f"**{channels_section()}**")
        case errors.ChannelNeededForReview():
            return _(
                "Requests are reviewed here, and what waits has to be shown somewhere. "
                "Choose another channel instead, or turn review off first."
            )
        case _:
            return _("That can't be set.")
