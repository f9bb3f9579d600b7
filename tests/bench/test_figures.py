"""What a figure of a benchmark says of itself."""

import pytest

from bench.figures import Aim, Figure, markdown, percentile


def figure(aim: Aim, easel: float = 4.0, floor: float = 2.0) -> Figure:
    """One that stands at `easel`, with outliers that must not count."""
    return Figure("an answer", "SQLite", "ms", [easel, easel / 2, easel * 9], [floor, floor / 9, floor * 2], aim, 300)


@pytest.mark.parametrize(
    ("aim", "holds"),
    [
        (Aim(ratio=2.0), True),
        (Aim(ratio=1.9), False),
        (Aim(over=2.0), True),
        (Aim(over=1.9), False),
        (Aim(most=4.0), True),
        (Aim(most=3.9), False),
        (Aim(ratio=3.0, most=3.9), False),
        (Aim(ratio=1.0, most=9.0), False),
    ],
)
def test_the_median_is_held_to_every_aim(aim: Aim, holds: bool) -> None:
    assert figure(aim).holds is holds


def test_a_floor_of_nothing_has_no_ratio() -> None:
    assert figure(Aim(over=5.0), floor=0.0).ratio is None
    assert figure(Aim(over=5.0), floor=0.0).holds


def test_the_table_of_a_document() -> None:
    lines = markdown([figure(Aim(ratio=1.5)), Figure("a rotation", "", "s", [12.0])]).splitlines()
    assert lines[2] == "| an answer | SQLite | 300 | 4 (2–36) ms | 2 (0.22–4) ms | 2.00× | ≤ 1.5× | MISSED |"
    assert lines[3] == "| a rotation |  | 1 | 12 s | – | – | – |  |"


def test_a_percentile_of_few_is_near_the_largest() -> None:
    assert percentile([3.0], 99) == 3.0
    assert percentile([1.0, 2.0, 3.0, 4.0], 50) == 2.5
    assert 3.9 < percentile([1.0, 2.0, 3.0, 4.0], 99) < 4.0
