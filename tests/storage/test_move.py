"""A SQLite database moved to PostgreSQL: all of it arrives, or nothing."""

import asyncio
import os
import random
import signal
import sqlite3
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.storage.blobs import DirectoryBlobs, TableBlobs
from bot.storage.cipher import Cipher, make_key
from bot.storage.engine import Database
from bot.storage.errors import CannotMove, CopyDiffers, Moved, TargetNotEmpty, WrongSecretKey
from bot.storage.moderation_tables import metadata
from bot.storage.move import Digest, Move, unmark
from bot.storage.schema import connect, migrate
from bot.storage.store import open_store
from bot.storage.tables import deployment
from tests.storage.examples import NOON, UNLIMITED, a_job
from tests.storage.planted import everything, plant

LATER = NOON + timedelta(days=1)
PICTURES = {"job-1/0": b"", "job-1/1": b"\x00\xff" * 3_000, "styles/a_b-c": b"fox"}


@pytest.fixture
async def source_url(sqlite_file: Path, cipher: Cipher, tmp_path: Path) -> str:
    """With rows in every table, and pictures beside it."""
    url = f"sqlite:///{sqlite_file}"
    store = await open_store(url, cipher)
    await plant(store.database, cipher, most=9)
    async with store.database.write() as connection:  # where a directory keeps them
        await connection.execute(text("DELETE FROM blobs"))
    await store.close()
    for key, data in PICTURES.items():
        await DirectoryBlobs(tmp_path / "blobs", cipher).put(key, data, keep_until=LATER)
    return url


@asynccontextmanager
async def moving(source_url: str, target_url: str, directory: Path, cipher: Cipher) -> AsyncGenerator[Move]:
    await migrate(target_url, cipher)
    source, target = await open_store(source_url, cipher), connect(target_url, cipher)
    try:
        yield Move(source.database, DirectoryBlobs(directory, cipher), target)
    finally:
        await source.close()
        await target.close()


def not_told(_table: str, _rows: int) -> None:
    pass


async def test_every_row_arrives_as_it_was(
    source_url: str, own_postgres_url: str, cipher: Cipher, tmp_path: Path
) -> None:
    source = await open_store(source_url, cipher)
    there, root = await everything(source.database), source.database.root
    await source.close()
    assert all(len(rows) == 9 for name, rows in there.items() if name not in ("deployment", "blobs"))
    there["processes"] = []  # none lives where nobody has the lock
    told: dict[str, int] = {}
    async with moving(source_url, own_postgres_url, tmp_path / "blobs", cipher) as move:
        counts = await move.copy(lambda table, rows: told.update({table: told.get(table, 0) + rows}))
        await move.mark("elsewhere")
    assert counts == {name: len(rows) for name, rows in there.items()} | {"blobs": len(PICTURES)}
    assert told == {name: count for name, count in counts.items() if count}

    target = await open_store(own_postgres_url, cipher)
    try:
        found = await everything(target.database)
        assert len(found.pop("blobs")) == len(PICTURES)
        assert found == {name: rows for name, rows in there.items() if name != "blobs"}
        assert target.database.root == root
        kept = TableBlobs(target.database, cipher)
        assert {key: await kept.get(key) for key in await kept.keys()} == PICTURES
        assert await kept.expire(LATER) == 0
        assert await kept.expire(LATER + timedelta(microseconds=1)) == len(PICTURES)
        await lives_on(target.database)
        job = a_job()
        assert await target.admit(job, UNLIMITED, NOON) is None
        assert await target.job(job.id) == job
    finally:
        await target.close()

    for opening in (migrate, open_store):
        with pytest.raises(Moved, match="moved to elsewhere: set DATABASE_URL"):
            await opening(source_url, cipher)
    database = connect(source_url, cipher)
    assert await unmark(database)
    assert not await unmark(database)
    assert await everything(database) == there
    await database.close()
    await migrate(source_url, cipher)


async def lives_on(database: Database) -> None:
    """New rows get numbers that none had."""
    numbered = [each for each in metadata.sorted_tables if each.autoincrement_column is not None]
    assert len(numbered) >= 8
    for table in numbered:
        async with database.read() as connection:
            [(number,)] = await connection.execute(text(f"SELECT last_value FROM {table.name}_id_seq"))
        assert number == 9


async def test_a_database_without_anything(
    sqlite_file: Path, own_postgres_url: str, cipher: Cipher, tmp_path: Path
) -> None:
    async with moving(f"sqlite:///{sqlite_file}", own_postgres_url, tmp_path / "blobs", cipher) as move:
        assert sum((await move.copy(not_told)).values()) == 2, "the facts"
    target = await open_store(own_postgres_url, cipher)
    assert await target.admit(a_job(), UNLIMITED, NOON) is None
    await target.close()


