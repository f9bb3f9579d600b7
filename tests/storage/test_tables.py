"""What is in the tables, as any other program sees it, and what they refuse."""

import asyncio
import sqlite3
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.domain.errors import LimitReached, VendorFailure
from bot.domain.job import Answer, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission, Tokens
from bot.domain.request import Attachment, ImageRequest, InputImage
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import Usage
from bot.storage.preferences import SqlPreferences
from bot.storage.store import SqlStore
from bot.storage.trail import SqlTrail
from tests.storage.conftest import Opener
from tests.storage.examples import (
    GUILD,
    MEMBER,
    NOON,
    PRICE,
    UNLIMITED,
    a_job,
    admit,
    bring_to,
    claim_one,
    outcome,
    quota,
)
from tests.storage.postgres_server import PostgresServer

Query = Callable[[str], Awaitable[list[tuple[Any, ...]]]]

REFUSED = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)


@pytest.fixture
async def raw(database_url: str) -> AsyncIterator[Query]:
    """Runs a statement on a connection of its own."""
    if database_url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(database_url).database or "", isolation_level=None)) as file:

            async def query(statement: str) -> list[tuple[Any, ...]]:
                return file.execute(statement).fetchall()

            yield query
    else:
        connection = await asyncpg.connect(database_url)

        async def query(statement: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in await connection.fetch(statement)]

        yield query
        await connection.close()


@pytest.fixture
def on_disk(database_url: str, request: pytest.FixtureRequest) -> Callable[[], bytes]:
    """Answers all bytes that the database has put on disk, those of its log too."""
    if database_url.startswith("sqlite"):
        directory, files = Path(make_url(database_url).database or "").parent, "easel*.db*"
    else:
        postgres: PostgresServer = request.getfixturevalue("postgres")
        directory, files = postgres.data, "**/*"
    return lambda: b"".join(path.read_bytes() for path in directory.glob(files) if path.is_file())


async def test_nothing_entrusted_is_on_disk_in_clear(
    store: SqlStore, raw: Query, on_disk: Callable[[], bytes], database_url: str
) -> None:
    secrets = [f"secret-{number}" for number in range(12)]
    (prompt, picture, token, key, name, text, hook, sent, output, error, detail, fact) = secrets
    attachment = Attachment(1, "fox.png", f"https://{picture}", 1, "")
    job = a_job(
        request=ImageRequest("openai/gpt-image-2", prompt, attachments=(attachment,)),
        answer=Answer(1, token, NOON, 2, private=False, file_limit=3),
        account="seen-in-clear",
    )
    await admit(store, job)
    job = await claim_one(store, "me")
    submission = Submission("openai/gpt-image-2", {"prompt": text}, f"https://{hook}", 300)
    job = await store.advance(
        job, JobStatus.QUEUED, inputs=(InputImage(key, name, "image/png", 1, 1, 1),), submission=submission
    )
    prediction = Prediction(
        "p", PredictionStatus.FAILED, "", {"x": sent}, (f"https://{output}",), failure=VendorFailure(error)
    )
    await store.advance(job, JobStatus.DELIVERING, prediction=prediction, failure=VendorFailure(detail))
    await store.remember("fact", fact)

    found = on_disk()
    await store.close()
    if database_url.startswith("postgresql"):
        await raw("CHECKPOINT")
    found += on_disk()
    assert b"seen-in-clear" in found
    assert [secret for secret in secrets if secret.encode() in found] == []


async def test_the_ledger_is_append_only(store: SqlStore, raw: Query, database_url: str) -> None:
    await admit(store)
    statements = ["UPDATE ledger SET amount = 0", "DELETE FROM ledger"]
    for statement in [*statements, "TRUNCATE ledger"] if database_url.startswith("postgresql") else statements:
        with pytest.raises(REFUSED, match="append-only"):
            await raw(statement)
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage(1, 1, PRICE)


async def test_the_trail_is_append_only_but_for_a_guild_that_is_erased(
    store: SqlStore, raw: Query, database_url: str
) -> None:
    trail = SqlTrail(store.database)
    for guild_id in (GUILD, GUILD + 1):
        await trail.enter(TrailEntry(guild_id, Action.WARN, 1, NOON, subject_id=MEMBER, reason="spam"))
    statements = ["UPDATE trail SET at = 0", "DELETE FROM trail"]
    for statement in [*statements, "TRUNCATE trail"] if database_url.startswith("postgresql") else statements:
        with pytest.raises(REFUSED, match="append-only"):
            await raw(statement)
    preferences = SqlPreferences(store.database)
    for guild_id in (GUILD, GUILD + 1):
        await preferences.change_policy(guild_id, lambda held: held, MEMBER, NOON)
    await raw(f"UPDATE guilds SET erased_at = 1 WHERE id = {GUILD}")
    for statement in ("DELETE FROM trail", f"UPDATE trail SET at = 0 WHERE guild_id = {GUILD}"):
        with pytest.raises(REFUSED, match="append-only"):
            await raw(statement)
    await raw(f"DELETE FROM trail WHERE guild_id = {GUILD}")
    assert await trail.entries(GUILD, 10) == []
    assert [each.reason for each in await trail.entries(GUILD + 1, 10)] == ["spam"]


