"""Every schema that there was becomes this version's, and loses nothing."""

import asyncio
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, func, inspect, select, text

from bot.domain.job import JobStatus
from bot.domain.options import Options
from bot.storage.cipher import Cipher
from bot.storage.moderation_tables import metadata
from bot.storage.preferences import SqlPreferences
from bot.storage.processes import SqlProcesses
from bot.storage.revisions import REVISIONS
from bot.storage.schema import _config, connect, migrate
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import balances, deployment, jobs, ledger
from tests.storage.examples import MEMBER, NOON, PRICE, admit, claim
from tests.storage.postgres_server import PostgresServer
from tests.storage.schemas.kept import KEPT, KEPT_ON_POSTGRES, postgres_of, sqlite_of
from tests.storage.schemas.write import KEY

Rows = dict[str, dict[str, list[Any]]]
"""The values of each column of each table."""

_NEVER_THERE = {"owner", "claimed_at"}
"""Columns of a job that 0003 empties: whoever owned it was another version, and is gone."""


CIPHER = Cipher.from_key(KEY)


@dataclass(frozen=True, slots=True)
class Old:
    """A database of an earlier version."""

    url: str
    schema: Callable[[], object]
    """What its schema is now."""
    new: object
    """The schema of a new database."""


@pytest.fixture(params=[*KEPT, *(f"{each} on postgresql" for each in KEPT_ON_POSTGRES)])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Old]:
    schema, on_postgres, _ = request.param.partition(" on ")
    path = tmp_path / "easel.db"
    if not on_postgres:
        new = sqlite_schema(request.getfixturevalue("migrated_file"))
        yield Old(sqlite_of(schema, path), partial(sqlite_schema, path), new)
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = postgres_of(schema, postgres, path)
    new = postgres_schema(postgres, request.getfixturevalue("migrated_name"))
    yield Old(postgres.url(name), partial(postgres_schema, postgres, name), new)
    postgres.drop_database(name)


async def rows_of(url: str) -> Rows:
    def read(connection: Connection) -> Rows:
        kept: Rows = {}
        for table in inspect(connection).get_table_names():
            answer = connection.execute(text(f'SELECT * FROM "{table}"'))
            columns = list(answer.keys())
            rows = answer.all()
            kept[table] = {name: [row[place] for row in rows] for place, name in enumerate(columns)}
        return kept

    database = connect(url, CIPHER)
    try:
        async with database.read() as connection:
            return await connection.run_sync(read)
    finally:
        await database.close()


def as_told(rows: Rows) -> dict[tuple[str, str], Counter[Any]]:
    """What no migration may change, by tables and columns as they are called now."""
    told: dict[tuple[str, str], Counter[Any]] = {}
    for table, columns in rows.items():
        for column, values in columns.items():
            name = "claimed_at" if (table, column) == ("jobs", "lease_until") else column
            if table not in ("alembic_version", "deployment") and not (table == "jobs" and name in _NEVER_THERE):
                told[table, name] = Counter(values)
    return told


async def test_nothing_is_lost_and_jobs_go_on(old: Old) -> None:
    before = as_told(await rows_of(old.url))
    assert sum(bool(values) for values in before.values()) > 45
    await migrate(old.url, CIPHER)
    after = as_told(await rows_of(old.url))
    assert {column: after.get(column) for column in before} == before
    assert old.schema() == old.new

    store = await open_store(old.url, CIPHER)
    try:
        there = await readable(store)
        await balanced(store)
        for job_id in await claimed(store):
            job = await store.job(job_id)
            assert job is not None
            if job.status is not JobStatus.DELIVERING:
                job = await store.advance(job, JobStatus.DELIVERING)
            await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=PRICE, pictures=1)
        await balanced(store)
        await admit(store, id="a new one", member_id=MEMBER + 7)
        async with store.database.read() as connection:
            assert await connection.scalar(select(func.count()).select_from(jobs)) == there + 1
        assert await SqlPreferences(store.database).change_defaults(MEMBER, lambda _: Options(count=3)) is not None
    finally:
        await store.close()


def test_the_schema_of_each_revision_is_kept() -> None:
    """`tests/storage/schemas/write.py` writes down that of a new one."""
    assert sorted({each[:4] for each in KEPT}) == REVISIONS
    assert sorted({each[:4] for each in KEPT_ON_POSTGRES}) == REVISIONS[1:]  # the first one knew SQLite alone


