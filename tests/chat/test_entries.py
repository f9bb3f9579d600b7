"""What moderators enter as text is read strictly, in their language and in English."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.chat.entries import (
    LONGEST_ENTRY,
    amount_text,
    day_suggestions,
    pause_text,
    pictures_text,
    read_amount,
    read_end,
    read_pause,
    read_pictures,
)
from bot.chat.language import speaking
from bot.domain.errors import BadEntry, EndPassed, EndTooFar
from bot.domain.quota import UNLIMITED

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)  # a Wednesday, and Thursday in Berlin


@pytest.fixture(autouse=True)
def _env() -> None:
    """Nothing here needs a room."""


def readings(read: Callable[[str], object], texts: str) -> list[object]:
    """What each of the texts, with bars between them, is read as; "bad" where it can't be."""

    def reading(text: str) -> object:
        try:
            return read(text)
        except BadEntry:
            return "bad"

    return [reading(each) for each in texts.split("|")]


def test_pictures_sums_and_pauses() -> None:
    numbers = "50|0| 7 |1000000|UNLIMITED|no limit||1000001|-1|1.5|1,000|٣|1e3|50 pictures|unbegrenzt"
    assert readings(read_pictures, numbers) == [50, 0, 7, 1_000_000, UNLIMITED, UNLIMITED, None, *["bad"] * 8]
    sums = "2.50|$2.50|2,5 $|$ 3|0|0.01|1000000.00|unlimited| |2.505|1,000|1.000,00|-1|€2|$|.5|2.|١"
    assert readings(read_amount, sums) == [
        *(2_500_000, 2_500_000, 2_500_000, 3_000_000, 0, 10_000, 1_000_000_000_000, UNLIMITED, None),
        *["bad"] * 9,
    ]
    pauses = "90s|10 min|1h|2 Hours|7d|0|none|no pause|unlimited||90|8d|1.5h|h|10 lightyears|-1s"
    assert readings(read_pause, pauses) == [90, 600, 3_600, 7_200, 604_800, 0, 0, 0, 0, None, *["bad"] * 6]


def test_the_members_language_and_english_are_understood() -> None:
    with speaking("de"):
        numbers = "unbegrenzt|unlimited|kein Limit"
        assert readings(read_pictures, numbers) == [UNLIMITED, UNLIMITED, UNLIMITED]
        assert readings(read_pause, "2 Minuten|1 Std.|keine|none") == [120, 3_600, 0, 0]
        assert read_end("Sonntag", NOW, BERLIN) == read_end("sunday", NOW, BERLIN)
        assert read_end("3 Tage", NOW, UTC) == read_end("3 days", NOW, UTC)
        assert read_end("morgen", NOW, UTC) == read_end("tomorrow", NOW, UTC)


def test_what_is_written_into_a_form_is_read_as_it_was() -> None:
    for locale in ("en-US", "de"):
        with speaking(locale):
            for value in (None, 0, 1, 60, 3_600, 5_400, 1_000_000, UNLIMITED):
                assert read_pictures(pictures_text(value)) == value
                assert read_amount(amount_text(value and value * 10_000)) == (value and min(value * 10_000, UNLIMITED))
                assert len(pictures_text(value)) <= LONGEST_ENTRY
            for seconds in (None, 0, 1, 90, 600, 3_600, 5_400, 604_800):
                assert read_pause(pause_text(seconds)) == seconds


def test_ends() -> None:
    midnight = datetime(2026, 11, 19, 23, tzinfo=UTC)  # the end of Thursday, there
    days = timedelta(days=1)
    ends = {
        "12h": NOW + timedelta(hours=12),
        "3d": NOW + 3 * days,
        "1 week": NOW + 7 * days,
        "today": midnight,
        "2026-11-19": midnight,
        "19.11.": midnight,
        "19.11.2026": midnight,
        "Thursday": midnight,
        "tomorrow": midnight + days,
        "sunday": midnight + 3 * days,
        "Wednesday": midnight + 6 * days,
        "24.12.": datetime(2026, 12, 24, 23, tzinfo=UTC),
        "18. 11.": datetime(2027, 11, 18, 23, tzinfo=UTC),  # which was yesterday
        "2027-03-28": datetime(2027, 3, 28, 22, tzinfo=UTC),  # clocks go forward
        "366d": NOW + 366 * days,
    }
    for text, end in ends.items():
        assert read_end(text, NOW, BERLIN) == end, text
    for text in ("", "3", "d", "soon", "2026-13-01", "31.2.", "29.02.2027", "12/24/2026", "1.1.0000", "٣d"):
        with pytest.raises(BadEntry):
            read_end(text, NOW, BERLIN)
    for text in ("2026-11-18", "18.11.2026", "0001-01-01", "0h"):
        with pytest.raises(EndPassed):
            read_end(text, NOW, BERLIN)
    for text in ("367d", "9999-12-31", "999999 weeks", "2028-01-01"):
        with pytest.raises(EndTooFar):
            read_end(text, NOW, BERLIN)
    assert read_end("29.2.", datetime(2027, 12, 1, tzinfo=UTC), UTC) == datetime(2028, 3, 1, tzinfo=UTC)


def test_every_suggestion_is_an_end_and_what_is_typed_narrows_them() -> None:
    for locale in ("en-US", "de"):
        with speaking(locale):
            suggested = day_suggestions("", NOW, BERLIN)
            assert 10 < len(suggested) <= 25
            assert all(read_end(entry, NOW, BERLIN) > NOW for _, entry in suggested)
            assert all(read_end(typed.partition(",")[0], NOW, BERLIN) for typed, _ in suggested[:8])
    assert day_suggestions("sun", NOW, BERLIN) == [("Sunday, 2026-11-22", "2026-11-22")]
    assert ("for 3 days", "3d") in day_suggestions("3", NOW, BERLIN)
