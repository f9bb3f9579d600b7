"""Starts `easel` without its second and a half of imports: a process that has made them forks on request.

What it starts is a process of its own all the same, with an environment, a directory, an output, signals and an exit
code of its own. Before a fork there is neither a thread nor an event loop nor anything open but these sockets.

    python -m tests.process.fork_server FD

serves the socket FD, which `tests.process.forked` speaks to: each byte brings three descriptors, a start's own socket,
its standard output and its standard error. On its own socket a start is described, by a line of JSON; then its pid
comes back, whenever a signal stops it "stopped", and at last its exit code, a line each. Every byte that goes the other
way is a signal for it. When FD closes, all end.
"""

import atexit
import gc
import json
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any

PRELOADED = (
    "bot.cli",
    # What is otherwise imported only once it is needed:
    "aiosqlite",
    "asyncpg",
    "alembic.command",
    "alembic.config",
    "sqlalchemy.dialects.postgresql.asyncpg",
    "sqlalchemy.dialects.sqlite.aiosqlite",
)

STOPPED = b"stopped\n"

_codes: list[int] = []
"""The code that this process exits with, once it is known."""


@dataclass(frozen=True, slots=True)
class _Start:
    """What to become after the fork."""

    arguments: list[str]
    directory: str
    environment: dict[str, str]
    prepare: str | None  # "module:function", called before `easel`
    stdout: int
    stderr: int

    def become(self) -> None:
        for ours, number in ((self.stdout, 1), (self.stderr, 2)):
            os.dup2(ours, number)
            os.close(ours)
        os.chdir(self.directory)
        os.environ.clear()
        os.environ.update(self.environment)
        sys.argv = ["easel", *self.arguments]
        if self.prepare is not None:
            module, _, function = self.prepare.partition(":")
            getattr(import_module(module), function)()
        try:
            import_module("bot.cli").main()
        except SystemExit as end:
            if isinstance(end.code, int):
                _codes.append(end.code)
            raise


def _leave() -> None:
    """Leave out the last that an interpreter does once all is done that is to be done at an exit: to take apart every
    module that is loaded takes longer than a start."""
    if _codes:
        gc.collect()  # what has something to say about being forgotten
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_codes[0])


class _Server:
    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._selector = selectors.DefaultSelector()
        self._children: dict[int, socket.socket] = {}
        self._wake_reader, self._wake_writer = socket.socketpair()
        for each in (self._wake_reader, self._wake_writer):
            each.setblocking(False)

    def serve(self) -> _Start | None:
        """Answer requests until there can be no more, then None; in each process that is forked, what to become."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C at the terminal is for who asked
        signal.signal(signal.SIGCHLD, lambda *_: None)  # rather than to ignore it: the descriptor is to wake
        signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)
        self._selector.register(self._wake_reader, selectors.EVENT_READ, self._reap)
        self._selector.register(self._requests, selectors.EVENT_READ, self._fork)
        try:
            while True:
                for key, _ in self._selector.select():
                    act: Callable[[], _Start | None] = key.data
                    start = act()
                    if start is not None:
                        return start
        except EOFError:
            for pid in self._children:
                os.kill(pid, signal.SIGKILL)
            return None

    def _fork(self) -> _Start | None:
        sent, descriptors, _, _ = socket.recv_fds(self._requests, 1, 3)
        if not sent:
            raise EOFError
        own, *output = descriptors
        connection = socket.socket(fileno=own)
        with connection.makefile("r") as lines:
            asked: dict[str, Any] = json.loads(lines.readline())
        pid = os.fork()
        if pid == 0:
            self._leave(connection)
            stdout, stderr = output
            return _Start(**asked, stdout=stdout, stderr=stderr)
        for each in output:
            os.close(each)
        self._children[pid] = connection
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._signal(pid, connection))
        connection.sendall(b"%d\n" % pid)
        return None

    def _leave(self, connection: socket.socket) -> None:
        """Keep nothing of the server in the process that was forked."""
        signal.set_wakeup_fd(-1)
        for each in (signal.SIGCHLD, signal.SIGINT):
            signal.signal(each, signal.default_int_handler if each == signal.SIGINT else signal.SIG_DFL)
        self._selector.close()
        for each in (self._requests, self._wake_reader, self._wake_writer, connection, *self._children.values()):
            each.close()

    def _signal(self, pid: int, connection: socket.socket) -> None:
        numbers = connection.recv(16)
        if not numbers:  # nobody cares any longer
            self._selector.unregister(connection)
        if pid in self._children:
            for number in numbers or (signal.SIGKILL,):
                os.kill(pid, number)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            self._wake_reader.recv(64)
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG | os.WUNTRACED)
            if pid == 0:
                return
            if os.WIFSTOPPED(status):
                self._children[pid].sendall(STOPPED)
                continue
            with self._children.pop(pid) as connection:
                with suppress(KeyError):
                    self._selector.unregister(connection)
                with suppress(OSError):
                    connection.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def main() -> None:
    atexit.register(_leave)  # the first to be registered is the last to be called
    for each in PRELOADED:
        import_module(each)
    import_module("PIL.Image").init()
    gc.collect()
    gc.freeze()  # else every process that is forked copies these pages to count references
    start = _Server(socket.socket(fileno=int(sys.argv[1]))).serve()
    if start is not None:
        start.become()


if __name__ == "__main__":
    main()
