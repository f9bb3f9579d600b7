"""What only a SQLite file can show: what is in its bytes, what its triggers refuse, and how it fails."""
# ruff: noqa: ASYNC240 # a test may look at its files where it stands

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from bot.domain.errors import StoreUnavailable, VendorFailure
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission, Tokens
from bot.domain.request import Attachment, ImageRequest, InputImage
from bot.service.ports import Usage
from bot.storage.cipher import Cipher
from bot.storage.engine import reason
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store
from tests.storage.conftest import Opener
from tests.storage.examples import MEMBER, NOON, PRICE, UNLIMITED, a_job, admit, bring_to, claim_one, outcome


@pytest.fixture
def database_url(sqlite_file: Path) -> str:
    return f"sqlite:///{sqlite_file}?timeout=0.05"  # seconds that a lock is waited for


@pytest.fixture
def raw(sqlite_file: Path) -> Iterator[sqlite3.Connection]:
    """The file as any other program sees it."""
    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as connection:
        yield connection


async def test_nothing_entrusted_is_in_the_file_in_clear(store: SqlStore, sqlite_file: Path) -> None:
    secrets = [f"secret-{number}" for number in range(12)]
    (prompt, picture, token, key, name, text, hook, sent, output, error, detail, fact) = secrets
    attachment = Attachment(1, "fox.png", f"https://{picture}", 1, "")
    job = a_job(
        request=ImageRequest("openai/gpt-image-2", prompt, attachments=(attachment,)),
        answer=Answer(1, token, NOON, 2, private=False, file_limit=3),
    )
    await admit(store, job)
    job = await claim_one(store, "me")
    submission = Submission("openai/gpt-image-2", {"prompt": text}, f"https://{hook}", 300)
    job = await store.advance(
        job, "me", JobStatus.QUEUED, inputs=(InputImage(key, name, "image/png", 1, 1, 1),), submission=submission
    )
    prediction = Prediction(
        "p", PredictionStatus.FAILED, "", {"x": sent}, (f"https://{output}",), failure=VendorFailure(error)
    )
    await store.advance(job, "me", JobStatus.DELIVERING, prediction=prediction, failure=VendorFailure(detail))
    await store.remember("fact", fact)

    found = b"".join(path.read_bytes() for path in sqlite_file.parent.glob("easel.db*"))  # the log, too
    await store.close()
    found += sqlite_file.read_bytes()
    assert b"openai/gpt-image-2" in found
    assert [secret for secret in (*secrets, "https://") if secret.encode() in found] == []


@pytest.mark.parametrize("statement", ["UPDATE ledger SET amount = 0", "DELETE FROM ledger"])
async def test_the_ledger_is_append_only(store: SqlStore, raw: sqlite3.Connection, statement: str) -> None:
    await admit(store)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement)


@pytest.mark.parametrize("kind", ["capture", "release", "hold"])
async def test_a_job_has_one_entry_of_each_kind_and_one_end(
    store: SqlStore, raw: sqlite3.Connection, kind: str
) -> None:
    await bring_to(store, JobStatus.SUCCEEDED)
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        raw.execute(
            "INSERT INTO ledger (job_id, kind, person_id, pictures, amount, at, held_at, committed_pictures,"
            " committed_amount) SELECT job_id, ?, person_id, 0, 0, 0, 0, 0, 0 FROM ledger WHERE kind = 'hold'",
            (kind,),
        )


@pytest.mark.parametrize(
    ("kind", "pictures", "amount"), [("hold", -1, 0), ("hold", 0, -1), ("release", 1, 1), ("gift", 1, 1)]
)
async def test_entries_that_cannot_be(
    store: SqlStore, raw: sqlite3.Connection, kind: str, pictures: int, amount: int
) -> None:
    await admit(store)
    with pytest.raises(sqlite3.IntegrityError, match="CHECK"):
        raw.execute(
            "INSERT INTO ledger (job_id, kind, person_id, pictures, amount, at, held_at, committed_pictures,"
            " committed_amount) VALUES ('x', ?, 1, ?, ?, 0, 0, 0, 0)",
            (kind, pictures, amount),
        )


async def test_what_the_ledger_says(store: SqlStore, raw: sqlite3.Connection) -> None:
    await bring_to(store, JobStatus.SUCCEEDED, pictures=2)
    released = await bring_to(store, JobStatus.DELIVERING)
    await store.settle(released, "me", JobStatus.FAILED, NOON, captured=None, pictures=0)
    rows = raw.execute("SELECT kind, pictures, amount, committed_pictures, committed_amount FROM ledger ORDER BY id")
    assert rows.fetchall() == [
        ("hold", 2, 2 * PRICE, 2, 2 * PRICE),
        ("capture", 1, PRICE, -1, -PRICE),
        ("hold", 1, PRICE, 1, PRICE),
        ("release", 0, PRICE, -1, -PRICE),
    ]
    [discord_id] = raw.execute("SELECT discord_id FROM people WHERE id = (SELECT person_id FROM ledger LIMIT 1)")
    assert discord_id == (MEMBER,)


