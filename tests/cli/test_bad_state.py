"""`easel run` on a database that it can't use: a sentence that says what is the matter and what to do, and no more."""

import sqlite3
import subprocess
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Command

pytestmark = pytest.mark.asyncio(loop_scope="package")

Trouble = Callable[[Path], Generator[None]]


def damaged(data: Path) -> Generator[None]:
    (data / "easel.db").write_bytes(b"no database at all" * 1000)
    yield


def newer(data: Path) -> Generator[None]:
    with closing(sqlite3.connect(data / "easel.db", isolation_level=None)) as database:
        database.execute("CREATE TABLE alembic_version (version_num)")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")
    yield


def held(data: Path) -> Generator[None]:
    with closing(sqlite3.connect(data / "easel.db", isolation_level=None)) as database:
        database.execute("BEGIN EXCLUSIVE")
        yield


def read_only(data: Path) -> Generator[None]:
    mount = ["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", data]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a disk that is read-only")
    yield
    subprocess.run(["umount", "--lazy", data], check=True)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        (damaged, "the file is damaged: stop Easel, and put the latest backup in its place (file is not a database)"),
        (newer, "The database was migrated by a newer version of Easel (to 9999): run that version."),
        (held, "another program holds it: end that, be it a backup that hangs or a shell with an open transaction"),
        (read_only, "Read-only file system"),
    ],
)
async def test_a_file(easel: Command, tmp_path: Path, trouble: Trouble, words: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    with contextmanager(trouble)(data):
        ended = await easel("run", DATABASE_URL=f"sqlite:///{data}/easel.db?timeout=0.1")
    assert ended.code == 1
    assert words in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, "and nothing else"


async def test_a_server_that_can_not_be_reached(easel: Command) -> None:
    ended = await easel("run", DATABASE_URL="postgresql://easel:hunter2@127.0.0.1:9/easel")
    assert ended.code == 1
    assert "the server can't be reached: see that it runs, and that DATABASE_URL leads to it" in ended.stderr
    assert "hunter2" not in ended.stderr
    assert len(ended.stderr.splitlines()) == 1, "and nothing else"
