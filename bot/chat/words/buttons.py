"""What is answered to the one who pressed a button."""

from bot.chat.language import gettext as _
from bot.service.moderation import Cancellation


def cancellation(outcome: Cancellation, *, started: bool) -> str:
    """What came of pressing Cancel; `started`: a run may have begun."""
    match outcome:
        case Cancellation.ACCEPTED if started:
            return _("Canceling … Replicate charges for runs that have started.")
        case Cancellation.ACCEPTED:
            return _("Canceling …")
        case Cancellation.ASKED_BEFORE:
            return _("This is being canceled already.")
        case Cancellation.TOO_LATE:
            return _("It is too late to cancel this: it has ended, or is ending just now.")
        case Cancellation.NOT_ALLOWED:
            return _("Only the member who asked for this, or a moderator, can cancel it.")
        case Cancellation.UNKNOWN:
            return no_longer_known()


def no_longer_known() -> str:
    return _("I no longer know this result, so I can't do that.")


def not_yours_to_delete() -> str:
    return _("Only the member who asked for this, or a moderator, can delete it.")
