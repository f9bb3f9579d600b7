"""An `easel` that was forked from a process with all its imports made, to be used like one of `asyncio.subprocess`."""

import asyncio
import atexit
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

from tests.process.fork_server import STOPPED


class Forked:
    """`stdout`, `stderr`, `pid` and `returncode` are as in `asyncio.subprocess.Process`, as are the methods; `stopped`
    is set once a signal has stopped it."""

    def __init__(
        self,
        pid: int,
        stdout: asyncio.StreamReader | None,
        stderr: asyncio.StreamReader,
        lines: asyncio.StreamReader,
        signals: asyncio.StreamWriter,
    ) -> None:
        self.pid = pid
        self.stdout = stdout
        self.stderr = stderr
        self.returncode: int | None = None
        self.stopped = asyncio.Event()
        self._signals = signals
        self._ending = asyncio.create_task(self._end(lines))

    def send_signal(self, number: int) -> None:
        """Raises `ProcessLookupError` where it has ended."""
        if self.returncode is not None:
            raise ProcessLookupError
        self._signals.write(bytes([number]))

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._ending)

    async def _end(self, lines: asyncio.StreamReader) -> int:
        while (line := await lines.readline()) == STOPPED:
            self.stopped.set()
        self.returncode = int(line or -signal.SIGKILL)
        self._signals.close()
        with suppress(OSError):
            await self._signals.wait_closed()
        return self.returncode


@cache
def _server() -> socket.socket:
    """Where this process asks for its forks. It starts with the first and ends with this process."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.process.fork_server", str(theirs.fileno())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[2],
            env={"PATH": os.environ["PATH"]}, pass_fds=[theirs.fileno()],
        )  # fmt: skip

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


async def fork(
    *arguments: str,
    directory: Path,
    environment: Mapping[str, str],
    limit: int,
    prepare: str | None = None,
    stdout: bool = False,
) -> Forked:
    """Start `easel` with these arguments, its standard error a pipe of lines of up to `limit` bytes; its standard
    output another, with `stdout`, and nothing otherwise. `prepare`, as `module:function`, is called before it."""
    ours, theirs = socket.socketpair()
    printed, to_stdout = os.pipe() if stdout else (None, os.open(os.devnull, os.O_WRONLY))
    logged, to_stderr = os.pipe()
    asked = {"arguments": arguments, "directory": str(directory), "environment": dict(environment), "prepare": prepare}
    try:
        with theirs:
            ours.sendall(json.dumps(asked).encode() + b"\n")
            socket.send_fds(await asyncio.to_thread(_server), [b"!"], [theirs.fileno(), to_stdout, to_stderr])
    finally:
        os.close(to_stdout)
        os.close(to_stderr)
    output = None if printed is None else await _lines(printed, limit)
    errors = await _lines(logged, limit)
    lines, signals = await asyncio.open_unix_connection(sock=ours)
    return Forked(int(await lines.readline()), output, errors, lines, signals)


async def _lines(pipe: int, limit: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=limit)
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", 0)
    )
    return reader
