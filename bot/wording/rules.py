"""Lists of words, compiled, and looked for in prompts: the adapter of the port `Wording`."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, cast

import re2

from bot.domain.errors import BadWord
from bot.domain.wording import WordRules
from bot.wording.folding import fold, plain
from bot.wording.phrases import Phrase

PHRASES_AT_ONCE = 20
"""That make one expression: more make fewer passes, but states enough to fill what memory an expression has."""

PHRASES_MEMORY = 2 << 20
PATTERN_MEMORY = 1 << 20

MOST_INSTRUCTIONS = 1_000
"""Of one pattern, compiled. A match takes at most so many steps for each byte of a text."""

COMPILED_LISTS = 32
"""That are kept, the latest used: a guild's list, and each rule of its AutoMod, is one."""

_ORDINARY = ("a red fox in the snow", "Ein Haus am See, 1920", "猫", "7!", "PORTRAIT of my dog")
"""What a pattern that matches all of isn't looking for anything."""


_REFUSED = cast("type[Exception]", re2.error)  # pyright: ignore[reportUnknownMemberType] # it has no stubs


class _Match(Protocol):
    def span(self, group: int) -> tuple[int, int]: ...
    def __getitem__(self, group: int) -> bytes: ...


class _Expression(Protocol):
    """One of `google-re2`'s, over UTF-8."""

    programsize: int

    def search(self, text: bytes, pos: int = 0) -> _Match | None: ...


@dataclass(frozen=True, slots=True)
class PromptRules:
    """A list of words, ready to be looked for. `skipped` counts the patterns that RE2 doesn't take."""

    groups: tuple[tuple[_Expression, tuple[Phrase, ...]], ...]  # the expression that finds any of them, and each
    allowed: tuple[Phrase, ...]
    patterns: tuple[tuple[str, _Expression], ...]
    skipped: int = 0

    def find(self, text: str) -> str | None:
        """What of the list the text says, as it was written, a pattern in slashes; None where it says nothing of it."""
        folded = fold(text).encode()
        pardoned: list[tuple[int, int]] | None = None
        for together, phrases in self.groups:
            if together.search(folded) is None:
                continue
            for phrase in phrases:
                for start, end in _spans(phrase, folded):
                    if pardoned is None:
                        pardoned = [span for each in self.allowed for span in _spans(each, folded)]
                    if not any(first <= start and end <= last for first, last in pardoned):
                        return phrase.written
        forms = [form.encode() for form in dict.fromkeys((text, plain(text)))] if self.patterns else []
        for written, pattern in self.patterns:
            if any(pattern.search(form) is not None for form in forms):
                return f"/{written}/"
        return None


class Re2Wording:
    """Matching takes time in proportion to the text, whatever the list says: RE2 doesn't backtrack."""

    async def check(self, rules: WordRules) -> None:
        await asyncio.to_thread(_check, rules)

    async def find(self, text: str, rules: WordRules) -> str | None:
        if not rules:
            return None
        return await asyncio.to_thread(lambda: compiled(rules).find(text))

    async def skipped(self, rules: WordRules) -> int:
        return (await asyncio.to_thread(compiled, rules)).skipped


@lru_cache(COMPILED_LISTS)
def compiled(rules: WordRules) -> PromptRules:
    """Phrases without a letter, and patterns that RE2 doesn't take, are passed over."""
    phrases = [phrase for each in rules.phrases if (phrase := Phrase.of(each))]
    patterns = [(each, made) for each in rules.patterns if (made := _taken(each))]
    return PromptRules(
        groups=tuple(_groups(phrases)),
        allowed=tuple(phrase for each in rules.allowed if (phrase := Phrase.of(each))),
        patterns=tuple(patterns),
        skipped=len(rules.patterns) - len(patterns),
    )


def _groups(phrases: Sequence[Phrase]) -> Iterator[tuple[_Expression, tuple[Phrase, ...]]]:
    for first in range(0, len(phrases), PHRASES_AT_ONCE):
        some = tuple(phrases[first : first + PHRASES_AT_ONCE])
        yield _compile("|".join(f"{each.before}{each.itself}{each.after}" for each in some), PHRASES_MEMORY), some


def _spans(phrase: Phrase, folded: bytes) -> Iterator[tuple[int, int]]:
    """Where in the folded text the phrase is, in bytes."""
    expression = _single(phrase)
    position = 0
    while found := expression.search(folded, position):
        start, position = found.span(1)  # what follows it may be what comes before the next
        if phrase.number or not _number(found[1].decode()):
            yield start, position


def _number(found: str) -> bool:
    """Whether it is one, or a sum of money, and no word in disguise."""
    return any(each.isdigit() for each in found) and not any(each.isalpha() for each in found)


@lru_cache(4_096)
def _single(phrase: Phrase) -> _Expression:
    return _compile(f"{phrase.before}({phrase.itself}){phrase.after}", PHRASES_MEMORY)


def _check(rules: WordRules) -> None:
    written = rules.lines()
    for line, entry in enumerate(written, start=1):
        if line > len(written) - len(rules.patterns):
            _check_pattern(line, entry)
        elif Phrase.of(entry.removeprefix("+")) is None:
            raise BadWord(line, entry, "empty")


def _check_pattern(line: int, entry: str) -> None:
    try:
        made = _compile(entry[1:-1], PATTERN_MEMORY)
    except _REFUSED as error:
        raise BadWord(line, entry, "pattern", _said(error)) from None
    if made.programsize > MOST_INSTRUCTIONS:
        raise BadWord(line, entry, "too_complex")
    if made.search(b"") is not None or all(made.search(each.encode()) for each in _ORDINARY):
        raise BadWord(line, entry, "matches_all")


def _taken(pattern: str) -> _Expression | None:
    """None for one that isn't."""
    try:
        made = _compile(pattern, PATTERN_MEMORY)
    except _REFUSED:
        return None
    return made if made.programsize <= MOST_INSTRUCTIONS else None


def _compile(pattern: str, memory: int) -> _Expression:
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = memory
    options.log_errors = False  # to the process's standard error
    return cast("_Expression", re2.compile(pattern.encode(), options))  # pyright: ignore[reportUnknownMemberType] # it has no stubs


def _said(error: Exception) -> str:
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)