async def test_columns_that_queries_need_are_in_clear(store: SqlStore, raw: sqlite3.Connection) -> None:
    job = await bring_to(store, JobStatus.STAGING, pictures=2)
    prediction = Prediction("p", PredictionStatus.SUCCEEDED, completed_at=NOON, tokens=Tokens(456, 361, 1372))
    await store.advance(job, "me", JobStatus.DELIVERING, prediction=prediction)
    row = raw.execute(
        "SELECT status, model, quality, count, private, channel_id, created_at, ended_at, input_text_tokens,"
        " input_image_tokens, output_tokens FROM jobs"
    ).fetchone()
    noon = int(NOON.timestamp()) * 10**6
    assert row == ("delivering", "openai/gpt-image-2", "high", 2, 0, job.channel_id, noon, noon, 456, 361, 1372)


async def test_how_the_file_is_used(store: SqlStore) -> None:
    expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    async with store._database.write() as connection:
        for pragma, value in expected.items():
            assert (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar() == value


async def test_only_its_owner_can_read_the_file(tmp_path: Path, cipher: Cipher) -> None:
    path = tmp_path / "data" / "easel.db"
    await migrate(f"sqlite:///{path}", cipher)
    store = await open_store(f"sqlite:///{path}", cipher)
    await store.remember("a", "b")
    modes = {each.name: oct(each.stat().st_mode & 0o777) for each in (path.parent, *path.parent.iterdir())}
    await store.close()
    assert modes == {"data": "0o700", "easel.db": "0o600", "easel.db-wal": "0o600", "easel.db-shm": "0o600"}


async def test_reading_goes_on_while_something_is_written(store: SqlStore) -> None:
    job = await admit(store)
    async with store._database.write() as connection:
        await connection.exec_driver_sql("UPDATE jobs SET message_id = 5")
        assert await store.job(job.id) == job


async def test_writers_take_turns_where_the_file_would_refuse_them(sqlite_file: Path, cipher: Cipher) -> None:
    store = await open_store(f"sqlite:///{sqlite_file}?timeout=0", cipher)
    await asyncio.gather(*(admit(store) for _ in range(20)))
    await store.close()


# ------------------------------------------------------------------------------------------------ bad states


async def test_a_locked_file(store: SqlStore, raw: sqlite3.Connection) -> None:
    raw.execute("BEGIN IMMEDIATE")
    job = a_job()
    with pytest.raises(StoreUnavailable) as unavailable:
        await store.admit(job, UNLIMITED, NOON)
    assert "locked" in str(unavailable.value.__cause__)
    assert await store.check() == "database is locked"
    assert await store.job(job.id) is None  # reading goes on
    raw.execute("ROLLBACK")
    assert await store.check() is None
    await admit(store, job)


async def test_a_full_disk(store: SqlStore) -> None:
    async with store._database.read() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 1")  # no more than there are
    outcomes = [await outcome(admit(store)) for _ in range(30)]
    admitted = [each for each in outcomes if isinstance(each, Job)]
    refused = [each for each in outcomes if isinstance(each, StoreUnavailable)]
    assert len(admitted) + len(refused) == 30
    assert "full" in str(refused[0].__cause__)
    assert await store.check() in (None, "database or disk is full")
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage(len(admitted), len(admitted), len(admitted) * PRICE)
    async with store._database.read() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    await admit(store)


async def test_a_file_that_can_only_be_read(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    async with store._database.read() as connection:
        await connection.exec_driver_sql("PRAGMA query_only = ON")
    for write in (
        admit(store),
        store.settle(job, "me", JobStatus.SUCCEEDED, NOON, captured=1, pictures=1),
        store.received("id", NOON),
    ):
        assert isinstance(await outcome(write), StoreUnavailable)
    assert await store.check() == "attempt to write a readonly database"
    assert await store.job(job.id) == job
    async with store._database.read() as connection:
        await connection.exec_driver_sql("PRAGMA query_only = OFF")
    await store.settle(job, "me", JobStatus.SUCCEEDED, NOON, captured=1, pictures=1)


async def test_what_is_no_file(tmp_path: Path, sqlite_file: Path, cipher: Cipher) -> None:
    for opening in (open_store, migrate):
        with pytest.raises(StoreUnavailable) as unavailable:
            await opening(f"sqlite:///{tmp_path}", cipher)
        assert reason(unavailable.value) == "unable to open database file"
    with pytest.raises(StoreUnavailable):
        await migrate(f"sqlite:///{sqlite_file}/easel.db", cipher)


async def test_a_mistake_is_not_the_databases_trouble(store: SqlStore) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        async with store._database.read() as connection:
            await connection.exec_driver_sql("SELECT * FROM missing")


async def test_errors_tell_nothing_about_anyone(store: SqlStore) -> None:
    job = await admit(store)
    error = await outcome(store.admit(job, UNLIMITED, NOON))
    assert isinstance(error, Exception)
    assert job.id not in str(error)


async def test_a_canceled_caller_leaves_a_whole_transaction_or_none(store: SqlStore, open_another: Opener) -> None:
    jobs = [a_job() for _ in range(60)]
    for turns, job in enumerate(jobs):
        task = asyncio.create_task(store.admit(job, UNLIMITED, NOON))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await admit(store)  # the next in turn
    again = await open_another()
    whole = [job for job in jobs if await again.job(job.id)]
    assert len(whole) < len(jobs)
    count = len(whole) + 1
    assert (await again.usage(MEMBER, NOON, 0)).today == Usage(count, count, count * PRICE)