async def test_a_target_that_holds_something_else(
    source_url: str, own_postgres_url: str, cipher: Cipher, tmp_path: Path
) -> None:
    async with moving(source_url, own_postgres_url, tmp_path / "blobs", cipher) as move:
        await move.copy(not_told)
        assert (await move.copy(not_told))["jobs"] == 9, "what was copied already is what was to be copied"
    target = await open_store(own_postgres_url, cipher)
    async with target.database.write() as connection:
        await connection.execute(text("UPDATE jobs SET told_ahead = 12345 WHERE id = 'id-1'"))
    before = await everything(target.database)
    async with moving(source_url, own_postgres_url, tmp_path / "blobs", cipher) as move:
        with pytest.raises(TargetNotEmpty):
            await move.copy(not_told)
    assert await everything(target.database) == before
    await target.close()
    with pytest.raises(WrongSecretKey):
        await migrate(own_postgres_url, Cipher.from_key(make_key()))


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("jobs", "UPDATE jobs SET \"count\" = 3000000000 WHERE id = 'id-1'"),
        ("strays", "UPDATE strays SET job_id = 'a' || char(0) || 'b'"),
        ("appeals", "PRAGMA foreign_keys = OFF; UPDATE appeals SET person_id = 77 WHERE id = 2"),
    ],
)
async def test_what_postgresql_does_not_take_is_told_and_nothing_is_moved(
    table: str, change: str, source_url: str, own_postgres_url: str, cipher: Cipher
) -> None:
    file = sqlite3.connect(source_url.removeprefix("sqlite:///"))
    file.executescript(change)
    file.close()
    async with moving(
        source_url, own_postgres_url, Path(source_url.removeprefix("sqlite:///")).with_name("blobs"), cipher
    ) as move:
        with pytest.raises(CannotMove, match=f"the table {table} ") as refused:
            await move.copy(not_told)
        assert "77" not in str(refused.value)
    assert await is_empty(own_postgres_url, cipher)


async def test_what_arrives_otherwise_is_not_kept(
    source_url: str, own_postgres_url: str, cipher: Cipher, tmp_path: Path
) -> None:
    """As by a trigger in the target that somebody has put there."""
    await migrate(own_postgres_url, cipher)
    database = connect(own_postgres_url, cipher)
    async with database.write() as connection:
        await connection.execute(
            text(
                "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN IF NEW.id = 3 THEN NEW.served_at = 1; END IF; RETURN NEW; END $$"
            )
        )
        await connection.execute(
            text("CREATE TRIGGER spoil BEFORE INSERT ON turns FOR EACH ROW EXECUTE FUNCTION spoil()")
        )
    await database.close()
    async with moving(source_url, own_postgres_url, tmp_path / "blobs", cipher) as move:
        with pytest.raises(CopyDiffers):
            await move.copy(not_told)
    assert await is_empty(own_postgres_url, cipher)


async def is_empty(url: str, cipher: Cipher) -> bool:
    database = connect(url, cipher)
    try:
        found = await everything(database)
    finally:
        await database.close()
    return not any(rows for name, rows in found.items() if name != deployment.name)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="kills a fork of this process")
def test_killed_anywhere_it_is_done_by_the_next(
    sqlite_file: Path, own_postgres_url: str, cipher: Cipher, tmp_path: Path
) -> None:
    url = f"sqlite:///{sqlite_file}"

    async def begin() -> int:
        store = await open_store(url, cipher)
        await plant(store.database, cipher, most=2)
        await store.close()
        return len(metadata.sorted_tables)

    async def go_on(die_at: int | None) -> None:
        """Copies; dies with its batch of that number, or between the copy and the mark where there are fewer."""
        numbers = iter(range(1_000))

        def told(_table: str, _rows: int) -> None:
            if next(numbers) == die_at:
                os.kill(os.getpid(), signal.SIGKILL)

        async with moving(url, own_postgres_url, tmp_path / "blobs", cipher) as move:
            await move.copy(told)
            if die_at is not None:
                os.kill(os.getpid(), signal.SIGKILL)
            await move.mark("elsewhere")

    def forked(die_at: int | None) -> int:
        child = os.fork()
        if not child:
            try:
                asyncio.run(go_on(die_at))
                os._exit(0)
            finally:
                os._exit(1)
        return os.waitpid(child, 0)[1]

    tables = asyncio.run(begin())
    for die_at in (0, tables // 2, tables - 3):
        assert os.WIFSIGNALED(forked(die_at))
        assert asyncio.run(is_empty(own_postgres_url, cipher))
    assert os.WIFSIGNALED(forked(999))
    assert not asyncio.run(is_empty(own_postgres_url, cipher))
    assert forked(None) == 0
    with pytest.raises(Moved):
        asyncio.run(migrate(url, cipher))


def test_a_digest_knows_rows_in_any_order_and_no_others() -> None:
    some = random.Random(1)
    rows: list[Sequence[object]] = [(number, str(number), None, b"\x00" * number, number / 3) for number in range(50)]
    whole, shuffled = Digest(), Digest()
    whole.add(rows)
    mixed = some.sample(rows, len(rows))
    shuffled.add(mixed[:20])
    shuffled.add(mixed[20:])
    assert whole == shuffled
    for other in (rows[1:], [*rows, rows[0]], [*rows[:-1], (49, "49", 0, b"\x00" * 49, 49 / 3)]):
        digest = Digest()
        digest.add(other)
        assert digest != whole
