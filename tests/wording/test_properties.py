"""Disguises that are laid over one another, and lists that were made to take time."""

import asyncio
import random
import string
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.errors import BadWord, TooManyWords
from bot.domain.wording import LONGEST_PHRASE, MOST_PATTERNS, MOST_PHRASES, WordRules
from bot.wording.rules import Re2Wording, compiled

LONGEST_PROMPT = 32_000
SECONDS = 5.0
"""Within which a prompt is matched on a machine that has other things to do; alone it takes some 0.03."""

INVISIBLE = ("\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f", "\u180e")
MARKS = tuple(chr(code) for code in range(0x0300, 0x0370))
DISGUISES = st.one_of(
    st.tuples(st.just("insert"), st.sampled_from(INVISIBLE + MARKS)),
    st.tuples(st.just("between"), st.sampled_from(("-", ".", "_", "·", "🔥", "~"))),
    st.tuples(st.just("case"), st.just("")),
    st.tuples(st.just("wide"), st.just("")),
    st.tuples(st.just("bold"), st.just("")),
)


def disguised(word: str, disguises: list[tuple[int, tuple[str, str]]]) -> str:
    letters = list(word)
    for place, (kind, what) in disguises:
        at = place % len(word)
        match kind:
            case "insert":
                letters[at] += what
            case "between" if at < len(word) - 1:
                letters[at] += what
            case "case":
                letters[at] = letters[at].upper()
            case "wide" if letters[at] in string.ascii_letters:
                letters[at] = chr(ord(letters[at]) + 0xFEE0)
            case "bold" if letters[at] in string.ascii_lowercase:
                letters[at] = chr(0x1D41A + ord(letters[at]) - ord("a"))
            case _:
                pass
    return "".join(letters)


@settings(max_examples=150, deadline=None)
@given(
    st.text(string.ascii_lowercase, min_size=3, max_size=10),
    st.lists(st.tuples(st.integers(0, 9), DISGUISES), max_size=8),
    st.sampled_from(["{}", "a {} b", "({})!", "x\n{}\ty"]),
)
def test_a_disguise_never_unblocks(word: str, disguises: list[tuple[int, tuple[str, str]]], around: str) -> None:
    text = around.format(disguised(word, disguises))
    assert compiled(WordRules((word,))).find(text) == word
    assert compiled(WordRules((word,))).find(unicodedata.normalize("NFD", text)) == word


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=60), st.text(max_size=40))
def test_whatever_is_written_is_read_and_matched_without_an_error(text: str, phrase: str) -> None:
    compiled(WordRules((phrase,))).find(text)


@settings(max_examples=80, deadline=None)
@given(st.text(max_size=200))
def test_a_list_is_read_back_as_it_was_written(text: str) -> None:
    try:
        rules = WordRules.of_lines(text)
    except (BadWord, TooManyWords):
        return
    assert WordRules.of_lines("\n".join(rules.lines())) == rules


REDOS = (
    "(a+)+$",
    "(a|aa)+$",
    "(a|a?)+$",
    "(.*a){12}$",
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "([a-zA-Z]+)*$x",
    "(x+x+)+y",
    "(?:a?){30}a{30}$",
    "^(\\w+\\s?)*$b",
    "(\\d+(,\\d+)*)+z",
    "(.+)+(.+)+(.+)+q",
    "(a*)*(a*)*(a*)*b",
)


@pytest.mark.parametrize("pattern", REDOS)
async def test_patterns_that_take_for_ever_elsewhere_are_refused_or_harmless(pattern: str) -> None:
    rules = WordRules(patterns=(pattern,))
    try:
        await Re2Wording().check(rules)
    except BadWord:
        return
    for text in ("a" * LONGEST_PROMPT, "x" * LONGEST_PROMPT, "1," * (LONGEST_PROMPT // 2)):
        begun = time.process_time()
        await asyncio.wait_for(Re2Wording().find(f"{text}!", rules), 30)
        assert time.process_time() - begun < SECONDS


async def test_a_full_list_takes_no_time_and_none_of_the_loops() -> None:
    source = random.Random(1)
    phrases = [
        "".join(source.choices(string.ascii_lowercase, k=source.randint(4, 12))) for _ in range(MOST_PHRASES - 20)
    ]
    phrases += ["".join(source.choices("ab ", k=LONGEST_PHRASE - 2)) + f"{n:02}" for n in range(20)]
    patterns = [f"{first}[a-z]+{last}{{1,5}}\\d" for first in "abcdefg" for last in "hijklmn"][:MOST_PATTERNS]
    rules = WordRules(tuple(phrases), tuple(patterns))
    rules.check_size()
    wording = Re2Wording()
    await wording.check(rules)
    await wording.find("warm", rules)
    prompts = (
        "a lighthouse at dusk, oil on canvas; " * 900,
        "a b c d e f g h " * 2_000,
        "ab " * 11_000,
        "455 4$5 " * 4_000,
        "сука блин 猫 " * 3_000,
        "".join(source.choices(string.ascii_lowercase + "    .-1!", k=LONGEST_PROMPT)),
    )
    for prompt in prompts:
        begun = time.process_time()
        await wording.find(prompt[:LONGEST_PROMPT], rules)
        assert time.process_time() - begun < SECONDS, prompt[:20]
