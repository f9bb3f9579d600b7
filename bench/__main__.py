"""Measure, and print one table beside the floors: `make bench`.

    python -m bench [--write] [NAME …]

Ends with 1 where an aim is missed. A benchmark is a module here with a `measure`, and has its name below.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping
from pathlib import Path

import structlog
from rich.console import Console

from bench import answers, books, bursts, calls, data, deliveries, growth, memory, refits, starts
from bench.databases import Unavailable
from bench.figures import Benchmark, Figure, machine, markdown, table
from bench.processes import stand_aside

BENCHMARKS: Mapping[str, Benchmark] = {
    "answers": answers.measure,
    "bursts": bursts.measure,
    "deliveries": deliveries.measure,
    "calls": calls.measure,
    "refits": refits.measure,
    "starts": starts.measure,
    "memory": memory.measure,
    "growth": growth.measure,
    "books": books.measure,
    "data": data.measure,
}
"""In the order in which they run and are shown."""

BY_NAME_ALONE = {"data"}
"""Ten minutes for what an operator does once in a while: not among those that run if none is named."""

_DOCUMENT = Path(__file__).parent.parent / "docs" / "performance.md"
_BEGIN, _END = "<!-- the latest table -->", "<!-- its end -->"

_out = Console(highlight=False, width=170)


async def run(name: str) -> list[Figure]:
    """The figures of a benchmark, those that could be had; each is told of as soon as it is there."""
    figures: list[Figure] = []
    try:
        async for figure in BENCHMARKS[name]():
            figures.append(figure)
            _out.print("  ".join(figure.cells()), style="dim", markup=False)
    except Unavailable as reason:
        _out.print(f"{name}: {reason}", style="yellow", markup=False)
    return figures


def write(figures: list[Figure]) -> None:
    """Put the table into docs/performance.md, in place of the last one."""
    before, _, rest = _DOCUMENT.read_text("utf-8").partition(_BEGIN)
    after = rest.partition(_END)[2]
    made = f"{_BEGIN}\n{machine()}\n\n{markdown(figures)}\n{_END}"
    _DOCUMENT.write_text(before + made + after, "utf-8")


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description="Measure what Easel promises of its speed.")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}")
    arguments = parser.parse_args()
    names: list[str] = arguments.names or [name for name in BENCHMARKS if name not in BY_NAME_ALONE]
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    stand_aside()
    _out.print(machine())
    measured: dict[str, list[Figure]] = {}
    figures: list[Figure] = []
    for name in names:
        measured[name] = asyncio.run(run(name))
        figures += measured[name]
        if arguments.write:
            write(figures)  # what there is outlives a run that is broken off
    _out.print(table(figures))
    return 0 if all(measured.values()) and all(each.holds for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
