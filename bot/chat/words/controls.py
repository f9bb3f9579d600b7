"""What the buttons on a card are called."""

from bot.chat.language import gettext as _


def label(control: str) -> str:
    match control:
        case "again":
            return _("Again")
        case "edit":
            return _("Edit")
        case "variations":
            return _("Variations")
        case "details":
            return _("Details")
        case "delete":
            return _("Delete")
        case "report":
            return _("Report")
        case "cancel":
            return _("Cancel")
        case "kept":
            return _("Get the pictures")
        case other:
            raise ValueError(other)
