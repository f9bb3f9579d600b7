"""The examples in the documents' blocks of code, and a place to run them in."""

import re
import shlex
import shutil
import sys
import textwrap
from asyncio import timeout
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, create_subprocess_exec
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.documents import DOCUMENTS, ROOT, name

PROGRAMS = Path(sys.executable).parent

SECONDS = 60.0
"""How long the blocks of one document may take."""

_BLOCK = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<text>.*?)^ *```$", re.MULTILINE | re.DOTALL)

_STANDS_IN = {
    "docker": "no engine runs where the tests do; tests/deploy/ holds the files that it is given",
    "sudo": "the tests change nothing of the machine",
    "systemctl": "the same; tests/deploy/ holds the unit",
    "journalctl": "the same",
    "pg_dump": "tests/storage/test_dump.py runs the page's lines on a server",
    "pg_restore": "the same",
    "psql": "it is not in the wheel that PostgreSQL comes from",
}
"""Programs that are only written down with what they were called with, and why."""

_REAL = ("cat", "chmod", "cp", "ls", "mkdir", "mv", "rm")
"""Programs of the machine that an example may use. What is named nowhere here isn't found, lest it do some harm."""

_RUN = """\
#!{python}
import subprocess, sys
easel = [sys.executable, "-m", "bot", *sys.argv[1:]]
if sys.argv[1:2] != ["run"]:
    sys.exit(subprocess.call(easel))
with subprocess.Popen(easel, stderr=subprocess.PIPE, text=True) as process:
    for line in process.stderr:
        print(line, end="", file=sys.stderr)
        if "easel is up" in line or " ready " in line:
            process.terminate()
sys.exit(process.returncode)
"""
"""`easel`; what would run for ever is told to stop once it is up."""

_MAKE = """\
#!/bin/sh
# Only what it would do, from the checkout itself: that the target is there, and takes these variables.
exec {make} --dry-run --directory={root} "$@" > /dev/null
"""

_PYTEST = """\
#!/bin/sh
cd {root} && exec {python} -m pytest --collect-only --quiet "$@" > /dev/null
"""

_STAND_IN = """\
#!/bin/sh
echo "${{0##*/}} $*" >> {log}
"""


@dataclass(frozen=True, slots=True)
class Example:
    """A block of code, and the line that it begins at."""

    document: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{name(self.document)}:{self.line}"


def examples() -> list[Example]:
    """All blocks of all documents."""
    found: list[Example] = []
    for document in DOCUMENTS:
        text = document.read_text("utf-8")
        for block in _BLOCK.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            found.append(Example(document, line, block["language"], textwrap.dedent(block["text"])))
    return found


class Checkout:
    """A directory that looks like a checkout after `make install`, in which examples are run by a shell."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._log = directory / "stand-ins.log"
        programs = directory / "programs"
        (directory / ".venv").mkdir(parents=True)
        programs.mkdir()
        (directory / ".venv" / "bin").symlink_to(programs)
        places = {
            "python": sys.executable, "root": shlex.quote(str(ROOT)), "log": shlex.quote(str(self._log)),
            "make": _found("make"),
        }  # fmt: skip
        scripts = {"easel": _RUN, "make": _MAKE, "pytest": _PYTEST} | dict.fromkeys(_STANDS_IN, _STAND_IN)
        for program, script in scripts.items():
            path = programs / program
            path.write_text(script.format(**places))
            path.chmod(0o755)
        for program in _REAL:
            (programs / program).symlink_to(_found(program))
        for each in (".env.example", "compose.yaml", "deploy"):
            source, copy = ROOT / each, directory / each
            if source.is_dir():
                shutil.copytree(source, copy)
            elif source.exists():
                shutil.copy(source, copy)
        self._path = str(programs)

    async def run(self, text: str, settings: Mapping[str, str]) -> tuple[int, str]:
        """Run a block's lines in a shell that ends at the first which fails; the exit code, and all that was said."""
        environment = {"PATH": self._path, "HOME": str(self.directory), **settings}
        shell = await create_subprocess_exec(
            _found("bash"), "-euo", "pipefail", "-c", text,
            cwd=self.directory, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=STDOUT,
        )  # fmt: skip
        async with timeout(SECONDS):
            said, _ = await shell.communicate()
        assert shell.returncode is not None
        return shell.returncode, said.decode()

    @property
    def stood_in_for(self) -> list[str]:
        """What the stand-ins were called with, in order."""
        return self._log.read_text().splitlines() if self._log.exists() else []


def _found(program: str) -> str:
    path = shutil.which(program)
    assert path is not None, f"this machine has no {program}"
    return path
