"""Measure, and print tables against the floors: `make bench`.

    python -m bench [NAME …]

Ends with 1 where a floor is missed. A benchmark is a module here with a `measure`, and has its name below.
"""

import argparse
import asyncio
import logging
import sys
from collections.abc import Mapping

import structlog
from rich.console import Console

from bench import books, data
from bench.databases import Unavailable
from bench.figures import Benchmark, Figure, machine, table

BENCHMARKS: Mapping[str, Benchmark] = {"books": books.measure, "data": data.measure}

_out = Console(highlight=False, width=120)


async def run(name: str) -> list[Figure]:
    """The figures of a benchmark, those that could be had."""
    figures: list[Figure] = []
    try:
        async for figure in BENCHMARKS[name]():
            figures.append(figure)  # noqa: PERF401 # what there is outlives what can't be had
    except Unavailable as reason:
        _out.print(f"{name}: {reason}", style="yellow", markup=False)
    return figures


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    parser = argparse.ArgumentParser(description="Measure what Easel promises of its speed.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all if none is given")
    names: list[str] = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}")
    _out.print(machine())
    held = True
    for name in names:
        figures = asyncio.run(run(name))
        _out.print(table(name, figures))
        held &= bool(figures) and all(each.holds for each in figures)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
