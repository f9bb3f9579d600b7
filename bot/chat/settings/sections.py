"""All that may be set, section by section."""

from bot.chat.settings.channels import CHANNELS
from bot.chat.settings.checks import CHECKS
from bot.chat.settings.choices import CHOICES
from bot.chat.settings.review import REVIEW
from bot.chat.settings.rules import choice
from bot.chat.settings.setting import Section, Setting
from bot.chat.settings.showing import SHOWING
from bot.chat.settings.who import WHO
from bot.chat.words import settings as words

KEEPING = Section(
    "keeping",
    words.keeping_section,
    (choice("retention_days", words.retention_title, (None, 1, 7, 30, 90, 365), words.retention),),
)

REPORTS = Section(
    "reports",
    words.reports_section,
    (
        choice("report_threshold", words.threshold_title, (0, 1, 2, 3, 5, 10), words.threshold),
        choice("automod", words.automod_title, (True, False), lambda yes: words.yes_no(yes=yes)),
    ),
)

SECTIONS: tuple[Section, ...] = (
    WHO,
    CHOICES,
    REVIEW,
    SHOWING,
    CHANNELS,
    KEEPING,
    REPORTS,
    CHECKS,
)
"""In the order in which the panel lists them. What is new is hung in here."""

SETTINGS: dict[str, tuple[Section, Setting]] = {
    setting.key: (section, setting) for section in SECTIONS for setting in section.settings
}
"""By the keys that stand in `custom_id`s."""
