"""An `easel` that tells of each callback which keeps its event loop for too long, as a line of its log.

    python -m tests.process.blocked run

Nothing is imported before it begins, as in a forked one: what is imported only once it is needed is imported on the
loop.

What counts is the time in which the callback computed, or waited for a file, a lock or the interpreter's. The time in
which a thread of the process was ready and the machine had no processor for it is taken off, the other threads' too, as
they may hold what the callback waits for: a busy machine hides a block rather than invent one.
"""

import asyncio
import gc
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Any

LONGEST = 0.05
"""Seconds for which a callback may keep the loop."""

LONGEST_LOCKED = 0.1
"""Seconds for which another thread may keep the interpreter's lock: on a busy machine some of that is the machine's,
and can't be told apart."""

EVENT = "the event loop was blocked"

COLLECTION = "garbage collection"

PREPARE = "TEST_PREPARE"
"""A variable of the environment: what is called before the program begins, as `module:function`."""

PROGRAM = (sys.executable, "-m", "tests.process.blocked")

_SUSPECTED = 0.03
"""Seconds after which the stack of a callback is written down, and then again and again."""

_FRESH = 0.02
"""Seconds for which it is not looked again how long the other threads have waited."""

_TRY = 0.02
"""Seconds after which the loop is to come back, again and again."""

_FRAMES = 12
_ROOT = f"{Path(__file__).parents[2]}/"
_TASKS = Path("/proc/self/task")


@dataclass(slots=True)
class _Running:
    """A callback that runs."""

    began: float
    waited: float
    computed: float = field(default_factory=time.thread_time)
    collecting: float = 0.0
    stacks: list[list[str]] = field(default_factory=list[list[str]])


class _Watch:
    def __init__(self) -> None:
        self._run: Callable[[asyncio.Handle], None] = asyncio.Handle._run  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] # where each callback is called
        self._waits = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        self._others, self._looked = (0.0, 0.0), 0.0
        self._busy = 0.0  # seconds in callbacks
        self._running: _Running | None = None
        self._collects_since = 0.0
        self.loop: asyncio.AbstractEventLoop | None = None

    def run(self, handle: asyncio.Handle) -> None:
        if self.loop is None:
            self.loop: asyncio.AbstractEventLoop | None = handle._loop  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] # no public name
            self._try()
        if time.perf_counter() - self._looked > _FRESH:
            self._others, self._looked = _others(), time.perf_counter()
        running = self._running = _Running(time.perf_counter(), self._waited())
        signal.setitimer(signal.ITIMER_REAL, _SUSPECTED, _SUSPECTED)
        try:
            self._run(handle)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._running = None
            seconds = time.perf_counter() - running.began
            self._busy += seconds
            if seconds > LONGEST:
                self._judge(running, handle)

    def look(self, _: int, frame: FrameType | None) -> None:
        if (running := self._running) is not None:
            running.stacks.append(_stack(frame))

    def collect(self, phase: str, _: Mapping[str, int]) -> None:
        """Called as the garbage collector begins and ends."""
        if phase == "start":
            self._collects_since = time.perf_counter()
        elif (running := self._running) is not None:
            running.collecting += time.perf_counter() - self._collects_since

    def _judge(self, running: _Running, handle: asyncio.Handle) -> None:
        whole = time.perf_counter() - running.began
        others_computed, others_waited = (now - before for now, before in zip(_others(), self._others, strict=True))
        seconds = whole - (self._waited() - running.waited) - others_waited
        where = [next(filter(None, map(_place, running.stacks)), _name(handle))]
        if running.collecting > whole / 2:
            where = [COLLECTION]
        elif time.thread_time() - running.computed < whole / 2:
            where += _other_threads()
            if others_computed > whole / 2 and seconds < LONGEST_LOCKED:
                return
        _tell(seconds, where, running.stacks)

    def _try(self) -> None:
        assert self.loop is not None
        due, waits, busy = time.perf_counter() + _TRY, self._waited() + _others()[1], self._busy
        self.loop.call_later(_TRY, self._tried, due, waits, busy)

    def _tried(self, due: float, waits: float, busy: float) -> None:
        """Between two callbacks the loop may wait for the interpreter's lock."""
        seconds = time.perf_counter() - due - (self._busy - busy)
        if seconds > LONGEST:
            waited = seconds - (self._waited() + _others()[1] - waits)
            if waited > LONGEST_LOCKED:
                _tell(waited, _other_threads(), [])
        self._try()

    def _waited(self) -> float:
        """Seconds in which this thread was ready and had no processor (sched-stats, in the documentation of Linux)."""
        return int(os.pread(self._waits, 100, 0).split()[1]) / 1e9


