"""The ledger as CSV: what each cell holds, and what a spreadsheet would make of it."""

import csv
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from io import StringIO

import pytest

from bot.domain.ledger import EntryKind, LedgerEntry
from bot.service.usage_csv import csv_lines

ENTRY = LedgerEntry(
    kind=EntryKind.CAPTURE,
    at=datetime(2026, 11, 23, 14, 5, 9, 999_999, tzinfo=timezone(timedelta(hours=2))),
    guild_id=223_456_789_012_345_678,
    person=123_456_789_012_345_678,
    pictures=2,
    amount=1_024_001,
    job_id="0123456789abcdef",
    account="operator",
    channel_id=323_456_789_012_345_678,
    model="openai/gpt-image-2",
    quality="high",
    grant_id=7,
)


async def text(*entries: LedgerEntry) -> str:
    async def read() -> AsyncIterator[LedgerEntry]:
        for each in entries:
            yield each

    return "".join([line async for line in csv_lines(read())])


async def test_an_entry_is_a_line_below_the_names() -> None:
    assert await text(ENTRY) == (
        "at,kind,job,guild,channel,member,model,quality,pictures,amount_usd,account,grant\r\n"
        "2026-11-23 12:05:09,capture,0123456789abcdef,223456789012345678,323456789012345678,123456789012345678,"
        "openai/gpt-image-2,high,2,1.024001,operator,7\r\n"
    )


async def test_what_is_not_known_is_an_empty_cell() -> None:
    """As where the person was erased."""
    grant = LedgerEntry(EntryKind.GRANT, datetime(2026, 11, 23, tzinfo=UTC), None, None, 20, 0, None, "operator")
    assert (await text(grant)).splitlines()[1] == "2026-11-23 00:00:00,grant,,,,,,,20,0.000000,operator,"


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r"])
async def test_no_text_is_a_formula(begin: str) -> None:
    formula = f'{begin}HYPERLINK("https://example.org", "a,b")'
    [_, row] = csv.reader(StringIO(await text(replace(ENTRY, model=formula, account=formula)), newline=""))
    assert row[6] == row[10] == f"'{formula}"
