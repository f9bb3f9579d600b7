"""Ways to write a word are caught, and words beside it are not. The corpora are one case a line: an entry of a list, a
bar, and a text, in which a backslash begins an escape of Python's."""

import re
from pathlib import Path

import pytest

from bot.domain.wording import WordRules
from bot.wording.rules import compiled


def _cases(name: str) -> list[tuple[str, str]]:
    lines = (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()
    return [(entry, _unescaped(text)) for entry, _, text in (line.partition("|") for line in lines)]


def _unescaped(text: str) -> str:
    return re.sub(
        r"\\(?:[nt]|u[0-9a-f]{4}|U[0-9a-f]{8})", lambda found: found[0].encode().decode("unicode-escape"), text
    )


BLOCKED, INNOCENT = _cases("blocked.txt"), _cases("innocent.txt")


def _found(entry: str, text: str) -> bool:
    return compiled(WordRules((entry,))).find(text) is not None


def test_every_way_to_write_a_word_is_caught() -> None:
    assert len(BLOCKED) > 100
    assert [case for case in BLOCKED if not _found(*case)] == []


def test_no_innocent_neighbour_is_caught() -> None:
    assert len(INNOCENT) > 100
    assert [case for case in INNOCENT if _found(*case)] == []


@pytest.mark.parametrize("cases", [BLOCKED, INNOCENT], ids=["blocked", "innocent"])
def test_it_is_the_same_in_the_midst_of_a_prompt(cases: list[tuple[str, str]]) -> None:
    differing = [
        (entry, text)
        for entry, text in cases
        if _found(entry, f"An oil painting: {text}, at dawn, 35mm") != _found(entry, text)
    ]
    assert differing == []


def test_a_list_of_all_finds_what_each_alone_does() -> None:
    everything = compiled(WordRules(tuple(dict.fromkeys(entry for entry, _ in BLOCKED))))
    assert [text for _, text in BLOCKED if everything.find(text) is None] == []