@pytest.mark.parametrize("kind", ["capture", "release", "hold"])
async def test_a_job_has_one_entry_of_each_kind_and_one_end(store: SqlStore, raw: Query, kind: str) -> None:
    await bring_to(store, JobStatus.SUCCEEDED)
    with pytest.raises(REFUSED, match=r"(?i)unique"):
        await raw(
            "INSERT INTO ledger (job_id, kind, person_id, pictures, amount, at, held_at, committed_pictures,"
            f" committed_amount) SELECT job_id, '{kind}', person_id, 0, 0, 0, 0, 0, 0 FROM ledger WHERE kind = 'hold'"
        )


@pytest.mark.parametrize(
    ("kind", "pictures", "amount"), [("hold", -1, 0), ("hold", 0, -1), ("release", 1, 1), ("gift", 1, 1)]
)
async def test_entries_that_cannot_be(store: SqlStore, raw: Query, kind: str, pictures: int, amount: int) -> None:
    await admit(store)
    with pytest.raises(REFUSED, match=r"(?i)check"):
        await raw(
            "INSERT INTO ledger (job_id, kind, person_id, pictures, amount, at, held_at, committed_pictures,"
            f" committed_amount) SELECT 'x', '{kind}', id, {pictures}, {amount}, 0, 0, 0, 0 FROM people"
        )


async def test_what_the_ledger_says(store: SqlStore, raw: Query) -> None:
    await bring_to(store, JobStatus.SUCCEEDED, pictures=2)
    released = await bring_to(store, JobStatus.DELIVERING)
    await store.settle(released, JobStatus.FAILED, NOON, captured=None, pictures=0)
    rows = await raw("SELECT kind, pictures, amount, committed_pictures, committed_amount FROM ledger ORDER BY id")
    assert rows == [
        ("hold", 2, 2 * PRICE, 2, 2 * PRICE),
        ("capture", 1, PRICE, -1, -PRICE),
        ("hold", 1, PRICE, 1, PRICE),
        ("release", 0, PRICE, -1, -PRICE),
    ]
    assert await raw("SELECT DISTINCT discord_id FROM people JOIN ledger ON person_id = people.id") == [(MEMBER,)]


async def test_columns_that_queries_need_are_in_clear(store: SqlStore, raw: Query) -> None:
    job = await bring_to(store, JobStatus.STAGING, pictures=2)
    prediction = Prediction("p", PredictionStatus.SUCCEEDED, completed_at=NOON, tokens=Tokens(456, 361, 1372))
    await store.advance(job, JobStatus.DELIVERING, prediction=prediction)
    rows = await raw(
        "SELECT status, model, quality, count, private, channel_id, created_at, ended_at, input_text_tokens,"
        " input_image_tokens, output_tokens FROM jobs"
    )
    noon = int(NOON.timestamp()) * 10**6
    assert rows == [("delivering", "openai/gpt-image-2", "high", 2, 0, job.channel_id, noon, noon, 456, 361, 1372)]


async def test_a_mistake_is_not_the_databases_trouble(store: SqlStore) -> None:
    with pytest.raises(DBAPIError, match="missing"):
        async with store.database.read() as connection:
            await connection.exec_driver_sql("SELECT * FROM missing")


async def test_errors_tell_nothing_about_anyone(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    error = await outcome(store.settle(job, JobStatus.FAILED, NOON, captured=-1, pictures=1))  # a row that can't be
    assert isinstance(error, IntegrityError)
    told = "".join(traceback.format_exception(error))
    assert [secret for secret in (job.id, str(MEMBER), str(GUILD)) if secret in told] == []


async def test_sums_are_integers(store: SqlStore) -> None:
    await bring_to(store, JobStatus.SUCCEEDED)
    report = await store.usage(MEMBER, NOON, 0)
    for usage in (report.today, report.month, *report.by_quality.values()):
        assert [type(each) for each in (usage.pictures, usage.jobs, usage.amount)] == [int] * 3
    refused = await outcome(store.admit(a_job(), quota(1), NOON))
    assert isinstance(refused, LimitReached)
    assert type(refused.used) is int


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
