"""Words and phrases as regular expressions, for texts that are folded (`bot.wording.folding`)."""

import re
from dataclasses import dataclass
from itertools import groupby

from bot.wording.folding import SIGNS, STAND_INS, fold_letters, unspaced

_BETWEEN = f"[-{re.escape(SIGNS)}]*"
"""What may stand between the letters of one word."""

_BETWEEN_WORDS = f"[- {re.escape(SIGNS)}]*"

_START = f"(?:^|[- {re.escape(SIGNS)}])"
_END = f"(?:$|[- {re.escape(SIGNS)}])"

_NEVER_DOUBLED = frozenset("ahijkquvwxy")
"""Letters that English writes no two of: where there are, one was meant."""

_IN_WORD = {"@": "a", "$": "s", "!": "i"}

_STAND_IN = re.compile(r"[@$]+(?=\w)|(?<=\w)[@$]+|(?<=\w)!(?=\w)")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as it was written, and the expressions in RE2's syntax of what comes before it, of itself, and of what
    comes after it. One that is no number isn't found in digits and signs alone."""

    written: str
    before: str
    itself: str
    after: str
    number: bool

    @classmethod
    def of(cls, written: str) -> "Phrase | None":
        """None where there is no letter and no digit in it. A phrase is whole words; `*` at an end lets it be a part of
        one there, as in AutoMod."""
        core = written.strip("*").strip()
        words = re.findall(r"[^\W_]+", _STAND_IN.sub(_letters, _fold(core)))
        if not words:
            return None
        first, last = words[0][0], words[-1][-1]
        return cls(
            written,
            before="" if written.startswith("*") or unspaced(first) else _edge(_START, first, before=True),
            itself=_BETWEEN_WORDS.join(_word(each) for each in words),
            after="" if written.endswith("*") or unspaced(last) else _edge(_END, last, before=False),
            number=all(each.isdigit() for each in words),
        )


def _letters(found: re.Match[str]) -> str:
    return "".join(_IN_WORD[each] for each in found[0])


def _fold(text: str) -> str:
    # A capital I among small letters is an l in a text, but an I in what a moderator writes.
    return fold_letters(text.casefold())


def _edge(boundary: str, letter: str, *, before: bool) -> str:
    """Digits may cling to a word that doesn't end in one."""
    if letter.isdigit():
        return boundary
    return f"{boundary}[0-9]*" if before else f"[0-9]*{boundary}"


def _word(word: str) -> str:
    runs = [(letter, len(list(run))) for letter, run in groupby(word)]
    once = _BETWEEN.join(_run(letter, length) for letter, length in runs)
    if all(letter in _NEVER_DOUBLED or letter.isdigit() for letter, _ in runs):
        return once
    doubled = _BETWEEN.join(_times(_class(letter), 2 * length) for letter, length in runs)
    return f"(?:{once}|{doubled})"


def _run(letter: str, length: int) -> str:
    """The letter as often, or stretched: three of it or more, or two of one that nobody doubles."""
    one = _class(letter)
    if letter.isdigit():
        return _times(one, length)
    if letter in _NEVER_DOUBLED or length > 2:
        return f"{_times(one, length)}(?:{_BETWEEN}{one})*"
    return f"(?:{_times(one, length)}|{_times(one, 3)}(?:{_BETWEEN}{one})*)"


def _times(one: str, length: int) -> str:
    return _BETWEEN.join([one] * length)


def _class(letter: str) -> str:
    stand_ins = STAND_INS.get(letter)
    return f"[{letter}{re.escape(stand_ins)}]" if stand_ins else re.escape(letter)
