"""Which form a submitted modal belongs to."""

from collections.abc import Mapping

from bot.chat.appeals import APPEAL_FORM, submit_appeal
from bot.chat.deletion import DELETE_FORM, submit_delete
from bot.chat.edit_menu import EDIT_MESSAGE_FORM, submit_edit_message
from bot.chat.editing import EDIT_FORM, submit_edit
from bot.chat.modals import Submit
from bot.chat.moderate_appeals import DECISION_FORM, submit_decision
from bot.chat.moderate_ladder import LADDER_FORM, submit_ladder
from bot.chat.moderate_member import SANCTION_FORM, submit_sanction
from bot.chat.moderate_purge import PURGE_FORM, submit_purge
from bot.chat.reports import REPORT_FORM, submit_report
from bot.chat.review_cards import REJECT_FORM, submit_reject
from bot.chat.settings.panel import SETTINGS_FORM, submit_settings
from bot.chat.studio_keys import KEY_FORM, submit_key
from bot.chat.studio_limits import LIMITS_FORM, submit_limits
from bot.chat.studio_words import (
    ADD_FORM,
    IMPORT_FORM,
    REMOVE_FORM,
    TRY_FORM,
    submit_add,
    submit_import,
    submit_remove,
    submit_try,
)
from bot.chat.variations import VARIATIONS_FORM, submit_variations

FORMS: Mapping[str, Submit] = {
    APPEAL_FORM: submit_appeal,
    DECISION_FORM: submit_decision,
    ADD_FORM: submit_add,
    IMPORT_FORM: submit_import,
    REMOVE_FORM: submit_remove,
    TRY_FORM: submit_try,
    DELETE_FORM: submit_delete,
    EDIT_FORM: submit_edit,
    EDIT_MESSAGE_FORM: submit_edit_message,
    KEY_FORM: submit_key,
    LADDER_FORM: submit_ladder,
    LIMITS_FORM: submit_limits,
    REJECT_FORM: submit_reject,
    SANCTION_FORM: submit_sanction,
    SETTINGS_FORM: submit_settings,
    PURGE_FORM: submit_purge,
    REPORT_FORM: submit_report,
    VARIATIONS_FORM: submit_variations,
}
"""By the name that begins a modal's `custom_id`. Modals that are open in somebody's client outlast a version."""
