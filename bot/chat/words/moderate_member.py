"""How a member stands in a server, for its moderators."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.ladder import rung
from bot.domain.sanction import Rung


def about_member() -> str:
    return _("How a member stands here: strikes, sanctions, reports, use, and the last requests.")


def title(member: str) -> str:
    return _("How {member} stands here").format(member=member)


def standing(count: int, days: int, next_rung: Rung | None) -> str:
    said = ngettext(
        "**{count} strike** in the last {days} days.", "**{count} strikes** in the last {days} days.", count
    )
    said = said.format(count=count, days=days)
    if next_rung is None:
        return said
    return f"{said} " + _("At {strikes}: {what}.").format(strikes=next_rung.strikes, what=rung(next_rung))


def none_in_force() -> str:
    return _("Nothing is in force.")


def earlier() -> str:
    return _("Earlier")


def was_lifted(by: int | None) -> str:
    return _("lifted") if by is None else _("lifted by {whom}").format(whom=f"<@{by}>")


def ended() -> str:
    return _("ended")


def reported(count: int, made: int) -> str:
    """Results of theirs that others have reported, and reports that they made."""
    against = ngettext("{count} result of theirs was reported", "{count} results of theirs were reported", count)
    return _("{against}; they have reported {made}.").format(against=against.format(count=count), made=made)


def is_trusted() -> str:
    return _("Trusted: their requests aren't reviewed.")


def used_today(amount: str) -> str:
    return _("Used today: {amount}.").format(amount=amount)


def last_requests() -> str:
    return _("Latest requests")


def no_requests() -> str:
    return _("They have asked for nothing here yet.")


def warn_label() -> str:
    return _("Warn")


def block_label() -> str:
    return _("Block")


def lower_label() -> str:
    return _("Lower limits")


def lift_label() -> str:
    return _("Lift")
