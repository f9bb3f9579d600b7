"""What a measured process takes: processor time and memory of it and of those it started, read from Linux's /proc."""

import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PROC = Path("/proc")

THE_REST = {1} if len(os.sched_getaffinity(0)) > 1 else os.sched_getaffinity(0)
MEASURED = {0} if len(os.sched_getaffinity(0)) > 1 else os.sched_getaffinity(0)
"""The processor that the measured program has to itself; the stand-ins and the database share another."""


def pinned(program: Sequence[str | Path]) -> Sequence[str | Path]:
    """A command line that keeps to the measured processor, where that can be asked for."""
    taskset = shutil.which("taskset")
    return program if taskset is None else (taskset, "--cpu-list", ",".join(map(str, MEASURED)), *program)


def stand_aside() -> None:
    """Leave the measured processor to what is measured. What is started from here on, stays away from it too."""
    os.sched_setaffinity(0, THE_REST)


def family(pid: int) -> list[int]:
    """The process and all that it started and that still run."""
    found, new = [pid], [pid]
    while new:
        parent = new.pop()
        with suppress(FileNotFoundError):
            for task in (_PROC / str(parent) / "task").iterdir():
                with suppress(FileNotFoundError):
                    new += map(int, (task / "children").read_text().split())
        found += [each for each in new if each not in found]
    return found


def processor_seconds(pid: int) -> float:
    """Of the process, of those it started, and of those among them that have ended."""
    return sum(map(_processor_seconds, family(pid)))


def megabytes(pid: int) -> float:
    """10⁶ bytes of memory that the process and those it started hold now; what they share is counted once."""
    return sum(_kilobytes(each, "smaps_rollup", "Pss") for each in family(pid)) * 1024 / 1e6


def forget_peak(pid: int) -> None:
    """From here on `peak_megabytes` counts anew (proc(5), clear_refs)."""
    for each in family(pid):
        with suppress(FileNotFoundError):
            (_PROC / str(each) / "clear_refs").write_text("5")


def peak_megabytes(pid: int) -> float:
    """The most that the process held at a time, and each that it started."""
    return sum(_kilobytes(each, "status", "VmHWM") for each in family(pid)) * 1024 / 1e6


def _processor_seconds(pid: int) -> float:
    with suppress(FileNotFoundError, ProcessLookupError):
        fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / _TICKS  # utime, stime, and those of ended children
    return 0.0


def _kilobytes(pid: int, table: str, name: str) -> int:
    with suppress(FileNotFoundError, ProcessLookupError):
        for line in (_PROC / str(pid) / table).read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1])
    return 0
