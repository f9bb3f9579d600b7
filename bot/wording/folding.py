"""Texts and letters without their disguises: one form for all the ways to write the same.

What can be told for sure is folded: compatibility forms, case, diacritics, invisible characters, letters of other
scripts that look like Latin ones (Unicode's confusables), and the spaces between letters that are spelled out. What may
be one thing or another (`1` is an i, an l or a one) stays in the text, and `stand_ins` tells what may stand for what.
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from confusable_homoglyphs import confusables

STAND_INS: Mapping[str, str] = {
    "a": "@4*",
    "b": "86",
    "c": "(<",
    "e": "3*",
    "g": "96",
    "h": "#",
    "i": "1!|*",
    "l": "1|",
    "o": "0*",
    "s": "5$",
    "t": "7+",
    "u": "*",
    "z": "2",
}
"""What may stand for a letter without looking like nothing else; an asterisk bleeps a vowel out."""

SIGNS = "".join(sorted({sign for each in STAND_INS.values() for sign in each if not sign.isdigit()}))
"""All signs among them. Of the others, a folded text has hyphens alone."""

_UNSPACED = (
    "\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u2e80-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af"
)
"""The letters of scripts that put no spaces between words: Thai, Lao, Tibetan, Burmese, Khmer, Chinese, Japanese."""

_SCRIPT_ENDS = re.compile(rf"(?<=[{_UNSPACED}])(?=[^\W{_UNSPACED}])|(?<=[^\W{_UNSPACED}])(?=[{_UNSPACED}])")

_SIGNS: Mapping[str, str] = {
    "æ": "ae",
    "œ": "oe",
    "€": "e",
    "£": "l",
    "¢": "c",
    "©": "c",
    "®": "r",
    "¥": "y",
    "§": "s",
    "†": "t",
    "×": "x",
    "¡": "i",
    "µ": "u",
    "🅱": "b",
    "🅰": "a",
    "🅾": "o",
    "🅿": "p",
}

_LOOKALIKE_SCRIPTS = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "LATIN", "COPTIC", "LISU", "DESERET", "MATHEMATICAL")
"""The scripts whose letters are taken for Latin ones. In others they hardly mix, and make words of their own."""

_LATIN = re.compile(
    r"(?:LATIN (?:SMALL |CAPITAL )?(?:LETTER )?(?:SMALL CAPITAL )?|MODIFIER LETTER (?:SMALL|CAPITAL) |"
    r"(?:NEGATIVE )?(?:CIRCLED|SQUARED) LATIN CAPITAL LETTER |REGIONAL INDICATOR SYMBOL LETTER )"
    r"(?P<letter>[A-Z])(?: WITH .*)?"
)

_DIACRITICS = ((0x0300, 0x036F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F))
"""Blocks of marks that stand on letters of any script. The marks of single scripts are vowels, and stay."""

_INVISIBLE = (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10))

_PART = re.compile(rf"[^ \-{re.escape(SIGNS)}]+|[{re.escape(SIGNS)}]")

_CAPITAL_I = re.compile(r"(?<=[a-z])I+")
"""After small letters it is one more l."""

_CONTRACTION = re.compile(r"(?<=\w)['’ʼ](?=(?:d|ll|m|re|s|t|ve)\b)", re.IGNORECASE)
"""The apostrophe in "he'll": what is before and after it are words of their own."""


def fold(text: str) -> str:
    """The text as phrases are looked for in it: letters and digits, spaces, and signs, of which all are hyphens but
    those that may stand for letters. Letters that were spelled out are joined by hyphens."""
    text = _CONTRACTION.sub(" ", _CAPITAL_I.sub(lambda found: "1" * len(found[0]), text))
    folded = fold_letters(text)
    if not folded.isascii():
        folded = _SCRIPT_ENDS.sub("-", folded)
    return _join_spelled(folded.translate(_SHAPES))


def fold_letters(text: str) -> str:
    """The text without case, diacritics, invisible characters and lookalikes."""
    if text.isascii():
        return text.casefold()
    text = unicodedata.normalize("NFKD", text.translate(_LOOSE_SIGNS)).translate(_MARKS)
    # Letters are compared in small: what looks alike in capitals alone is the same letter in small, too.
    text = unicodedata.normalize("NFKC", text).casefold().translate(_lookalikes())
    return unicodedata.normalize("NFC", text)


def plain(text: str) -> str:
    """The text without compatibility forms and case, and otherwise as it was written."""
    return unicodedata.normalize("NFKC", text).casefold()


def unspaced(letter: str) -> bool:
    """Whether it is of a script that puts no spaces between words."""
    return _UNSPACED_LETTER.match(letter) is not None


_UNSPACED_LETTER = re.compile(f"[{_UNSPACED}]")


class _Marks(dict[int, str | None]):
    """For `str.translate`, filled as characters are met: no diacritics, nothing invisible but the letters that tags
    hide."""

    def __missing__(self, code: int) -> str | None:
        folded: str | None = chr(code)
        if code in _INVISIBLE or any(first <= code <= last for first, last in _DIACRITICS):
            folded = None
        elif unicodedata.category(chr(code)) == "Cf":
            folded = chr(code - _TAGS) if _TAGS + ord("A") <= code <= _TAGS + ord("z") else None
        self[code] = folded
        return folded


class _Shapes(dict[int, str]):
    """For `str.translate`: letters and digits as they are, all kinds of spaces as one, other signs as hyphens."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character.isspace():
            shape = " "
        elif character in SIGNS or unicodedata.category(character)[0] in "LMN":
            shape = character
        else:
            shape = "-"
        self[code] = shape
        return shape


