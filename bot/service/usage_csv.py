"""The ledger as CSV. docs/usage-csv.md describes the columns."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from types import MappingProxyType

from bot.domain.catalog import DOLLAR, MicroDollars
from bot.domain.ledger import LedgerEntry
from bot.service.csv_table import Column, csv_moment, csv_table


def _dollars(amount: MicroDollars) -> str:
    """Exact, as no binary fraction would be."""
    return f"{amount // DOLLAR}.{amount % DOLLAR:06}"


COLUMNS: Mapping[str, Column[LedgerEntry]] = MappingProxyType(
    {
        "at": lambda entry: csv_moment(entry.at),
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


def csv_lines(entries: AsyncIterator[LedgerEntry]) -> AsyncGenerator[str]:
    """The columns' names, then an entry a line, each with its line end."""
    return csv_table(COLUMNS, entries)
