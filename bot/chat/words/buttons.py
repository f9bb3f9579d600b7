"""What is answered to the one who pressed a button."""

from bot.service.moderation import Cancellation


def cancellation(outcome: Cancellation, *, started: bool) -> str:
    """What came of pressing Cancel; `started`: a run may have begun."""
    match outcome:
        case Cancellation.ACCEPTED:
            return "Canceling … Replicate charges for runs that have started." if started else "Canceling …"
        case Cancellation.ASKED_BEFORE:
            return "This is being canceled already."
        case Cancellation.TOO_LATE:
            return "It is too late to cancel this: it has ended, or is ending just now."
        case Cancellation.NOT_ALLOWED:
            return "Only the member who asked for this, or a moderator, can cancel it."
        case Cancellation.UNKNOWN:
            return no_longer_known()


def no_longer_known() -> str:
    return "I no longer know this result, so I can't do that."


def not_yours_to_delete() -> str:
    return "Only the member who asked for this, or a moderator, can delete it."


def reported(*, told: bool) -> str:
    """`told`: the moderators were, in their channel."""
    if told:
        return "Thank you. The moderators have been told about this result."
    return "Thank you. Your report has been recorded for whoever runs this bot."


def reported_before() -> str:
    return "You have reported this result already; the moderators know."
