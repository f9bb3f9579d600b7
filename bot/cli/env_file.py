"""`.env`, as it is changed: whole or not at all, for its owner's eyes alone, and with all that it held before."""

import re
from collections.abc import Mapping
from pathlib import Path

from bot.storage.files import written_beside


def values_of(path: Path, names: tuple[str, ...]) -> Mapping[str, str]:
    """Of these settings those that the file gives a value, as they are written there."""
    lines = _lines(path)
    found = {name: _last(lines, _set(name)) for name in names}
    return {name: value for name, match in found.items() if match and (value := match["value"].strip(" \t\"'"))}


def write_values(path: Path, values: Mapping[str, str]) -> None:
    """Set these in the file, and leave every other line as it is. Each takes the place of its last line, else of the
    line that holds it as a comment, as in `.env.example`, else comes at the end.

    Values are plain: letters, digits and what needs no quotes. Raises `OSError`, and then nothing has changed."""
    path = path.resolve()  # what a link leads to is changed, and the link stays
    lines = _lines(path)
    for name, value in values.items():
        line = f"{name}={value}"
        match = _last(lines, _set(name)) or _last(lines, re.compile(rf"#\s*{name}\s*="))
        if match is None:
            lines.append(line)
        else:
            lines[lines.index(match.string)] = line
    with written_beside(path, "".join(f"{each}\n" for each in lines).encode()) as written:
        written.replace(path)


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _set(name: str) -> re.Pattern[str]:
    return re.compile(rf"\s*(export\s+)?{name}\s*=(?P<value>.*)", re.IGNORECASE)


def _last(lines: list[str], pattern: re.Pattern[str]) -> re.Match[str] | None:
    return next((match for line in reversed(lines) if (match := pattern.match(line))), None)
