"""Reports as messages: what there may be of them, and months as they are written."""

from datetime import UTC, datetime

import pytest

from bot.chat.studio_usage import guild_card, month_of
from bot.chat.usage_charts import guild_sketches, member_sketches
from bot.domain.quota import Ceiling, Period, Scope, Unit, span
from bot.service.ports import MemberUsage, Statement, Usage
from bot.service.usage import CeilingUse, Report

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "known"),
    [("2026-11", True), (" 2026-01 ", True), ("2026-12", False), ("2014-12", False), ("2026-13", False),
     ("0001-01", False), ("9999-12", False), ("november", False), ("2026-11-05", False), ("", False)],
)  # fmt: skip
def test_which_months_are_known(written: str, known: bool) -> None:
    assert (month_of(written, NOW.date()) is not None) is known


def a_report(members: int) -> Report:
    """A month with as many members, numbers as long as they get, and every limit."""
    much = Usage(9_999_999, 9_999_999, 9_999_999_990_000)
    month = span(Period.MONTH, NOW)
    statement = Statement(
        month,
        total=much,
        by_day={NOW.date().replace(day=each): much for each in range(1, 31)},
        by_quality=dict.fromkeys(("low", "medium", "high", "xhigh", "max", "auto"), much),
        by_model={"openai/gpt-image-2": much},
        by_member=[MemberUsage(2**62 + each or None, much) for each in range(members)] + [MemberUsage(None, much)],
    )
    ceilings = [
        CeilingUse(Ceiling(scope, period, unit, much.amount, span(period, NOW)), much.amount)
        for scope in Scope
        for period in Period
        for unit in Unit
    ]
    return Report(UTC, NOW, statement, much, much, tuple(ceilings))


def test_whatever_there_is_fits_into_a_message() -> None:
    report = a_report(2_000)
    view = guild_card(report)
    assert view.content_length() <= 4_000
    for sketch in (*guild_sketches(report, {}), *member_sketches(report, own=True)):
        assert len(sketch.description) <= 1_024
        assert max(len(panel.bars) for panel in sketch.chart.panels) <= 31
