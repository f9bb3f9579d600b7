"""A SQLite database is one process's."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.storage.errors import DatabaseInUse
from bot.storage.lock import DatabaseLock

HOLD = """
import sys
from pathlib import Path
from bot.storage.lock import DatabaseLock
with DatabaseLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(path: Path) -> Generator[subprocess.Popen[str]]:
    """One that holds the lock."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield process


def test_a_second_process_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "easel.db"
    with another_process(path) as process:
        with pytest.raises(DatabaseInUse, match=r"easel\.db"), DatabaseLock(path):
            pass
        process.kill()
        process.wait()
        with DatabaseLock(path):
            pass


def test_a_second_lock_in_one_process_is_refused_too(tmp_path: Path) -> None:
    path = tmp_path / "easel.db"
    with DatabaseLock(path):
        with pytest.raises(DatabaseInUse), DatabaseLock(path):
            pass
        with DatabaseLock(tmp_path / "another.db"):
            pass
    with DatabaseLock(path):
        assert oct((tmp_path / "easel.db.lock").stat().st_mode & 0o777) == "0o600"


def test_a_lock_ends_with_an_exception(tmp_path: Path) -> None:
    path = tmp_path / "easel.db"
    with pytest.raises(RuntimeError), DatabaseLock(path):
        raise RuntimeError
    with DatabaseLock(path):
        pass
