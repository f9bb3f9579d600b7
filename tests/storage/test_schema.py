"""Migrating, and refusing what can't be opened."""

import asyncio
import logging
import sqlite3
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from cryptography.fernet import Fernet
from sqlalchemy import Connection

from bot.domain.errors import StoreUnavailable
from bot.storage import schema
from bot.storage.cipher import Cipher
from bot.storage.errors import (
    DatabaseInUse,
    IncompleteSchema,
    NotMigrated,
    SchemaTooNew,
    UnsupportedDatabase,
    WrongSecretKey,
)
from bot.storage.lock import DatabaseLock
from bot.storage.moderation_tables import metadata
from bot.storage.revisions import REVISIONS
from bot.storage.schema import connect, hold_database, is_absent, migrate
from bot.storage.store import SqlStore, open_store
from tests.storage.examples import NOON, UNLIMITED, a_job, admit, outcome
from tests.storage.postgres_server import PostgresServer


@pytest.fixture(params=["sqlite", "postgresql"])
def unmigrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database that is not there yet, or has nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
        return
    postgres: PostgresServer = request.getfixturevalue("postgres")
    name = postgres.make_database()
    yield postgres.url(name)
    postgres.drop_database(name)


async def test_the_migrations_make_the_tables_that_the_code_knows(store: SqlStore) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, metadata)

    async with store._database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_migrations_make_the_constraints_that_the_code_knows_on_sqlite(
    tmp_path: Path, sqlite_file: Path
) -> None:
    """Checks and the conditions of partial indexes, which a comparison of metadata leaves out."""

    def conditions(path: Path) -> set[str]:
        with closing(sqlite3.connect(path)) as connection:
            query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND type <> 'trigger'"
            schema = [sql for (sql,) in connection.execute(query)]
        lines = [line.strip().rstrip(",") for sql in schema for line in sql.splitlines()]
        return {line for line in lines if "CHECK" in line or "WHERE" in line or "UNIQUE" in line}

    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert conditions(tmp_path / "models.db") == conditions(sqlite_file)
    assert len(conditions(sqlite_file)) >= 10


async def test_the_migrations_make_the_constraints_that_the_code_knows_on_postgresql(
    postgres: PostgresServer, migrated_name: str, cipher: Cipher
) -> None:
    def conditions(database: str) -> list[list[str]]:
        return postgres.query(
            "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid <> 0"
            " AND conrelid <> coalesce(to_regclass('alembic_version'), 0) UNION"
            " SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
            " ORDER BY 1",
            database,
        )

    modelled = postgres.make_database()
    database = connect(postgres.url(modelled), cipher)
    async with database.write() as connection:
        await connection.run_sync(metadata.create_all)
    await database.close()
    assert conditions(modelled) == conditions(migrated_name)
    assert len(conditions(modelled)) >= 40
    postgres.drop_database(modelled)


async def test_the_revisions_are_those_that_alembic_finds(store: SqlStore) -> None:
    async with store.database.read() as connection:
        scripts = await connection.run_sync(lambda each: ScriptDirectory.from_config(schema._config(each)))
    assert [each.revision for each in scripts.walk_revisions()][::-1] == REVISIONS


