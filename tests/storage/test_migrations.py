"""Migrations keep what is there."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Connection, MetaData, Table, select, text

from bot.domain.job import Job, JobStatus
from bot.domain.options import Options
from bot.domain.quota import Span
from bot.domain.style import Style
from bot.service.ports import MemberUsage, Usage
from bot.storage import schema
from bot.storage.books import SqlBooks
from bot.storage.cipher import Cipher
from bot.storage.columns import Moment
from bot.storage.engine import Database
from bot.storage.preferences import SqlPreferences
from bot.storage.records import columns_of, fields_of
from bot.storage.schema import KEY_CHECK, connect, migrate
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import balances, deployment, jobs, ledger, people
from tests.storage.examples import ENDED, GUILD, LIVE, MEMBER, NOON, PRICE, a_job, admit, claim, claim_one
from tests.storage.postgres_server import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'old.db'}"
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = postgres.make_database()
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture
async def old(empty_url: str, cipher: Cipher) -> AsyncIterator[Database]:
    """A database as it was before processes shared the work."""
    database = connect(empty_url, cipher)
    await asyncio.to_thread(database.make)
    async with database.write() as connection:
        await connection.run_sync(lambda each: command.upgrade(schema._config(each), "0002"))
        await connection.execute(deployment.insert().values(name=KEY_CHECK, value="easel"))
    yield database
    await database.close()


async def keep(database: Database, job: Job) -> None:
    """Store a job and its hold as that version did: with a lease, where it has an owner."""
    row: dict[str, Any] = {"person_id": 1} | columns_of(fields_of(job))
    row["lease_until"] = NOON if job.owner else None

    def insert(connection: Connection) -> None:
        table = Table("jobs", MetaData(), autoload_with=connection)
        types = {name: column.type for name, column in jobs.c.items()} | {"lease_until": Moment()}
        for column in table.c:  # for what the database doesn't know of its values
            column.type = types[column.name]
        connection.execute(table.insert().values({name: row[name] for name in row if name in table.c}))

    async with database.write() as connection:
        await connection.run_sync(insert)
        await connection.execute(
            ledger.insert().values(
                job_id=job.id, kind="hold", person_id=1, pictures=1, amount=PRICE, at=NOON, held_at=NOON,
                committed_pictures=1, committed_amount=PRICE,
            )
        )  # fmt: skip


async def test_jobs_with_owners_and_leases_are_there_for_the_first_who_comes(
    old: Database, empty_url: str, cipher: Cipher
) -> None:
    leased = [a_job(status=status, owner="old") for status in LIVE]
    free = [a_job(status=status) for status in LIVE]
    ended = [a_job(status=status, finished_at=NOON, cost=1, pictures=1) for status in ENDED]
    async with old.write() as connection:
        await connection.execute(people.insert().values(discord_id=MEMBER))
    for job in (*leased, *free, *ended):
        await keep(old, job)
    await migrate(empty_url, cipher)
    store = await open_store(empty_url, cipher)
    try:
        for job in (*leased, *free, *ended):
            assert await store.job(job.id) == replace(job, owner=None)
        claimed = {job.id: job for job in (await claim(store, "new")).jobs}
        for job in (*leased, *free):
            assert claimed.pop(job.id) == replace(job, owner="new", claimed_at=NOON)
        assert claimed == {}
        there = len((*leased, *free, *ended))
        assert (await store.usage(MEMBER, NOON, 0)).today == Usage(there, there, there * PRICE)
        await lives_on(store, leased[0].id)
    finally:
        await store.close()


async def lives_on(store: SqlStore, job_id: str) -> None:
    """The columns and constraints of old rows are those of new ones."""
    job = await store.job(job_id)
    assert job is not None
    assert await store.cancel(job_id, MEMBER + 1, NOON)
    job = await store.advance(job, JobStatus.DELIVERING, doubtful=True)
    await store.settle(job, JobStatus.CANCELED, NOON, captured=None, pictures=0)
    assert job_id in [each.id for each in await store.doubtful(NOON)]
    new = await admit(store)
    assert (await claim_one(store, "new")).id == new.id
    preferences = SqlPreferences(store.database)
    assert await preferences.defaults(MEMBER) == Options()
    assert await preferences.change_defaults(MEMBER, lambda _: Options(count=2)) == Options(count=2)
    assert await preferences.save_style(GUILD, Style("Ink", "in ink"), MEMBER, NOON) is None


async def test_a_reference_of_the_new_column_is_checked(old: Database, empty_url: str, cipher: Cipher) -> None:
    async with old.write() as connection:
        await connection.execute(people.insert().values(discord_id=MEMBER))
    await keep(old, a_job())
    await migrate(empty_url, cipher)
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        async with old.write() as connection:
            await connection.execute(text("UPDATE jobs SET cancel_at = 1, cancel_by = 99"))


async def test_old_entries_are_in_the_balances_and_the_statements(
    old: Database, empty_url: str, cipher: Cipher
) -> None:
    def entry(job: str, kind: str, hold_at: datetime, guild_id: int | None, committed: int) -> dict[str, Any]:
        return {
            "job_id": job, "kind": kind, "person_id": 1, "guild_id": guild_id, "pictures": 0, "amount": 1,
            "at": NOON, "held_at": hold_at, "committed_pictures": committed, "committed_amount": committed * PRICE,
        }  # fmt: skip

    quarter = timedelta(minutes=15)
    entries = [
        entry("a", "hold", NOON, GUILD, 2),
        entry("a", "release", NOON, GUILD, -2),
        entry("b", "hold", NOON + quarter - timedelta(microseconds=1), GUILD, 3),
        entry("c", "hold", NOON + quarter, GUILD, 4),
        entry("d", "hold", NOON, None, 5),
    ]
    async with old.write() as connection:
        await connection.execute(people.insert().values(discord_id=MEMBER))
        await connection.execute(ledger.insert(), entries)
    await migrate(empty_url, cipher)
    store = await open_store(empty_url, cipher)
    try:
        async with store.database.read() as connection:
            kept = {tuple(row) for row in await connection.execute(select(balances))}
        assert kept == {
            ("operator", NOON, 8, 8 * PRICE),
            ("operator", NOON + quarter, 4, 4 * PRICE),
            (f"guild:{GUILD}", NOON, 3, 3 * PRICE),
            (f"guild:{GUILD}", NOON + quarter, 4, 4 * PRICE),
        }
        statement = await SqlBooks(store.database).statement(Span(NOON, NOON + 2 * quarter), UTC, guild_id=GUILD)
        assert statement.total == Usage(7, 2, 7 * PRICE)
        assert statement.by_member == [MemberUsage(MEMBER, Usage(7, 2, 7 * PRICE))]
        await admit(store, created_at=NOON)  # counted to what was there
        async with store.database.read() as connection:
            of_quarter = (balances.c.scope == "operator", balances.c.quarter == NOON)
            assert await connection.scalar(select(balances.c.pictures).where(*of_quarter)) == 9
    finally:
        await store.close()
