"""What a benchmark measures, beside its floor, and how it is shown."""

import os
import platform
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Aim:
    """What a figure may be at most. All that is given must hold."""

    ratio: float | None = None  # times the floor's median
    over: float | None = None  # more than the floor's median, in the figure's unit
    most: float | None = None  # in the figure's unit

    def __str__(self) -> str:
        parts = [
            *([f"≤ {self.ratio:g}×"] if self.ratio is not None else []),
            *([f"≤ +{self.over:g}"] if self.over is not None else []),
            *([f"≤ {self.most:g}"] if self.most is not None else []),
        ]
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: the same thing measured several times, and as often at its floor in the same run.

    `easel` and `floor` have one value for each repetition, in `unit`: the median of many, say, or the 99th of 100.
    `count` is how many single observations are behind them all.
    """

    what: str
    on: str
    unit: str
    easel: Sequence[float]
    floor: Sequence[float] = ()
    aim: Aim | None = None
    count: int | None = None

    @property
    def ratio(self) -> float | None:
        return statistics.median(self.easel) / statistics.median(self.floor) if any(self.floor) else None

    @property
    def holds(self) -> bool:
        """Whether the median keeps to the aim."""
        if self.aim is None:
            return True
        value = statistics.median(self.easel)
        floor = statistics.median(self.floor) if self.floor else 0.0
        within = [value <= limit for limit in (self.aim.most, _sum(floor, self.aim.over)) if limit is not None]
        return all(within) and (self.aim.ratio is None or value <= self.aim.ratio * floor)

    def cells(self) -> tuple[str, ...]:
        """The line's words: median and spread of both, the ratio, the aim, and whether it was kept."""
        ratio = self.ratio
        return (
            self.what,
            self.on,
            f"{self.count or len(self.easel):,}",
            f"{_spread(self.easel)} {self.unit}",
            f"{_spread(self.floor)} {self.unit}" if self.floor else "–",
            f"{ratio:.2f}×" if ratio is not None else "–",
            str(self.aim) if self.aim is not None else "–",
            "" if self.aim is None else "kept" if self.holds else "MISSED",
        )


COLUMNS = ("what", "on", "count", "Easel", "floor", "ratio", "aim", "")

Benchmark: TypeAlias = Callable[[], AsyncIterator[Figure]]
"""Makes what it needs, and answers its figures one by one."""


async def timed(times: int, call: Callable[[int], Awaitable[Any]], *, warm_up: int = 3) -> list[float]:
    """Milliseconds of each call; `call` gets its number. A few before them aren't counted."""
    milliseconds: list[float] = []
    for number in range(-warm_up, times):
        began = time.perf_counter()
        await call(number)
        milliseconds.append((time.perf_counter() - began) * 1_000)
    return milliseconds[warm_up:]


def percentile(values: Sequence[float], percent: int) -> float:
    """What so many of a hundred values stay under; of few values, the largest."""
    if len(values) < 2:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def table(figures: Sequence[Figure]) -> Table:
    made = Table(box=None)
    for number, name in enumerate(COLUMNS):
        made.add_column(name, justify="left" if number < 2 or number == 7 else "right", no_wrap=number > 0)
    for each in figures:
        made.add_row(*each.cells(), style=None if each.holds else "red")
    return made


def markdown(figures: Sequence[Figure]) -> str:
    """The same table, for a document."""
    lines = [COLUMNS, ("---",) * len(COLUMNS), *(each.cells() for each in figures)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def machine() -> str:
    """What the figures were taken on, and when; who waited for a core beside them."""
    busy = f"load {os.getloadavg()[0]:.1f}; " if hasattr(os, "getloadavg") else ""
    return (
        f"{_processor()}, {os.cpu_count()} cores; {busy}{platform.system()} {platform.machine()}; "
        f"Python {platform.python_version()}; {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"
    )


def _processor() -> str:
    with_names = Path("/proc/cpuinfo")
    if with_names.exists():
        names = [line for line in with_names.read_text().splitlines() if line.startswith("model name")]
        if names:
            return names[0].partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _spread(values: Sequence[float]) -> str:
    """The median, and from where to where they went."""
    median = _number(statistics.median(values))
    return f"{median} ({_number(min(values))}–{_number(max(values))})" if len(values) > 1 else median


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _sum(floor: float, over: float | None) -> float | None:
    return None if over is None else floor + over
