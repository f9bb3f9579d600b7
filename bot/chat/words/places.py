"""Where requests are taken, and what is shown there."""

from bot.chat.language import gettext as _


def not_in_direct_messages() -> str:
    return _("I don't take requests in direct messages. Please ask in a channel of a server that I am in.")


def not_by_user() -> str:
    return _(
        "I only take requests in servers that I have been added to. "
        "Please ask in a channel of such a server, or let a moderator of this one add me."
    )


def needs_age_restriction() -> str:
    return _(
        "A low moderation level is for age-restricted channels alone. "
        "Ask in one of those, or leave the moderation level as it is."
    )
