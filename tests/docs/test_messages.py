"""The catalogues for translators: they hold every sentence, translated whole, and are in what is installed."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from zipfile import ZipFile

import pytest
from babel.messages.catalog import Message

from bot.chat.language import LOCALES, gettext, ngettext, speaking
from tests.docs.documents import ROOT
from tests.docs.messages import (
    TEMPLATE,
    catalogues,
    compiled,
    forms,
    is_translated,
    messages,
    read,
    template,
    text_of,
    updated,
)

languages = pytest.mark.parametrize("language", list(catalogues()))

_MARKS = re.compile(r"\{[^}]*\}|`[^`]*`|<[^>]*>|\*\*|^#+ |^-# |\]\(|\n", re.MULTILINE)
"""What a translation keeps as it is: placeholders, commands, Discord's timestamps and mentions, markdown."""


def test_the_template_holds_what_the_program_says() -> None:
    assert TEMPLATE.read_text("utf-8") == text_of(template()), "make messages"


def test_there_is_a_language_beside_english() -> None:
    assert "de" in catalogues()


@languages
def test_a_language_is_translated_whole(language: str) -> None:
    path = catalogues()[language]
    catalog = updated(language, path)
    missing = [forms(each.id)[0] for each in messages(catalog) if not is_translated(each)]
    assert missing == [], "make messages"
    assert path.read_text("utf-8") == text_of(catalog), "make messages"


@languages
def test_a_translation_keeps_placeholders_and_marks(language: str) -> None:
    wrong = [each.id for each in messages(read(language, catalogues()[language])) if not _keeps_marks(each)]
    assert wrong == []


@languages
def test_what_is_read_is_what_was_translated(language: str) -> None:
    path = catalogues()[language]
    assert path.with_suffix(".mo").read_bytes() == compiled(read(language, path)), "make messages"
    with speaking(language.replace("_", "-")):
        for message in messages(read(language, path)):
            singular, *plural = forms(message.id)
            read_as = ngettext(singular, plural[0], 1) if plural else gettext(singular)
            assert read_as == forms(message.string)[0]


@pytest.mark.parametrize(
    ("locale", "said"), [("de", "Löschen"), ("en-GB", "Delete"), ("xx", "Delete"), ("de-AT", "Löschen")]
)
def test_a_language_without_a_catalogue_is_english_and_a_region_speaks_as_its_language(locale: str, said: str) -> None:
    with speaking(locale):
        assert gettext("Delete") == said


def test_the_wheel_brings_the_catalogues(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("*.whl")
    with ZipFile(wheel) as files:
        brought = {each for each in files.namelist() if each.endswith(".mo")}
    there = {path.with_suffix(".mo").relative_to(ROOT).as_posix() for path in catalogues().values()}
    assert brought == there
    assert all(each.startswith(LOCALES.relative_to(ROOT).as_posix()) for each in brought)


def _keeps_marks(message: Message) -> bool:
    *_, plural = forms(message.id)
    *others, last = forms(message.string)
    if _marks(last) != _marks(plural):
        return False
    # A form for one may say "a picture" instead of "1 picture".
    return all(_marks(each) <= _marks(plural) and (_marks(plural) - _marks(each)).total() <= 1 for each in others)


def _marks(text: str) -> Counter[str]:
    return Counter(_MARKS.findall(text))
