"""What a chart shows, in numbers and in words that are ready to be drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Bar:
    """`shown` is the value in words."""

    label: str
    value: int
    shown: str
    instead: str = ""  # in the place of a label that can't be drawn: fonts know few of the world's scripts


@dataclass(frozen=True, slots=True)
class Mark:
    """A value on a scale, in words."""

    value: int
    label: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Bars that stand side by side, above a scale; `limit` is a line across all of them. Where they are many, some of
    their labels and the highest one's value alone are drawn."""

    title: str
    bars: tuple[Bar, ...]
    scale: tuple[Mark, ...]
    limit: Mark | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """Bars that lie below each other, each with its value."""

    title: str
    bars: tuple[Bar, ...]


Panel: TypeAlias = Columns | Rows


@dataclass(frozen=True, slots=True)
class Chart:
    """Panels below each other."""

    title: str
    panels: tuple[Panel, ...]


def scale(highest: int, words: Callable[[int], str], *, least: int = 1) -> tuple[Mark, ...]:
    """Three to six marks from 0 to `highest` or just above it, each `least` or a round multiple of it apart."""
    step, digits = least, (1, 2, 5)
    for power in range(30):
        step = least * digits[power % 3] * 10 ** (power // 3)
        if step * 4 >= highest:
            break
    most = max(-(-highest // step), 1)
    return tuple(Mark(step * each, words(step * each)) for each in range(most + 1))
