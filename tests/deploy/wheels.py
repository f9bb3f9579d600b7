"""Easel as it is shipped: its wheel, and an environment that holds nothing but what the wheel needs."""

import asyncio
import os
import shutil
import subprocess
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.docs.documents import ROOT
from tests.process.program import LONGEST_LINE, EaselRun, Ended

NOTHING: Mapping[str, str] = {}

_BIN = Path(sys.executable).parent

_SHUT = """\
set -eu
mount --make-rprivate /
mount --bind "$BASE" "$BASE"
mount --bind "$BASE/writable" "$BASE/writable"
mount -o remount,bind,ro /
mount -o remount,bind,ro "$BASE"
for each in / "$BASE" "$HERE"; do
  if touch "$each/written" 2>/dev/null; then echo "$each can be written" >&2; exit 1; fi
done
unset BASE PWD OLDPWD _
cd "$HERE"
unset HERE
exec "$@"
"""
"""A root that is read-only, but for one directory: as with `docker run --read-only`, and `ProtectSystem=strict`."""

_SEALED = """\
import ctypes, os, sys
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
ctypes.CDLL(None).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
"""No memory that is writable and executable, as with `MemoryDenyWriteExecute=`; kernels before 6.3 don't know it."""


def tool(*arguments: str | Path, directory: Path = ROOT) -> str:
    """What a program of the development environment, or of the system, answers; fails where that does."""
    return _ended(*arguments, directory=directory).stdout


def complaints(*arguments: str | Path) -> str:
    """All that such a program has to say; fails where that does."""
    ended = _ended(*arguments, directory=ROOT)
    return ended.stdout + ended.stderr


def _ended(*arguments: str | Path, directory: Path) -> "subprocess.CompletedProcess[str]":
    program = shutil.which(str(arguments[0]), path=f"{_BIN}{os.pathsep}{os.environ['PATH']}")
    assert program, f"there is no {arguments[0]}"
    ended = subprocess.run([program, *arguments[1:]], cwd=directory, check=False, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def build(target: str, directory: Path, source: Path = ROOT) -> Path:
    """The project's own build backend's `wheel` or `sdist`."""
    tool("hatchling", "build", "--target", target, "--directory", directory, directory=source)
    [built] = directory.glob("*.whl" if target == "wheel" else "*.tar.gz")
    return built


def packages(lock: str) -> set[str]:
    """The names in a lock file, whatever platform they are for."""
    lines = (ROOT / "requirements" / lock).read_text("utf-8").splitlines()
    return {line.partition("==")[0] for line in lines if "==" in line}


@dataclass(frozen=True, slots=True)
class Installed:
    """An environment in `base/opt`, into which the wheel was installed without extras."""

    base: Path

    @property
    def easel(self) -> Path:
        return self.base / "opt" / "bin" / "easel"

    @property
    def writable(self) -> Path:
        """The one directory that `run` can write to, its `tmp` the one for temporary files."""
        return self.base / "writable"

    def names(self) -> set[str]:
        """Of the packages in it."""
        return {line.partition("==")[0] for line in self._uv("freeze").splitlines() if "==" in line} | {"easel"}

    def check(self) -> None:
        """Fails where a package lacks one that it requires."""
        self._uv("check")

    def install(self, wheel: Path) -> None:
        self._uv("install", "--require-hashes", "--requirement", ROOT / "requirements" / "run.txt")
        self._uv("install", "--offline", "--no-deps", wheel)

    def _uv(self, *arguments: str | Path) -> str:
        return tool(
            "uv", "--no-config", "pip", *arguments, "--quiet", "--python", self.base / "opt", directory=self.base
        )

    async def answer(self, *arguments: str, settings: Mapping[str, str]) -> Ended:
        """What a command comes to, with nothing in its environment but these settings; not on a read-only root."""
        return await self._ended(self.easel, *arguments, settings=settings)

    async def load(self, module: str) -> None:
        """Import a module, which leaves the bytecode that on a read-only root nobody can write."""
        assert await self._ended(self.base / "opt" / "bin" / "python", "-c", f"import {module}") == Ended(0, "", "")

    async def _ended(self, *command: str | Path, settings: Mapping[str, str] = NOTHING) -> Ended:
        process = await asyncio.create_subprocess_exec(
            *command, cwd=self.base, env=settings, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
        )
        stdout, stderr = await process.communicate()
        assert process.returncode is not None
        return Ended(process.returncode, stdout.decode(), stderr.decode())

    @asynccontextmanager
    async def running(self, settings: Mapping[str, str]) -> AsyncGenerator[EaselRun]:
        """`easel run`, from a directory that is not the project's, with nothing in its environment but these settings,
        on a read-only root, without capabilities and without the right to gain any. It is killed at the end."""
        process = await asyncio.create_subprocess_exec(
            *self._sealed(self.easel, "run"),
            cwd=self.base, env=self._environment(settings), stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE,
            limit=LONGEST_LINE,
        )  # fmt: skip
        run = EaselRun(process)
        try:
            yield run
        finally:
            await run.kill()

    def _environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        return {
            **settings,
            "TMPDIR": str(self.writable / "tmp"),
            "BASE": str(self.base),
            "HERE": str(self.base / "here"),
        }

    def _sealed(self, *command: str | Path) -> Sequence[str | Path]:
        programs = {name: shutil.which(name) for name in ("unshare", "sh", "setpriv")}
        assert all(programs.values()), programs
        unshare, sh, setpriv = (str(each) for each in programs.values())
        rootless = ["--map-root-user"] if os.geteuid() else []
        return [
            unshare, "--mount", *rootless, sh, "-c", _SHUT, sh,
            setpriv, "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all",
            self.base / "opt" / "bin" / "python", "-IS", "-c", _SEALED, *command,
        ]  # fmt: skip


def install(base: Path, wheel: Path) -> Installed:
    """A new environment, of the interpreter that the tests run on."""
    for each in ("here", "writable/tmp", "writable/data"):
        (base / each).mkdir(parents=True)
    tool("uv", "--no-config", "venv", "--quiet", "--python", sys.executable, base / "opt")
    installed = Installed(base)
    installed.install(wheel)
    return installed
