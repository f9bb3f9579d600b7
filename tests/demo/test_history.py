"""The invented month of `--history`, on whichever day it is opened."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.history import invented

MEMBERS = 17


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 11, 23, 15, 7, tzinfo=UTC),
        datetime(2026, 11, 1, 0, 2, tzinfo=UTC),
        datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC),
        datetime(2028, 2, 29, 12, tzinfo=UTC),
    ],
)
def test_there_is_a_month_of_use_of_every_kind(now: datetime) -> None:
    asked = [*invented(now, MEMBERS)]
    assert asked == [*invented(now, MEMBERS)], "the same each time"
    times = [each.at for each in asked]
    assert times == sorted(times)
    assert times[-1] < now, "nobody asks in the future"
    assert now - times[0] > timedelta(days=29)
    assert len({each.by for each in asked}) > 10
    assert {each.by for each in asked} <= set(range(MEMBERS))
    assert {each.quality for each in asked} == {"low", "medium", "high"}
    assert len({type(each.failure) for each in asked}) == 3, "done, refused, canceled"
    assert [each.granted for each in asked].count(True) == 1
