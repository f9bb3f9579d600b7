"""What the books and Replicate disagree on, and what to do about it: for operators."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.domain.audit import DifferenceKind


def title(count: int) -> str:
    return ngettext(
        "The books and Replicate differ in {count} thing",
        "The books and Replicate differ in {count} things",
        count,
    ).format(count=count)


def more(count: int) -> str:
    return ngettext("and {count} more", "and {count} more", count).format(count=count)


def whole_list() -> str:
    return _("Each is in the log, and in what `easel doctor --reconcile` prints. Nothing was changed.")


def kind(kind: DifferenceKind) -> str:
    match kind:
        case DifferenceKind.NO_JOB:
            return _("Runs at Replicate that no job owns")
        case DifferenceKind.STRAY:
            return _("Runs that no job owns, reported before")
        case DifferenceKind.NO_PREDICTION:
            return _("Jobs that were charged for a run that was never found")
        case DifferenceKind.UNKNOWN_PREDICTION:
            return _("Jobs whose run Replicate doesn't know")
        case DifferenceKind.NO_END:
            return _("Jobs that should have ended long ago")
        case DifferenceKind.NO_ENTRY:
            return _("Jobs that have ended while their hold stands")
        case DifferenceKind.STILL_RUNNING:
            return _("Runs that go on after their job has ended")
        case DifferenceKind.CAPTURED:
            return _("Charged here, not billed by Replicate")
        case DifferenceKind.RELEASED:
            return _("Billed by Replicate, not charged here")
        case DifferenceKind.PICTURES:
            return _("Charged for another number of pictures than Replicate counts")
        case DifferenceKind.MODEL:
            return _("Another model ran than was asked for")


def advice(kind: DifferenceKind) -> str:
    """What an operator can do."""
    match kind:
        case DifferenceKind.NO_JOB:
            return _(
                "Look each up at replicate.com/predictions. If another program uses the token, give it one of its own. "
                "If not, Replicate bills these and the ledger doesn't know: look for their time in the log."
            )
        case DifferenceKind.STRAY:
            return _("Replicate may bill these. They come of creates whose answer was lost; nothing is left to do.")
        case DifferenceKind.NO_PREDICTION:
            return _(
                "The answer to their create was lost for good, so they count in full. If Replicate's invoice has no "
                "run of their time, a grant can make up for them."
            )
        case DifferenceKind.UNKNOWN_PREDICTION:
            return _(
                "Check that the token still belongs to the same account at Replicate, and that nobody deletes "
                "runs there."
            )
        case DifferenceKind.NO_END:
            return _("Check that Easel runs, and look for the job's id in the log. A restart takes every job up again.")
        case DifferenceKind.NO_ENTRY:
            return _("This must not happen. Keep the database and the log, and report it.")
        case DifferenceKind.STILL_RUNNING:
            return _("Cancel them at replicate.com/predictions: they cost money and nobody waits for them.")
        case DifferenceKind.CAPTURED:
            return _("Members were charged for nothing. A grant can make up for it.")
        case DifferenceKind.RELEASED:
            return _("The ledger counts too little. Mind it when you compare budgets with the invoice.")
        case DifferenceKind.PICTURES:
            return _("Compare with the invoice, and look for the job's id in the log.")
        case DifferenceKind.MODEL:
            return _("Replicate may have replaced the model, at another price. Check the catalogue's prices.")
