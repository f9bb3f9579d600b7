"""What the Dockerfile says, and what .dockerignore lets it have."""

import re
from collections.abc import Iterable

from tests.docs.documents import ROOT

Instruction = tuple[str, str]
"""Its name and its arguments, on one line."""


def stages() -> list[list[Instruction]]:
    """The instructions of each stage, its FROM first."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = (line.split(maxsplit=1) for line in text.replace("\\\n", " ").splitlines() if line.strip())
    found: list[list[Instruction]] = []
    for name, arguments in lines:
        if name == "FROM":
            found.append([])
        found[-1].append((name, " ".join(arguments.split())))
    return found


def arguments(stage: Iterable[Instruction], name: str) -> list[str]:
    return [given for each, given in stage if each == name]


def pairs(stage: Iterable[Instruction], name: str) -> dict[str, str]:
    """What ENV or LABEL set."""
    found = re.findall(r'([\w.]+)=(?:"([^"]*)"|(\S+))', " ".join(arguments(stage, name)))
    return {key: quoted or plain for key, quoted, plain in found}


def sent(paths: Iterable[str]) -> set[str]:
    """Those of the paths that are sent to the engine: the last pattern that matches one, or a directory it is in,
    decides."""
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    rules = [(line[0] != "!", _pattern(line.lstrip("!"))) for line in lines if line and line[0] != "#"]
    ignored = {path: [out for out, pattern in rules if pattern.match(path)] for path in paths}
    return {path for path, decisions in ignored.items() if not decisions or not decisions[-1]}


def _pattern(rule: str) -> re.Pattern[str]:
    parts = (re.escape(part).replace(r"\*", "[^/]*") for part in rule.removeprefix("**/").split("/"))
    return re.compile(f"{'(?:.*/)?' if rule.startswith('**/') else ''}{'/'.join(parts)}(?:/|$)")
