"""What the document on the ledger says of prices is what the catalogue says."""

from bot.domain.catalog import CATALOG, DOLLAR
from bot.domain.cost import OVERRUN
from bot.domain.tokens import DEAREST, LARGEST_GRID, LARGEST_TILING, TEXT_OVERHEAD
from bot.service.estimates import LEAST_SAMPLES, MOST_SAMPLES
from tests.docs.documents import ROOT, rows, section, unquoted

ACCOUNTS = ROOT / "docs" / "accounts.md"


def test_the_prices_by_token_are_those_of_the_catalogue() -> None:
    told = {unquoted(slug)[0]: [int(each) for each in prices] for slug, *prices in rows(section(ACCOUNTS, "Prices"))}
    latest = {slug: model.token_prices[-1] for slug, model in CATALOG.items()}
    assert told == {
        slug: [each // DOLLAR for each in (prices.text_in, prices.pictures_in, prices.out)]
        for slug, prices in latest.items()
    }


def test_the_bounds_are_the_programs() -> None:
    text = " ".join(ACCOUNTS.read_text("utf-8").split())
    assert f"and {TEXT_OVERHEAD} more may be added" in text
    assert f"{LARGEST_GRID:,} tokens each ({LARGEST_TILING} before GPT Image 2)" in text
    assert f"{DEAREST[0]} by {DEAREST[1]} pixels" in text
    assert OVERRUN == 2
    assert "more than twice the hold" in text
    assert f"Once {LEAST_SAMPLES} such jobs" in text
    assert f"half of the latest {MOST_SAMPLES}" in text
