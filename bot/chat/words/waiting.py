"""Why a job waits."""

from bot.chat.words.outcomes import sentence
from bot.domain import errors
from bot.domain.errors import EaselError


def waiting(because: EaselError | None) -> str:
    """Why a job waits that was admitted, and what becomes of it; for None it waits for its turn."""
    match because:
        case None:
            return "Waiting for its turn. It starts by itself."
        case errors.OutOfCredit():
            return (
                "There is no credit left at Replicate at the moment. This goes on by itself once the account is topped "
                "up, and is given up after an hour; nothing is charged until then."
            )
        case errors.VendorBusy():
            return "The model is very busy. This goes on by itself as soon as it takes requests again."
        case _:
            return f"Waiting, and going on by itself: {sentence(because)}"
