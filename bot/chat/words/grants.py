"""`/studio grant` and `/studio grants`: pictures beyond the limits, until an end."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words


def about_grant() -> str:
    return _("Give a member, or everyone with a role, pictures beyond their limits until an end.")


def about_grants() -> str:
    return _("The grants that haven't ended, with what is used of them.")


def to_option() -> str:
    return _("A member, or a role: then each member who has it.")


def pictures_option() -> str:
    return _("How many pictures more.")


def until_option() -> str:
    return _("The last day (2026-12-24, Sunday), or how long from now (3d, 12h).")


def reason_option() -> str:
    return _("What it is for; moderators alone read it.")


def made(pictures: int, whom: str, ends_at: int, *, each: bool) -> str:
    """`whom` is a mention; with `each`, every member with that role gets so many."""
    if each:
        words = ngettext(
            "**Granted:** {count} picture more for each member with {whom}, until <t:{ends_at}:f>.",
            "**Granted:** {count} pictures more for each member with {whom}, until <t:{ends_at}:f>.",
            pictures,
        )
    else:
        words = ngettext(
            "**Granted:** {count} picture more for {whom}, until <t:{ends_at}:f>.",
            "**Granted:** {count} pictures more for {whom}, until <t:{ends_at}:f>.",
            pictures,
        )
    return words.format(count=number_words(pictures), whom=whom, ends_at=ends_at)


def made_hint() -> str:
    return _(
        "They count once the limits by day, week or month are used up; the limits of one request, and the budget of "
        "all together, still hold. I don't tell anyone, so please do. `/studio grants` shows what is used."
    )


def title() -> str:
    return _("Grants")


def none() -> str:
    return _("There are no grants. `/studio grant` makes one.")


def line(pictures: int, used: int, whom: str, ends_at: int, *, each: bool) -> str:
    """One grant in the list."""
    if each:
        words = ngettext(
            "**{whom}**: {count} picture for each, until <t:{ends_at}:f> (<t:{ends_at}:R>). Used by all: {used}.",
            "**{whom}**: {count} pictures for each, until <t:{ends_at}:f> (<t:{ends_at}:R>). Used by all: {used}.",
            pictures,
        )
    else:
        words = ngettext(
            "**{whom}**: {count} picture, until <t:{ends_at}:f> (<t:{ends_at}:R>). Used: {used}.",
            "**{whom}**: {count} pictures, until <t:{ends_at}:f> (<t:{ends_at}:R>). Used: {used}.",
            pictures,
        )
    return words.format(whom=whom, count=number_words(pictures), used=number_words(used), ends_at=ends_at)


def somebody_erased() -> str:
    """In the place of a member whose data was deleted."""
    return _("someone whose data was deleted")


def granted_by(whom: str) -> str:
    return _("granted by {whom}").format(whom=whom)


def revoked(at: int) -> str:
    return _("revoked <t:{at}:R>").format(at=at)


def revoke_label() -> str:
    return _("Revoke")


def keep_label() -> str:
    return _("Keep it")


def revoke_question() -> str:
    return _("Revoke this grant? What was made with it stays; nobody can use the rest.")


def was_revoked() -> str:
    return _("**The grant is revoked.**")


def no_longer_there() -> str:
    return _("This grant was revoked before, or has ended.")


def earlier_label() -> str:
    return _("Back")


def later_label() -> str:
    return _("More")
