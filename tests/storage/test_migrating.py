"""Migrations of real processes: several at once, and one that is killed in the middle."""

import asyncio
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from bot.storage.cipher import Cipher
from bot.storage.engine import Turn
from bot.storage.postgres import PostgresDatabase
from bot.storage.schema import connect, migrate
from bot.storage.store import open_store
from tests.storage.postgres_server import PostgresServer
from tests.storage.schemas.kept import postgres_of, sqlite_of
from tests.storage.schemas.write import KEY

ROOT = Path(__file__).parents[2]
OLD = "0006-1"
CIPHER = Cipher.from_key(KEY)

MIGRATE = """
import asyncio, sys
from bot.storage.cipher import Cipher
from bot.storage.errors import DatabaseInUse
from bot.storage.schema import hold_database, migrate
url, key = sys.argv[1:]
async def main():
    with hold_database(url):
        await migrate(url, Cipher.from_key(key))
print("ready", flush=True)
sys.stdin.readline()
try:
    asyncio.run(main())
except DatabaseInUse as error:
    sys.exit(str(error))
"""

KILLED = """
import asyncio, os, signal, sys
from sqlalchemy import Engine, event
import alembic.command
from bot.storage.cipher import Cipher
from bot.storage.schema import migrate
url, key = sys.argv[1:]

def run(at):
    # Dies before the statement of that number, if there are so many.
    count = 0
    def executing(*_):
        nonlocal count
        count += 1
        if count == at:
            os.kill(os.getpid(), signal.SIGKILL)
    event.listen(Engine, "before_cursor_execute", executing)
    asyncio.run(migrate(url, Cipher.from_key(key)))

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            run(int(line))
        finally:
            os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


async def program(text: str, url: str) -> Process:
    arguments = ("-c", text, url, KEY)
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )


async def both(url: str) -> tuple[Process, Process]:
    """Two that are about to migrate."""
    processes = (await program(MIGRATE, url), await program(MIGRATE, url))
    for each in processes:
        assert each.stdout is not None
        assert await each.stdout.readline() == b"ready\n"
    return processes


def go(processes: Sequence[Process]) -> None:
    for each in processes:
        assert each.stdin is not None
        each.stdin.write(b"\n")


async def ended(processes: Sequence[Process]) -> list[tuple[int | None, str]]:
    said = [(await each.communicate())[1].decode() for each in processes]
    return [(each.returncode, words) for each, words in zip(processes, said, strict=True)]


async def test_of_two_on_sqlite_one_migrates_and_the_other_says_so_or_comes_after(tmp_path: Path) -> None:
    url = sqlite_of(OLD, tmp_path / "easel.db")
    processes = await both(url)
    go(processes)
    outcomes = await ended(processes)
    assert (0, "") in outcomes
    refused = [words for code, words in outcomes if code != 0]
    assert all("Another Easel process is using" in words for words in refused)
    await (await open_store(url, CIPHER)).close()


async def test_of_two_on_postgresql_one_migrates_and_the_other_waits_for_it(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    name = postgres_of(OLD, postgres, tmp_path / "easel.db")
    url = postgres.url(name)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
    database = connect(url, CIPHER)
    assert isinstance(database, PostgresDatabase)
    processes = await both(url)
    async with database.write() as connection:
        await database.take_turn(connection, Turn.MIGRATION)
        go(processes)
        async with asyncio.timeout(30):
            while await asyncio.to_thread(postgres.query, waiting, name) != [["2"]]:
                pass
    await database.close()
    assert await ended(processes) == [(0, ""), (0, "")]
    await (await open_store(url, CIPHER)).close()
    postgres.drop_database(name)


async def killed_at(url: str, points: Sequence[int]) -> list[int]:
    """The exit codes of migrations that are killed before the statements of these numbers, one after the other."""
    process = await program(KILLED, url)
    assert process.stdin is not None
    assert process.stdout is not None
    codes: list[int] = []
    for point in points:
        process.stdin.write(f"{point}\n".encode())
        codes.append(int(await process.stdout.readline()))
    _, said = await process.communicate(b"")
    assert said == b""
    return codes


POINTS = (2, 3, 5, 10, 20, 40, 60, 80, 90)


async def test_a_migration_that_is_killed_has_changed_nothing_on_sqlite(tmp_path: Path) -> None:
    path = tmp_path / "easel.db"
    url = sqlite_of(OLD, path)

    def content() -> list[str]:
        with closing(sqlite3.connect(path)) as connection:
            return list(connection.iterdump())

    before = content()
    assert await killed_at(url, POINTS) == [-signal.SIGKILL] * len(POINTS)
    assert content() == before
    await migrate(url, CIPHER)
    assert content() != before


async def test_a_migration_that_is_killed_has_changed_nothing_on_postgresql(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    name = postgres_of(OLD, postgres, tmp_path / "easel.db")

    def content() -> list[str]:
        dump = postgres.run("pg_dump", "--no-owner", "--inserts", postgres.url(name))
        return [line for line in dump.splitlines() if "restrict" not in line]  # which differs each time

    before = content()
    assert await killed_at(postgres.url(name), POINTS) == [-signal.SIGKILL] * len(POINTS)
    assert content() == before
    await migrate(postgres.url(name), CIPHER)
    assert content() != before
    postgres.drop_database(name)
