"""docs/usage-csv.md describes the file that is written."""

from bot.domain.ledger import EntryKind
from bot.service.usage_csv import COLUMNS
from tests.docs.documents import ROOT, code, rows, section, unquoted

DOCUMENT = ROOT / "docs" / "usage-csv.md"


def test_every_column_is_described_in_its_place() -> None:
    assert [unquoted(cells[0])[0] for cells in rows(section(DOCUMENT, "Columns"))] == list(COLUMNS)


def test_every_kind_of_entry_is_described() -> None:
    assert {each.value for each in EntryKind} <= set(code(DOCUMENT).splitlines())
