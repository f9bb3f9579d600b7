"""How a database is: its version and size, who lives on it, whether its file is whole. Nothing is changed."""

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from bot.storage.engine import Database
from bot.storage.postgres import STATEMENT_TIMEOUT
from bot.storage.processes import LIFE_SECONDS
from bot.storage.tables import processes

CHECK_SECONDS = 15.0
"""How long a file is gone through."""

_STEPS = 100
"""Of SQLite's machine between two looks at the clock."""

_SERVER = text(
    "SELECT current_setting('server_version') AS version, pg_database_size(current_database()) AS size, "
    "current_setting('statement_timeout') AS timeout"
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A database that answers. `pooled`: connections don't keep the settings that Easel makes them with, as it is with
    a pooler that hands them on with every transaction. `living` are the processes that were heard of just now, None for
    a database that serves one process, where the lock tells."""

    version: str
    size: int  # bytes
    now: datetime
    pooled: bool
    living: Sequence[str] | None


async def condition_of(database: Database) -> Condition:
    """Raises `StoreUnavailable` of `bot.domain.errors`."""
    async with database.read() as connection:
        if not database.shared:
            version = await connection.scalar(select(func.sqlite_version()))
            size = await connection.scalar(
                text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
            )  # fmt: skip
            return Condition(f"SQLite {version}", size or 0, datetime.now(UTC), pooled=False, living=None)
        server = (await connection.execute(_SERVER)).one()
        now = await connection.scalar(select(database.now()))
        assert now is not None  # noqa: S101 # the database has a clock
        heard = select(processes.c.name).where(processes.c.beat_at > now - timedelta(seconds=LIFE_SECONDS))
        living = (await connection.scalars(heard.order_by(processes.c.name))).all()
        return Condition(f"PostgreSQL {server.version}", server.size, now, server.timeout != STATEMENT_TIMEOUT, living)


async def damage_of(url: str, *, within: float = CHECK_SECONDS) -> str | None:
    """What SQLite's `quick_check` finds wrong with the file of a URL; None where it is whole.

    Raises `TimeoutError` where it isn't done by then, and `OSError` where the file can't be read."""
    return await asyncio.to_thread(_quick_check, Path(make_url(url).database or ""), within)


def _quick_check(path: Path, within: float) -> str | None:
    until = time.monotonic() + within
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        raise OSError(str(error)) from None
    try:
        connection.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
        rows = connection.execute("PRAGMA quick_check(3)").fetchall()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
            raise TimeoutError from None
        if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return str(error)
        raise OSError(str(error)) from None
    finally:
        connection.close()
    found = [str(row[0]) for row in rows]
    return None if found == ["ok"] else "; ".join(" ".join(each.split()) for each in found)


def lock_is_held(url: str) -> bool | None:
    """Whether a process holds the SQLite database of a URL, looked up without taking the lock from one that starts
    just now; None where the system has no list of locks (Linux has). It blocks."""
    locks, lock = Path("/proc/locks"), Path(f"{make_url(url).database}.lock")
    if not locks.exists():
        return None
    if not lock.exists():
        return False
    # proc_locks(5): the sixth field is the device in two parts and the inode.
    inode = f":{lock.stat().st_ino}"
    return any(len(line.split()) > 5 and line.split()[5].endswith(inode) for line in locks.read_text().splitlines())
