"""docs/moderation.md describes the file of the log that is written."""

from bot.service.trail_csv import COLUMNS
from tests.docs.documents import ROOT, rows, section, unquoted

DOCUMENT = ROOT / "docs" / "moderation.md"


def test_every_column_is_described_in_its_place() -> None:
    described = [name for cells in rows(section(DOCUMENT, "The log")) for name in unquoted(cells[0])]
    assert described[-len(COLUMNS) :] == list(COLUMNS)
