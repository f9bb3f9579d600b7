"""A command of `easel` in a terminal of its own, and somebody who types there."""

import asyncio
import fcntl
import os
import pty
import re
import sys
import termios
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.process.program import PATIENCE
from tests.wire.timing import Changes

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")

_LOCAL_MODES = 3
"""Their place among a terminal's attributes."""


class Terminal:
    """`seen` is all that stood on the screen, without colours."""

    def __init__(self, process: asyncio.subprocess.Process, descriptor: int) -> None:
        self.seen = ""
        self._process = process
        self._descriptor = descriptor
        self._read = 0  # of `seen`
        self._changes = Changes()
        self._ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(descriptor, self._receive)

    async def sees(self, words: str) -> None:
        """Wait until these words stand after whatever was waited for before."""

        def found() -> bool:
            at = self.seen.find(words, self._read)
            assert at >= 0 or not self._ended.is_set(), f"it ended without {words!r}:\n{self.seen}"
            if at >= 0:
                self._read = at + len(words)
            return at >= 0

        try:
            await self._changes.until(found, PATIENCE)
        except TimeoutError:
            raise AssertionError(f"no {words!r} in:\n{self.seen}") from None

    async def answers(self, question: str, answer: str) -> None:
        """Type it, once that was asked."""
        await self.sees(question)
        os.write(self._descriptor, f"{answer}\n".encode())

    async def answers_hidden(self, question: str, answer: str) -> None:
        """The same where what is typed isn't shown: what came before the terminal knew would be thrown away."""
        await self.sees(question)
        async with asyncio.timeout(PATIENCE):
            while termios.tcgetattr(self._descriptor)[_LOCAL_MODES] & termios.ECHO:  # noqa: ASYNC110 # nobody is told of it
                await asyncio.sleep(0.01)
        os.write(self._descriptor, f"{answer}\n".encode())

    def presses(self, key: bytes) -> None:
        os.write(self._descriptor, key)

    async def ended(self) -> int:
        """The exit code."""
        async with asyncio.timeout(PATIENCE):
            await self._ended.wait()
            return await self._process.wait()

    def _receive(self) -> None:
        try:
            data = os.read(self._descriptor, 65_536)
        except OSError:  # how Linux says that nobody has the other end any more
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._descriptor)
            self._ended.set()
        self.seen += _CONTROL.sub("", data.decode(errors="replace"))
        self._changes.announce()


@asynccontextmanager
async def in_terminal(*arguments: str, directory: Path, settings: Mapping[str, str]) -> AsyncGenerator[Terminal]:
    """Run `easel` there, with these settings alone in its environment, and end it at last."""
    own, its = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", *arguments, cwd=directory, stdin=its, stdout=its, stderr=its,
        env={"PATH": os.environ["PATH"], "HOME": str(directory), "TERM": "xterm", "COLUMNS": "200", **settings},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # where passwords are asked for
    )  # fmt: skip
    os.close(its)
    terminal = Terminal(process, own)
    try:
        yield terminal
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await terminal.ended()
        os.close(own)
