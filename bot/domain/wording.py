"""What prompts may not say in a guild: words, phrases and patterns, as its moderators wrote them."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.errors import BadWord, TooManyWords

MOST_PHRASES = 1_000
"""Of a guild's own list, exceptions among them; as many as one AutoMod rule of Discord's takes."""

MOST_PATTERNS = 50

LONGEST_PHRASE = 60
"""Characters, as in AutoMod."""

LONGEST_PATTERN = 260


class Source(StrEnum):
    """Whose rule it is that something may not be said."""

    WORDS = "words"  # the guild's list in Easel
    AUTOMOD = "automod"  # a rule of the guild's AutoMod at Discord


@dataclass(frozen=True, slots=True)
class WordRules:
    """`phrases` are words or phrases, whole ones unless `*` stands at an end; `patterns` regular expressions in RE2's
    syntax; what falls within one of the `allowed` phrases is no find."""

    phrases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
    allowed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.phrases or self.patterns)

    @classmethod
    def of_lines(cls, text: str) -> "WordRules":
        """A list as moderators write it, an entry a line: `/…/` is a pattern, `+…` an exception, all else a phrase.

        Raises `BadWord` for an entry that is too long, `TooManyWords` for too many of them.
        """
        phrases: dict[str, None] = {}
        patterns: dict[str, None] = {}
        allowed: dict[str, None] = {}
        for line, written in enumerate(text.splitlines(), start=1):
            entry = " ".join(written.split())
            if len(entry) > 2 and entry.startswith("/") and entry.endswith("/"):
                pattern = written.strip()[1:-1]
                _check_length(line, pattern, LONGEST_PATTERN)
                patterns[pattern] = None
            elif entry:
                _check_length(line, entry, LONGEST_PHRASE)
                into, phrase = (allowed, entry[1:].strip()) if entry.startswith("+") else (phrases, entry)
                into[phrase] = None
        rules = cls(tuple(phrases), tuple(patterns), tuple(allowed))
        rules.check_size()
        return rules

    def lines(self) -> tuple[str, ...]:
        """What `of_lines` reads."""
        return (*self.phrases, *(f"+{each}" for each in self.allowed), *(f"/{each}/" for each in self.patterns))

    def check_size(self) -> None:
        """Raise `TooManyWords` where there are more than are kept."""
        if len(self.phrases) + len(self.allowed) > MOST_PHRASES:
            raise TooManyWords("phrases", MOST_PHRASES)
        if len(self.patterns) > MOST_PATTERNS:
            raise TooManyWords("patterns", MOST_PATTERNS)

    def with_all(self, others: "WordRules") -> "WordRules":
        """These and the others, none twice."""
        return WordRules(
            _joined(self.phrases, others.phrases),
            _joined(self.patterns, others.patterns),
            _joined(self.allowed, others.allowed),
        )

    def without(self, others: "WordRules") -> "WordRules":
        """These but for the others; of words the case makes no difference."""
        return WordRules(
            _less(self.phrases, others.phrases),
            tuple(each for each in self.patterns if each not in others.patterns),
            _less(self.allowed, others.allowed),
        )


@dataclass(frozen=True, slots=True)
class AutoModRule:
    """A keyword rule of a guild's AutoMod at Discord."""

    name: str
    words: WordRules
    exempt_role_ids: frozenset[int] = frozenset()
    exempt_channel_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Found:
    """Something in a text that may not be said. `entry` is the phrase or pattern as it was written, in slashes where it
    is a pattern."""

    source: Source
    entry: str
    rule: str = ""  # the name of the AutoMod rule


def _check_length(line: int, entry: str, limit: int) -> None:
    if len(entry) > limit:
        raise BadWord(line, f"{entry[:limit]}…", "too_long", str(limit))


def _joined(first: Iterable[str], second: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))


def _less(kept: Iterable[str], gone: Iterable[str]) -> tuple[str, ...]:
    folded = {each.casefold() for each in gone}
    return tuple(each for each in kept if each.casefold() not in folded)
