"""No sentence for members is written outside `bot/chat/words/`, and none there that translators would not find."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.documents import ROOT

CHAT = ROOT / "bot" / "chat"

FOR_OPERATORS = {"announcer.py", "client.py", "gateway.py", "operator_channel.py"}
"""They put words into the log, errors and the operator's channel. What they show to members comes from the cards."""

SHOWN = {"content", "description", "label", "placeholder", "text", "title"}
"""Parameters of Discord's whose value members read, be it but one word."""

_WORDS = re.compile(r"[^\W\d_]{2,}\W* \W*[^\W\d_]{2,}")


LOOKED_UP = {"_", "ngettext"}


def slips(source: str) -> Iterator[str]:
    """Literals that a member may come to read: of two words and more anywhere but in docstrings, errors and the log,
    and of any length where Discord shows them. Those that are looked up in a catalogue are none."""
    tree = ast.parse(source)
    passed_over: set[ast.AST] = set()
    for node in ast.walk(tree):
        if _is_unseen(node):
            passed_over.update(ast.walk(node))
        if isinstance(node, ast.keyword) and node.arg in SHOWN:
            yield from (each for each in _literals(node.value) if re.search(r"[^\W\d_]", each))
    for node in ast.walk(tree):
        if node not in passed_over and isinstance(node, ast.Constant):
            yield from (each for each in _literals(node) if _WORDS.search(each))


def _is_unseen(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()) | ast.Raise() | ast.Assert():
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="_log"))):
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name == "cast" or name in LOOKED_UP
        case ast.keyword(arg="what") | ast.Assign(targets=[ast.Name(id="what")]):  # of `answer_failure`, for the log
            return True
        case ast.Assign(targets=[ast.Name(id="what")]):  # of a `PanelItem`, for the same
            return True
        case _:
            return False


def _literals(node: ast.expr) -> Iterator[str]:
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return (each.value for each in parts if isinstance(each, ast.Constant) and isinstance(each.value, str))


def lookups(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in LOOKED_UP:
            yield node


MODULES = [path for path in sorted(CHAT.glob("*.py")) if path.name not in FOR_OPERATORS]
WORDS = sorted((CHAT / "words").glob("*.py"))
modules = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
words = pytest.mark.parametrize("path", WORDS, ids=lambda path: path.name)


@modules
def test_a_module_writes_no_sentence_of_its_own(path: Path) -> None:
    source = path.read_text("utf-8")
    assert [*slips(source)] == []
    assert not any(lookups(ast.parse(source)))


@words
def test_a_module_of_words_has_each_looked_up(path: Path) -> None:
    assert [*slips(path.read_text("utf-8"))] == []


@words
def test_words_are_looked_up_when_they_are_shown(path: Path) -> None:
    """When a module is imported, nobody's language is spoken."""
    tree = ast.parse(path.read_text("utf-8"))
    within = {call for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) for call in lookups(node)}
    assert {*lookups(tree)} == within


@pytest.mark.parametrize(
    "source",
    [
        'await whisper(interaction, "Not for you.")',
        'card(WORKING, f"Painting with {model}, please wait")',
        'ui.Button(label="Delete")',
        'ui.Select(placeholder=f"Quality {quality}")',
    ],
)
def test_a_slip_is_found(source: str) -> None:
    assert [*slips(source)]
