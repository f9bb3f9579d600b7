"""The language that a member is spoken to in: sentences are looked up by gettext, in the member's own locale."""

import gettext as catalogs
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

LOCALES = Path(__file__).with_name("locales")
"""Compiled catalogues: `<language>/LC_MESSAGES/easel.mo`. Where there is none for a language, English is spoken."""

DEFAULT = "en-US"

_locale: ContextVar[str] = ContextVar("locale", default=DEFAULT)


def speak(locale: str) -> None:
    """From here on in this task, speak as Discord spells the locale ("de", "pt-BR")."""
    _locale.set(locale)


@contextmanager
def speaking(locale: str) -> Generator[None]:
    """Speak so within the block."""
    token = _locale.set(locale)
    try:
        yield
    finally:
        _locale.reset(token)


def gettext(message: str) -> str:
    """The message in the language spoken. Placeholders are filled in afterwards, by `str.format`."""
    return _catalog(_locale.get(), LOCALES).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """The form for that number."""
    return _catalog(_locale.get(), LOCALES).ngettext(singular, plural, count)


@cache
def languages(directory: Path = LOCALES) -> tuple[str, ...]:
    """Those that can be spoken, as Discord spells locales: English, and each that there is a catalogue for."""
    found = sorted(each.parent.parent.name.replace("_", "-") for each in directory.glob("*/LC_MESSAGES/easel.mo"))
    return (DEFAULT, *found)


def is_spoken(locale: str) -> bool:
    """Whether there is a catalogue for it. English needs none."""
    return isinstance(_catalog(locale, LOCALES), catalogs.GNUTranslations)


@cache
def _catalog(locale: str, directory: Path) -> catalogs.NullTranslations:
    languages = [locale.replace("-", "_"), locale.partition("-")[0]]
    return catalogs.translation("easel", directory, languages, fallback=True)
