"""Members' text in the one font that charts have."""

import unicodedata
from collections.abc import Container, Iterator

_MOST_MARKS = 2
"""Combining marks on one letter: more of them climb over their neighbours."""


def drawable(text: str, known: Container[int], instead: str = "") -> str:
    """The text as a font of these code points can draw it: in one line, without what steers the direction of others'
    text, without signs that the font lacks. `instead`, where it lacks a letter or nothing readable is left."""
    letters = "".join(_calm(unicodedata.normalize("NFKC", text)))
    if any(ord(each) not in known for each in letters if each.isalnum()):
        return instead
    drawn = " ".join("".join(each for each in letters if ord(each) in known).split())
    return drawn if any(each.isalnum() for each in drawn) else instead


def _calm(text: str) -> Iterator[str]:
    marks = 0
    for each in text:
        kind = unicodedata.category(each)
        marks = marks + 1 if kind.startswith("M") else 0
        if each.isspace():
            yield " "
        elif not kind.startswith("C") and marks <= _MOST_MARKS:
            yield each
