"""How things are shown: spoilers, the language that all read, the time zone."""

from dataclasses import replace

from discord import ui

from bot.chat.language import languages
from bot.chat.modals import Filled
from bot.chat.settings.rules import choice, one_of_few
from bot.chat.settings.setting import Change, Form, Section, Setting, Shown
from bot.chat.words import settings as words
from bot.domain.moderation import Spoilers
from bot.service.zones import named_zone, zone_of

LONGEST_ZONE = 60
"""Characters of a time zone's name."""

_ZONE = "time_zone"


def set_time_zone(typed: str) -> Change:
    """Raises `UnknownTimeZone`."""
    name = named_zone(typed)
    return lambda policy: replace(policy, time_zone=name)


def _zone_said(shown: Shown) -> str:
    now = shown.studio.clock.now().astimezone(zone_of(shown.policy.time_zone))
    return words.time_zone(shown.policy.time_zone, f"{now:%H:%M}")


def _zone_parts(shown: Shown) -> list[ui.Label[ui.LayoutView]]:
    field: ui.TextInput[ui.LayoutView] = ui.TextInput(
        custom_id=_ZONE,
        default=shown.policy.time_zone,
        max_length=LONGEST_ZONE,
        placeholder=words.time_zone_example(),
    )
    return [ui.Label(text=words.time_zone_title(), component=field)]


def _save_zone(_: Shown, filled: Filled) -> Change:
    return set_time_zone(filled.one(_ZONE) or "")


SHOWING = Section(
    "showing",
    words.showing_section,
    (
        one_of_few(
            "spoilers",
            words.spoilers_title,
            lambda _: tuple(Spoilers),
            lambda _, spoilers: words.spoilers_choice(spoilers.value),
            lambda _: Spoilers.AGE_RESTRICTED,
        ),
        choice(
            "language",
            words.language_title,
            (None, *languages()),
            lambda locale: words.language_name(locale) if locale else words.each_members_own(),
        ),
        Setting(
            key="time_zone",
            title=words.time_zone_title,
            holds=_zone_said,
            control=Form(words.time_zone_label, words.time_zone_title, _zone_parts, _save_zone),
            about=lambda _: words.time_zone_about(),
        ),
    ),
)
