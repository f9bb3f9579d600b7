"""Tables as CSV (RFC 4180), for spreadsheets."""

import csv
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import TypeAlias, TypeVar

_T = TypeVar("_T")

Column: TypeAlias = Callable[[_T], str | int | None]
"""What a column says of a row; None is an empty cell."""

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def csv_table(columns: Mapping[str, Column[_T]], rows: AsyncIterator[_T]) -> AsyncGenerator[str]:
    """The columns' names, then a row a line, each with its line end."""
    yield _line(columns)
    async for row in rows:
        yield _line(_cell(say(row)) for say in columns.values())


def csv_moment(at: datetime) -> str:
    """In UTC: "2026-11-23 12:00:00"."""
    return at.astimezone(UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")


def _cell(value: str | int | None) -> str | int | None:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_FORMULA) else value


def _line(cells: Iterable[object]) -> str:
    output = StringIO()
    csv.writer(output).writerow(cells)
    return output.getvalue()
