"""What a chart shows, in numbers and in words that are ready to be drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
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
    """Two to five marks from 0 to `highest` or just above it, each `least` or a round multiple of it apart."""
    steps = (least * digit * 10**power for power in count() for digit in (1, 2, 5))
    step = next(each for each in steps if each * 4 >= highest)
    most = max(-(-highest // step), 1)
    return tuple(Mark(step * each, words(step * each)) for each in range(most + 1))
