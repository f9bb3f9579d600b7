"""Why a job waits, and what becomes of it."""

from bot.chat.language import gettext as _
from bot.chat.words import keys
from bot.chat.words.outcomes import sentence
from bot.domain import errors
from bot.domain.errors import EaselError


def waiting(because: EaselError | None) -> str:
    """Why a job waits that was admitted; for None it waits for its turn."""
    match because:
        case None:
            return _("Waiting for its turn. It starts by itself.")
        case errors.AwaitsReview():
            return sentence(because)
        case errors.OutOfCredit(of_guild=True):
            return keys.waiting_for_credit()
        case errors.OutOfCredit():
            return _(
                "There is no credit left at Replicate at the moment. This goes on by itself once the account is topped "
                "up, and is given up after an hour; nothing is charged until then."
            )
        case errors.VendorBusy():
            return _("The model is very busy. This goes on by itself as soon as it takes requests again.")
        case _:
            return _("Waiting, and going on by itself: {reason}").format(reason=sentence(because))
