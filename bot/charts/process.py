"""Charts drawn by a process of their own: it starts with the first one, and ends where none is asked for any more.

A crash, a hang or a lack of memory in there costs a chart and never the bot, and a bot that draws none is none the
larger.
"""

import asyncio
import os
import sys
from asyncio import StreamReader, StreamWriter
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

import structlog

from bot.charts.wire import HEAD, Drawn, length, packed, unpacked
from bot.domain.chart import Chart

_log = structlog.get_logger(__name__)

PATIENCE = 10.0
"""Seconds for a chart, with the wait for those before it and for the process to start."""

IDLE = 60.0
"""Seconds without a chart, after which the process ends: it holds about 90 MB."""

_PARTING = 1.0
"""Seconds for it to end by itself."""

COMMAND = (sys.executable, "-m", "bot.charts.worker")

_KEPT = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP")
"""Of the environment. The bot's has its tokens in it."""


class ChartProcess:
    """The port `Charts`. One chart is drawn at a time; close it at the end."""

    def __init__(self, *, command: tuple[str, ...] = COMMAND, patience: float = PATIENCE, idle: float = IDLE) -> None:
        self._command = command
        self._patience = patience
        self._idle = idle
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._retirement: asyncio.TimerHandle | None = None

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        return self._process.pid if self._process else None

    async def close(self) -> None:
        """End the process; a chart that is being drawn is not drawn to its end."""
        self._stop_idling()
        process, self._process = self._process, None
        if process is not None:
            _pipes(process)[0].close()  # which lets it clear its things away
            with suppress(TimeoutError):
                async with asyncio.timeout(_PARTING):
                    await process.wait()
            await _end(process)

    async def draw(self, chart: Chart) -> bytes | None:
        try:
            async with asyncio.timeout(self._patience), self._turn:
                drawn = await self._draw(chart)
        except TimeoutError:
            _log.warning("a chart took too long, and was left out")
            return None
        except (OSError, EOFError) as error:  # EOFError: IncompleteReadError
            _log.warning("a chart could not be drawn: the process for it ended", error=repr(error))
            return None
        if drawn.png is None:
            _log.warning("a chart could not be drawn", trouble=drawn.trouble)
        return drawn.png

    async def _draw(self, chart: Chart) -> Drawn:
        self._stop_idling()
        if self._process is not None:
            with suppress(OSError, EOFError):  # it died since the last chart, or of this one
                return await self._ask(self._process, chart)
        self._process = await self._start()
        return await self._ask(self._process, chart)

    async def _ask(self, process: Process, chart: Chart) -> Drawn:
        requests, answers = _pipes(process)
        try:
            requests.write(packed(chart))
            await requests.drain()
            drawn = unpacked(await answers.readexactly(length(await answers.readexactly(HEAD))))
        except BaseException:  # whatever it says now would be taken for the answer to the next one
            self._process = None
            await asyncio.shield(_end(process))
            raise
        self._retirement = asyncio.get_running_loop().call_later(self._idle, self._retire)
        return drawn

    async def _start(self) -> Process:
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        # One thread does for these sums. In a session of its own it hears no Ctrl-C, which is the bot's to act on.
        environment["OPENBLAS_NUM_THREADS"] = "1"
        return await asyncio.create_subprocess_exec(
            *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, start_new_session=True
        )

    def _retire(self) -> None:
        """Let it end by itself: it has nothing more to read."""
        if self._process is not None:
            _pipes(self._process)[0].close()
            self._process = None

    def _stop_idling(self) -> None:
        if self._retirement is not None:
            self._retirement.cancel()
            self._retirement = None


def _pipes(process: Process) -> tuple[StreamWriter, StreamReader]:
    assert process.stdin is not None  # noqa: S101 # it was started with both
    assert process.stdout is not None  # noqa: S101
    return process.stdin, process.stdout


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
