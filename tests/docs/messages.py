"""The catalogues that translators fill in, made from the sentences in `bot/chat/`. To bring them up to date, compile
them and see what is untranslated: `make messages`, with `LANGUAGE=fr` to begin one."""

import re
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from bot.chat.language import LOCALES
from tests.docs.documents import ROOT

TEMPLATE = LOCALES / "easel.pot"

_KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
_HEADER = "# Easel's sentences for members. docs/translating.md tells how to translate them.\n#"

_LEFT_OUT = re.compile(
    r'^"(?:Project-Id-Version|POT-Creation-Date|PO-Revision-Date|Generated-By|Last-Translator|Language-Team'
    r"|Report-Msgid-Bugs-To):.*\n",
    re.MULTILINE,
)
"""Of the header: what would change with each run, and what version control knows better."""


def template() -> Catalog:
    """Every sentence of the program as it is, with the modules it stands in."""
    catalog = Catalog(header_comment=_HEADER, charset="utf-8", fuzzy=False)
    for path in sorted((ROOT / "bot" / "chat").rglob("*.py")):
        place = path.relative_to(ROOT).as_posix()
        for _, message, comments, _ in extract_from_file(
            "python", path, _KEYWORDS, comment_tags=("Translators:",), strip_comment_tags=True
        ):
            catalog.add(message, locations=[(place, 0)], auto_comments=comments)
    return catalog


def catalogues() -> dict[str, Path]:
    """The catalogue of each language, as translators edit it."""
    return {path.parent.parent.name: path for path in sorted(LOCALES.glob("*/LC_MESSAGES/easel.po"))}


def read(language: str, path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str, path: Path) -> Catalog:
    """The catalogue with what the program says now; a sentence that has changed is to be translated anew."""
    catalog = read(language, path) if path.exists() else Catalog(locale=language, charset="utf-8")
    catalog.header_comment, catalog.fuzzy = _HEADER, False
    catalog.update(template(), no_fuzzy_matching=True)
    return catalog


def text_of(catalog: Catalog) -> str:
    """As a .po file, which is the same for the same sentences."""
    output = BytesIO()
    write_po(output, catalog, width=100, include_lineno=False, ignore_obsolete=True, sort_by_file=True)
    return _LEFT_OUT.sub("", output.getvalue().decode())


def compiled(catalog: Catalog) -> bytes:
    """As the .mo file that the program reads, which is the same for the same sentences."""
    catalog.creation_date = catalog.revision_date = datetime.fromtimestamp(0, UTC)
    output = BytesIO()
    write_mo(output, catalog)
    return output.getvalue()


def messages(catalog: Catalog) -> Iterator[Message]:
    """Without the header."""
    return (message for message in catalog if message.id)


def forms(text: str | Sequence[str] | None) -> tuple[str, ...]:
    """The forms of a sentence: several where it counts something."""
    return (text,) if isinstance(text, str) else tuple(text or ())


def is_translated(message: Message) -> bool:
    return bool(message.string) and all(forms(message.string)) and not message.fuzzy


def main(*languages: str) -> None:
    LOCALES.mkdir(exist_ok=True)
    TEMPLATE.write_text(text_of(template()), "utf-8")
    paths = catalogues() | {each: LOCALES / each / "LC_MESSAGES" / "easel.po" for each in languages}
    for language, path in paths.items():
        catalog = updated(language, path)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text_of(catalog), "utf-8")
        path.with_suffix(".mo").write_bytes(compiled(read(language, path)))
        missing = [message for message in messages(catalog) if not is_translated(message)]
        print(f"{language}: {len(missing)} of {len(catalog)} to translate in {path.relative_to(ROOT)}")
        for message in missing:
            print(f"  {forms(message.id)[0]}")


if __name__ == "__main__":
    main(*sys.argv[1:])