def _others() -> tuple[float, float]:
    """Seconds in which other threads computed, and in which they were ready and had no processor, nor had the whole
    machine, where it is one of several on another."""
    computed = waited = 0
    for task in _TASKS.iterdir():
        if int(task.name) != os.getpid():
            with suppress(FileNotFoundError, ProcessLookupError):  # ended meanwhile
                ran, queued, _ = (task / "schedstat").read_bytes().split()
                computed, waited = computed + int(ran), waited + int(queued)
    stolen = int(Path("/proc/stat").read_bytes().split(maxsplit=9)[8]) / os.sysconf("SC_CLK_TCK")
    return computed / 1e9, waited / 1e9 + stolen


def _tell(seconds: float, where: Sequence[str], stacks: Sequence[Sequence[str]]) -> None:
    if seconds > LONGEST:
        told = {"event": EVENT, "seconds": round(seconds, 3), "where": where, "stacks": [*stacks[:1], *stacks[1:][-1:]]}
        os.write(2, json.dumps(told).encode() + b"\n")


def _other_threads() -> list[str]:
    """What other threads are at, of which one may hold the interpreter's lock."""
    frames = [frame for thread, frame in sys._current_frames().items() if thread != threading.get_ident()]
    return sorted({f"in a thread: {place}" for frame in frames if (place := _place(_stack(frame)))})


def install() -> None:
    """Watch every loop of the main thread. On SIGUSR1 the loop is blocked on purpose, in two ways."""
    watch = _Watch()
    asyncio.Handle._run = lambda handle: watch.run(handle)  # pyright: ignore[reportAttributeAccessIssue] # as above
    gc.callbacks.append(watch.collect)
    signal.signal(signal.SIGALRM, watch.look)
    signal.siginterrupt(signal.SIGALRM, False)

    def block(*_: Any) -> None:
        assert watch.loop is not None
        for each in (compute, wait):
            watch.loop.call_soon_threadsafe(partial(each, 8 * LONGEST))

    signal.signal(signal.SIGUSR1, block)


def compute(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def wait(seconds: float) -> None:
    time.sleep(seconds)


def _stack(frame: FrameType | None) -> list[str]:
    """The innermost frames of a callback, the outermost of them first."""
    lines: list[str] = []
    while frame is not None and frame.f_code is not _Watch.run.__code__ and len(lines) < _FRAMES:
        lines.append(f"{_short(frame.f_code.co_filename)}:{frame.f_lineno} {frame.f_code.co_qualname}")
        frame = frame.f_back
    return lines[::-1]


def _place(stack: Sequence[str]) -> str:
    """The function of Easel's that was called last."""
    return next((line.split()[1] for line in reversed(stack) if line.startswith(("bot/", "tests/"))), "")


def _short(path: str) -> str:
    return path.removeprefix(_ROOT).rpartition("site-packages/")[2]


def _name(handle: asyncio.Handle) -> str:
    """Of a task's step, the coroutine's name."""
    callback: Any = handle._callback  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType] # no public name
    task = getattr(callback, "__self__", None)
    named: Any = task.get_coro() if isinstance(task, asyncio.Task) else callback
    return getattr(named, "__qualname__", type(named).__qualname__)


if __name__ == "__main__":
    if PREPARE in os.environ:
        module, _, function = os.environ[PREPARE].partition(":")
        getattr(import_module(module), function)()
    install()
    import_module("bot.cli").main()
