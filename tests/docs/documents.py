"""The project's documents, and what can be picked out of them."""

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]

DOCUMENTS = tuple(
    sorted([ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY")])
    + sorted((ROOT / "docs").rglob("*.md"))
)

_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_RULE = re.compile(r"[|: -]+")  # between a table's head and its body
_LINK = re.compile(r"!?\[[^\]\n]*\]\(([^)\s]+)\)|<(?:img|a)\b[^>]*(?:src|href)=\"([^\"]+)\"")


def name(document: Path) -> str:
    return str(document.relative_to(ROOT))


def code(document: Path) -> str:
    """All code of a document, in blocks and in spans, a line each."""
    text = document.read_text("utf-8")
    return "\n".join([*_FENCE.findall(text), *_SPAN.findall(_FENCE.sub("", text))])


def links(document: Path) -> list[str]:
    """Where its links lead and its pictures are, but for those in code."""
    text = _SPAN.sub("", _FENCE.sub("", document.read_text("utf-8")))
    return [one or other for one, other in _LINK.findall(text)]


def anchors(document: Path) -> set[str]:
    """The names that its headings can be linked to by."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", document.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(document: Path, heading: str) -> str:
    """What stands under a heading, up to the next one of its rank."""
    text = document.read_text("utf-8")
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"{name(document)} has no section {heading!r}"
    rest = text[found.end() :]
    end = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
    return rest[: end.start()] if end else rest


def rows(text: str) -> Iterator[list[str]]:
    """The cells of each row of the tables in a text, without those of their heads."""
    lines = text.splitlines()
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line.startswith("|") or _RULE.fullmatch(line) or _RULE.fullmatch(following):
            continue
        yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def unquoted(cell: str) -> list[str]:
    """The code spans of a cell."""
    return _SPAN.findall(cell)