_TAGS = 0xE0000
_MARKS = _Marks()
_SHAPES = _Shapes()
_LOOSE_SIGNS = str.maketrans(dict(_SIGNS))


@cache
def _lookalikes() -> Mapping[int, str]:
    """The Latin letter that each small letter looks like, in small or as a capital."""
    known = cast("Mapping[str, list[dict[str, Any]]]", confusables.confusables_data)
    table: dict[str, str] = {}
    for character, alike in known.items():
        if len(character) == 1 and not character.isascii() and _of_lookalike_script(character):
            for each in alike:
                if letter := _one_letter(str(each["c"])):
                    table.setdefault(character, letter)
    for letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ":
        for each in known.get(letter, ()):
            character = str(each["c"])
            if len(character) == 1 and not character.isascii() and _of_lookalike_script(character):
                table.setdefault(character, letter.lower())
    for code in (*range(0x80, 0x2E80), *range(0xA640, 0xAC00), *range(0x10780, 0x107C0), *range(0x1F100, 0x1F200)):
        if named := _LATIN.fullmatch(unicodedata.name(chr(code), "")):
            table[chr(code)] = named["letter"].lower()
    for character, letter in list(table.items()):  # where both look like something, the small letter counts
        small = character.casefold()
        if len(small) == 1 and not small.isascii():
            table.setdefault(small, letter)
    return {ord(character): letter for character, letter in table.items()}


def _of_lookalike_script(character: str) -> bool:
    return unicodedata.name(character, "").startswith(_LOOKALIKE_SCRIPTS)


def _one_letter(text: str) -> str | None:
    """The Latin letter that it comes to without marks."""
    letters = [each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each)]
    return letters[0].lower() if len(letters) == 1 and letters[0].isascii() and letters[0].isalpha() else None


def _join_spelled(text: str) -> str:
    """Put hyphens for the spaces between letters that stand alone, three of them or more; one pair of letters may be
    among them. Words of their own keep their spaces, so that nothing arises between innocent neighbours."""
    parts = list(_PART.finditer(text))
    lengths = [len(part[0]) for part in parts]
    pieces: list[str] = []
    done = 0
    for index in range(len(parts) - 1):
        start, end = parts[index].end(), parts[index + 1].start()
        if any(each.isspace() for each in text[start:end]) and _spelled(lengths, index):
            pieces += (text[done:start], "-")
            done = end
    return "".join((*pieces, text[done:])) if pieces else text


def _spelled(lengths: list[int], index: int) -> bool:
    """Whether the parts at `index` and after it belong to one word that is spelled out."""
    left, right = lengths[index], lengths[index + 1]
    before = lengths[index - 1] if index else 0
    after = lengths[index + 2] if index + 2 < len(lengths) else 0
    if left == right == 1:
        return 1 in (before, after) or 2 in (before, after)
    return (left, right) in ((1, 2), (2, 1)) and 1 in (before, after)