def test_a_start_on_a_database_that_is_up_to_date_does_without_alembic(sqlite_file: Path, secret_key: str) -> None:
    program = (
        "import asyncio, sys, bot.cli; from bot.storage.schema import migrate; from bot.storage.cipher import Cipher;"
        f"asyncio.run(migrate('sqlite:///{sqlite_file}', Cipher.from_key('{secret_key}')));"
        "sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


async def test_migrating_again_changes_nothing(database_url: str, cipher: Cipher) -> None:
    store = await open_store(database_url, cipher)
    job = await admit(store)
    await store.close()
    await migrate(database_url, cipher)
    store = await open_store(database_url, cipher)
    assert await store.job(job.id) == job
    await store.close()


async def test_migrating_is_quiet_and_leaves_logging_alone(
    unmigrated_url: str, cipher: Cipher, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = (logging.root.level, logging.root.handlers[:], logging.getLogger("alembic").level)
    await migrate(unmigrated_url, cipher)
    assert (logging.root.level, logging.root.handlers[:], logging.getLogger("alembic").level) == before
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


async def test_a_database_that_was_never_migrated(tmp_path: Path, cipher: Cipher) -> None:
    path = tmp_path / "new.db"
    with pytest.raises(NotMigrated):
        await open_store(f"sqlite:///{path}", cipher)
    assert not path.exists()
    path.touch()
    with pytest.raises(NotMigrated):
        await open_store(f"sqlite:///{path}", cipher)


async def test_a_database_that_is_empty(unmigrated_url: str, cipher: Cipher) -> None:
    with pytest.raises(NotMigrated):
        await open_store(unmigrated_url, cipher)


async def test_a_database_of_a_newer_version(unmigrated_url: str, cipher: Cipher) -> None:
    await migrate(unmigrated_url, cipher)
    database = connect(unmigrated_url, cipher)
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    await database.close()
    for opening in (open_store, migrate):
        with pytest.raises(SchemaTooNew, match="9999"):
            await opening(unmigrated_url, cipher)


@pytest.mark.parametrize(
    ("statement", "missing"),
    [
        ("DROP INDEX uq_ledger_end", "uq_ledger_end"),
        ("ALTER TABLE sanctions DROP COLUMN told_at", "sanctions.told_at"),
        ("DROP TABLE purged", r"ix_purged_purge_id, purged.job_id, purged.outcome, purged.purge_id"),
    ],
)
async def test_a_database_that_is_not_what_its_revision_says(
    sqlite_file: Path, cipher: Cipher, statement: str, missing: str
) -> None:
    url = f"sqlite:///{sqlite_file}"
    database = connect(url, cipher)
    async with database.write() as connection:
        await connection.exec_driver_sql(statement)
    await database.close()
    with pytest.raises(IncompleteSchema, match=missing):
        await open_store(url, cipher)


async def test_a_postgresql_without_its_triggers(postgres: PostgresServer, migrated_name: str, cipher: Cipher) -> None:
    spoiled = postgres.make_database(template=migrated_name)
    await (await open_store(postgres.url(spoiled), cipher)).close()
    postgres.query("DROP TRIGGER ledger_append_only ON ledger; DROP INDEX ix_jobs_live", spoiled)
    with pytest.raises(IncompleteSchema, match="ix_jobs_live, ledger_append_only"):
        await open_store(postgres.url(spoiled), cipher)
    postgres.drop_database(spoiled)


async def test_a_database_of_an_older_version(unmigrated_url: str, cipher: Cipher) -> None:
    database = connect(unmigrated_url, cipher)
    await asyncio.to_thread(database.make)
    async with database.write() as connection:
        await connection.run_sync(lambda each: command.upgrade(schema._config(each), "0001"))
    with pytest.raises(NotMigrated):
        await open_store(unmigrated_url, cipher)
    await migrate(unmigrated_url, cipher)
    await (await open_store(unmigrated_url, cipher)).close()
    await database.close()


async def test_migrations_at_once(unmigrated_url: str, cipher: Cipher) -> None:
    """As many processes do that start together."""
    await asyncio.gather(*(migrate(unmigrated_url, cipher) for _ in range(5)))
    await (await open_store(unmigrated_url, cipher)).close()


async def test_another_key(database_url: str) -> None:
    another = Cipher.from_key(Fernet.generate_key().decode())
    for opening in (open_store, migrate):
        with pytest.raises(WrongSecretKey, match="EASEL_SECRET_KEY"):
            await opening(database_url, another)


async def test_a_key_that_replaced_another(unmigrated_url: str) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    await migrate(unmigrated_url, Cipher.from_key(old))
    store = await open_store(unmigrated_url, Cipher.from_key(new, old))
    job = a_job()
    await store.admit(job, UNLIMITED, NOON)
    assert await store.job(job.id) == job
    await store.close()


@pytest.mark.parametrize(
    "url",
    [
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:easel.db?uri=true",
        "mysql://localhost/easel",
        "postgresql://localhost:port/easel",
        "easel.db",
        "",
    ],
)
async def test_databases_of_no_use(url: str, cipher: Cipher) -> None:
    for opening in (open_store, migrate):
        with pytest.raises(UnsupportedDatabase):
            await opening(url, cipher)
    for looking in (hold_database, is_absent):
        with pytest.raises(UnsupportedDatabase):
            looking(url)


@pytest.mark.parametrize("scheme", ["mysql", "postgresql", "postgresql+asyncpg"])
@pytest.mark.parametrize("password", ["hunter2", "hunter2/9", "9:hunter2"])
async def test_a_databases_password_is_not_told(scheme: str, password: str, cipher: Cipher) -> None:
    url = f"{scheme}://easel:{password}@127.0.0.1:1/easel"
    error = await outcome(migrate(url, cipher))
    assert isinstance(error, UnsupportedDatabase | StoreUnavailable)
    assert "hunter2" not in "".join(traceback.format_exception(error))


def test_a_sqlite_file_is_held_for_one_process(tmp_path: Path) -> None:
    path = tmp_path / "easel.db"
    for url in (f"sqlite:///{path}", f"sqlite+aiosqlite:///{path}?timeout=1"):
        with hold_database(url), pytest.raises(DatabaseInUse), DatabaseLock(path):
            pass
        assert is_absent(url)
    path.touch()
    assert not is_absent(f"sqlite:///{path}")


def test_a_postgresql_database_is_held_by_nobody() -> None:
    url = "postgresql://localhost:1/easel"
    with hold_database(url), hold_database(url):
        pass
    assert not is_absent(url)