async def test_no_migration_is_edited(tmp_path: Path) -> None:
    """Databases were made by it: what it lacks is for another one to do."""
    latest = {each[:4]: each for each in KEPT}
    database = connect(f"sqlite:///{tmp_path / 'made.db'}", CIPHER)
    await asyncio.to_thread(database.make)
    try:
        for revision, schema in latest.items():
            async with database.write() as connection:
                await connection.run_sync(lambda each, to=revision: command.upgrade(_config(each), to))
            sqlite_of(schema, tmp_path / f"{schema}.db")
            assert sqlite_schema(tmp_path / "made.db") == sqlite_schema(tmp_path / f"{schema}.db"), revision
    finally:
        await database.close()


async def readable(store: SqlStore) -> int:
    """Everything that is encrypted can be read, in whichever form it was written; answers how many jobs there are."""
    async with store.database.read() as connection:
        statuses = {row.id: row.status for row in await connection.execute(select(jobs.c.id, jobs.c.status))}
        for table in metadata.sorted_tables:
            (await connection.execute(select(table))).all()
        assert (await connection.scalars(select(deployment.c.value))).all()[:1] == ["easel"]
    for job_id, status in statuses.items():
        job = await store.job(job_id)
        assert job is not None
        assert (job.status, job.request.prompt) == (status, f"a fox that is {job_id}")
        assert job.request.attachments[0].filename == "cat.png"
        if job.status in (JobStatus.RUNNING, JobStatus.DELIVERING):
            assert job.prediction_id == f"prediction-{job_id}"
            assert job.submission is not None
            assert job.submission.input == {"prompt": f"a fox that is {job_id}"}
    assert set(statuses) >= {"staging", "queued", "submitting", "running", "delivering", "succeeded", "failed"}
    return len(statuses)


async def balanced(store: SqlStore) -> None:
    """The ledger's captures are what the jobs cost, and its balances what its entries commit."""
    async with store.database.read() as connection:
        captured = await connection.scalar(select(func.sum(ledger.c.amount)).where(ledger.c.kind == "capture"))
        cost = await connection.scalar(select(func.sum(jobs.c.cost)).where(jobs.c.finished_at.is_not(None)))
        committed = await connection.scalar(select(func.sum(ledger.c.committed_amount)))
        kept = await connection.scalar(select(func.sum(balances.c.amount)).where(balances.c.scope == "operator"))
    assert captured == cost
    assert committed == kept


async def claimed(store: SqlStore) -> list[str]:
    """The jobs that are to go on, in the hands of a new process."""
    processes = SqlProcesses(store.database)
    await processes.join("new")
    await processes.beat("new")  # which finds that those of then are gone
    live = {JobStatus.STAGING, JobStatus.QUEUED, JobStatus.SUBMITTING, JobStatus.RUNNING, JobStatus.DELIVERING}
    there = {job.id: job for job in (await claim(store, "new")).jobs}
    assert {job.status for job in there.values()} >= live
    return list(there)


def sqlite_schema(path: Path) -> set[tuple[Any, ...]]:
    """Columns, keys, checks, indexes and triggers, whatever their order is."""
    with closing(sqlite3.connect(path)) as connection:
        entries = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master").fetchall()
        told: set[tuple[Any, ...]] = set()
        for kind, name, table, sql in entries:
            if kind != "table":
                told.add((kind, name, table, " ".join((sql or "").split())))
                continue
            told |= {(name, *column[1:]) for column in connection.execute(f"PRAGMA table_info({name})")}
            told |= {(name, "key", *key[2:]) for key in connection.execute(f"PRAGMA foreign_key_list({name})")}
            told |= {(name, line.strip().rstrip(",")) for line in sql.splitlines() if "CHECK" in line}
    return told


def postgres_schema(postgres: PostgresServer, name: str) -> list[list[str]]:
    rows = postgres.query(
        """
        SELECT table_name, column_name, data_type, character_maximum_length::text, is_nullable, column_default
            FROM information_schema.columns WHERE table_schema = 'public'
        UNION SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '' FROM pg_constraint
            WHERE conrelid <> 0
        UNION SELECT tablename, indexname, indexdef, '', '', '' FROM pg_indexes WHERE schemaname = 'public'
        UNION SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid), '', '', '' FROM pg_trigger
            WHERE NOT tgisinternal
        UNION SELECT proname, '', regexp_replace(prosrc, '\\s+', ' ', 'g'), '', '', '' FROM pg_proc
            WHERE pronamespace = 'public'::regnamespace
        UNION SELECT attrelid::regclass::text, attname, attstorage::text, 'storage', '', '' FROM pg_attribute
            WHERE attnum > 0 AND NOT attisdropped AND attrelid IN (SELECT oid FROM pg_class WHERE relkind = 'r'
            AND relnamespace = 'public'::regnamespace)
        ORDER BY 1, 2, 3
        """,
        name,
    )
    # What was dumped and made again says the same with other casts.
    return [[re.sub(r"::(character varying|text)(\[\])?|[()]", "", cell) for cell in row] for row in rows]
