"""SECURITY.md names every parser of what comes from outside, and a test of each."""

import ast
import re
from pathlib import Path

from tests.docs.documents import ROOT, rows, section, unquoted
from tests.fuzz.targets import TARGETS

SECURITY = ROOT / "SECURITY.md"

PARSERS = {
    "loads", "validate_json", "validate_python", "json",
    "parse_qs", "urlsplit", "unquote", "unquote_to_bytes", "URL", "ip_address", "ip_network",
    "fromisoformat", "strptime", "fullmatch", "decode", "b64decode", "urlsafe_b64decode",
    "unpack", "unpack_from", "decompress", "decompressobj", "ImageCmsProfile",
    "Image.open", "re2.compile", "csv.reader", "tomllib.load", "read_text",
}  # fmt: skip
"""Calls that take apart what is handed to them, by the last part of their name, or the last two."""

WRITE_ONLY = {"bot/service/staging.py", "bot/telemetry.py"}
"""Such a call of theirs is a part of how they write."""


def _calls(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id=owner), attr=name)):
                found |= {name, f"{owner}.{name}"}
            case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
                found.add(name)
            case _:
                pass
    return found


def _table() -> list[list[str]]:
    return list(rows(section(SECURITY, "Who can send what to which parser")))


def test_every_module_that_takes_something_apart_is_named() -> None:
    """A new parser needs a row: from whom, within what, and the test that shows it."""
    named = {module for row in _table() for module in unquoted(row[2])}
    modules = (path for path in (ROOT / "bot").rglob("*.py") if "demo" not in path.parts)
    parsing = {str(path.relative_to(ROOT)) for path in modules if _calls(path) & PARSERS} - WRITE_ONLY
    assert parsing <= named


def test_every_row_has_a_test_that_is_there() -> None:
    others = list(rows(section(SECURITY, "What others' words are written into")))
    for row in [*_table(), *others]:
        tests, _, targets = row[-1].partition("fuzz:")
        shown = unquoted(tests)
        assert shown, row
        for each in shown:
            path, _, function = each.partition("::")
            assert re.search(rf"^(async )?def {function}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE), each
        assert set(unquoted(targets)) <= TARGETS.keys(), row


def test_every_target_of_the_fuzzer_is_named() -> None:
    assert TARGETS.keys() == {name for row in _table() for name in unquoted(row[-1].partition("fuzz:")[2])}
