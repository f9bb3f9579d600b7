"""Easel as its operator starts it: a process of its own, settings in the environment, a log on standard error."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from tests.process.forked import Forked, fork
from tests.wire.timing import Changes

T = TypeVar("T")

EASEL: Sequence[str | Path] = (sys.executable, "-m", "bot")

PATIENCE = 30.0
"""Seconds after which a wait for the process has failed. A test that passes never waits them out."""

LONGEST_LINE = 1 << 20  # bytes

_LISTEN = "0A"  # the state, in Linux's tables

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="a process's sockets are looked up in Linux's /proc")


async def _spawn(
    *arguments: str,
    directory: Path,
    settings: Mapping[str, str],
    stdout: int,
    program: Sequence[str | Path] = EASEL,
) -> Process:
    return await asyncio.create_subprocess_exec(
        *program, *arguments, cwd=directory, env=_environment(directory, settings),
        stdin=DEVNULL, stdout=stdout, stderr=PIPE, limit=LONGEST_LINE,
    )  # fmt: skip


def _environment(directory: Path, settings: Mapping[str, str]) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(directory), **settings}


def listening(pid: int) -> list[str]:
    """The TCP addresses that a process listens at, as Linux writes them: in hexadecimal."""
    files: list[str] = []
    for each in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            files.append(each.readlink().name)
    tables = [table for name in ("tcp", "tcp6") if (table := Path(f"/proc/{pid}/net/{name}")).exists()]
    rows = [line.split() for table in tables for line in table.read_text().splitlines()[1:]]
    return [address for _, address, _, state, *_, inode in (row[:10] for row in rows)
            if state == _LISTEN and f"socket:[{inode}]" in files]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command that came to its end leaves behind."""

    code: int
    stdout: str
    stderr: str


async def execute(
    *arguments: str,
    directory: Path,
    settings: Mapping[str, str],
    forked: bool = True,
    program: Sequence[str | Path] = EASEL,
) -> Ended:
    """Run a command of `easel` to its end, in a directory that holds no `.env`.

    Without `forked` it is started as its operator does it, which takes a second longer, or `program` is in its place.
    """
    process: Process | Forked
    if forked:
        environment = _environment(directory, settings)
        process = await fork(*arguments, directory=directory, environment=environment, limit=LONGEST_LINE, stdout=True)
    else:
        process = await _spawn(*arguments, directory=directory, settings=settings, stdout=PIPE, program=program)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        async with asyncio.timeout(PATIENCE):
            stdout, stderr, code = await asyncio.gather(process.stdout.read(), process.stderr.read(), process.wait())
    finally:
        with suppress(ProcessLookupError):
            process.kill()
    return Ended(code, stdout.decode(), stderr.decode())


class EaselRun:
    """An `easel run` that goes on. `lines` is all that it printed, `log` the events among that, oldest first."""

    def __init__(self, process: Process | Forked) -> None:
        self.lines: list[str] = []
        self.log: list[dict[str, Any]] = []
        self._process = process
        self._changes = Changes()
        self._reading = asyncio.create_task(self._read())

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code; None while it runs."""
        return self._process.returncode

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    async def until(self, find: Callable[[], T | None], patience: float = PATIENCE) -> T:
        """The first truthy answer of `find`, which is asked now and after each line of output.

        Raises `TimeoutError`, and `AssertionError` where the process ends before.
        """

        def find_or_fail() -> T | None:
            found = find()
            assert found or not self._reading.done(), f"easel run ended with {self.code}:\n{self.output}"
            return found

        return await self._changes.until(find_or_fail, patience)

    async def logged(self, event: str, **fields: Any) -> dict[str, Any]:
        """Wait for an event with these fields in the log."""
        wanted = {"event": event, **fields}.items()
        return await self.until(lambda: next((each for each in self.log if wanted <= each.items()), None))

    async def meanwhile(self, wait: Coroutine[Any, Any, T]) -> T:
        """Await something that happens only while the process runs; fail at once where that ends before."""
        task = asyncio.create_task(wait)
        await asyncio.wait({task, self._reading}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            task.cancel()
            raise AssertionError(f"easel run ended with {self.code}:\n{self.output}")
        return await task

    async def stop(self) -> int:
        """SIGTERM; answers the exit code."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """SIGKILL, which leaves it no time for anything."""
        await self._end(signal.SIGKILL)

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            await self._reading
            return await self._process.wait()

    def terminate(self) -> None:
        """SIGTERM; nothing is waited for."""
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGTERM)

    async def frozen(self) -> None:
        """Wait until a signal has stopped it; only what was forked tells."""
        assert isinstance(self._process, Forked)
        await self.meanwhile(self._process.stopped.wait())

    def resume(self) -> None:
        """SIGCONT: it goes on where it was stopped."""
        self._process.send_signal(signal.SIGCONT)

    async def _end(self, by: signal.Signals) -> int:
        with suppress(ProcessLookupError):
            self._process.send_signal(by)
        return await self.ended()

    async def _read(self) -> None:
        assert self._process.stderr is not None
        async for line in self._process.stderr:
            text = line.decode().rstrip("\n")
            self.lines.append(text)
            with suppress(ValueError):
                self.log.append(json.loads(text))
            self._changes.announce()
        await self._process.wait()
        self._changes.announce()


@asynccontextmanager
async def easel_run(
    *,
    directory: Path,
    settings: Mapping[str, str],
    forked: bool = True,
    prepare: str | None = None,
    program: Sequence[str | Path] = EASEL,
) -> AsyncGenerator[EaselRun]:
    """`easel run`, just started. Leaving the block stops it in order; after a failure it is killed.

    Without `forked` it is started as its operator does it, which takes a second longer, or `program` is in its place.
    `prepare`, as `module:function`, is called in a forked one before it begins.
    """
    settings = {"EASEL_LOG_FORMAT": "json", **settings}
    if forked:
        process = await fork(
            "run",
            directory=directory,
            environment=_environment(directory, settings),
            limit=LONGEST_LINE,
            prepare=prepare,
        )
    else:
        process = await _spawn("run", directory=directory, settings=settings, stdout=DEVNULL, program=program)
    run = EaselRun(process)
    try:
        yield run
        if run.code is None:
            assert await run.stop() == 0, run.output
    finally:
        await run.kill()
