"""What prompts may not say in a guild: words, phrases and patterns, as its moderators wrote them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WordRules:
    """`phrases` are words or phrases, `patterns` regular expressions in RE2's syntax."""

    phrases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()
