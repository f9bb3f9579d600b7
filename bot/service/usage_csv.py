"""The ledger as CSV (RFC 4180). docs/usage-csv.md describes the columns."""

import csv
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime
from io import StringIO
from types import MappingProxyType

from bot.domain.catalog import DOLLAR, MicroDollars
from bot.domain.ledger import LedgerEntry


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")


def _dollars(amount: MicroDollars) -> str:
    """Exact, as no binary fraction would be."""
    return f"{amount // DOLLAR}.{amount % DOLLAR:06}"


COLUMNS: Mapping[str, Callable[[LedgerEntry], str | int | None]] = MappingProxyType(
    {
        "at": lambda entry: _moment(entry.at),
        "kind": lambda entry: entry.kind.value,
        "job": lambda entry: entry.job_id,
        "guild": lambda entry: entry.guild_id,
        "channel": lambda entry: entry.channel_id,
        "member": lambda entry: entry.person,
        "model": lambda entry: entry.model,
        "quality": lambda entry: entry.quality,
        "pictures": lambda entry: entry.pictures,
        "amount_usd": lambda entry: _dollars(entry.amount),
        "account": lambda entry: entry.account,
        "grant": lambda entry: entry.grant_id,
    }
)
"""What each column says of an entry; None is an empty cell."""

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


async def csv_lines(entries: AsyncIterator[LedgerEntry]) -> AsyncGenerator[str]:
    """The columns' names, then an entry a line, each with its line end."""
    yield _line(COLUMNS)
    async for entry in entries:
        yield _line(_cell(say(entry)) for say in COLUMNS.values())


def _cell(value: str | int | None) -> str | int | None:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_BEGINS_FORMULA) else value


def _line(cells: Iterable[object]) -> str:
    output = StringIO()
    csv.writer(output).writerow(cells)
    return output.getvalue()
