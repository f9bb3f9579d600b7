"""What a benchmark measures, and how it is shown."""

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
class Figure:
    """How long something took, each time that it was done. `floor` is what 95 of 100 times stay under."""

    what: str
    on: str
    milliseconds: Sequence[float]
    floor: float | None = None

    @property
    def most_of_them(self) -> float:
        """What 95 of 100 times took at most."""
        if len(self.milliseconds) == 1:
            return self.milliseconds[0]
        return statistics.quantiles(self.milliseconds, n=20, method="inclusive")[-1]

    @property
    def holds(self) -> bool:
        return self.floor is None or self.most_of_them < self.floor


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


def table(title: str, figures: Sequence[Figure]) -> Table:
    made = Table(title=title, title_justify="left", title_style="bold", box=None)
    for name in ("what", "on"):
        made.add_column(name, no_wrap=True)
    for name in ("times", "median", "95 of 100", "longest", "floor"):
        made.add_column(name, justify="right", no_wrap=True)
    made.add_column("")
    for each in figures:
        made.add_row(
            each.what,
            each.on,
            str(len(each.milliseconds)),
            *map(_milliseconds, (statistics.median(each.milliseconds), each.most_of_them, max(each.milliseconds))),
            "none" if each.floor is None else _milliseconds(each.floor),
            "" if each.floor is None else "holds" if each.holds else "[red]MISSED[/]",
        )
    return made


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


def _milliseconds(value: float) -> str:
    return f"{value:.1f} ms"
