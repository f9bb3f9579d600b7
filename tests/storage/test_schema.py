"""Migrating, and refusing what can't be opened."""

import logging
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from cryptography.fernet import Fernet
from sqlalchemy import Connection

from bot.storage.cipher import Cipher
from bot.storage.errors import NotMigrated, SchemaTooNew, UnsupportedDatabase, WrongSecretKey
from bot.storage.schema import database_path, migrate
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import metadata
from tests.storage.examples import NOON, UNLIMITED, a_job, admit


async def test_the_migrations_make_the_tables_that_the_code_knows(store: SqlStore) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return compare_metadata(context, metadata)

    async with store._database.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_migrations_make_the_constraints_that_the_code_knows(tmp_path: Path, sqlite_file: Path) -> None:
    """Checks and the conditions of partial indexes, which a comparison of metadata leaves out."""

    def conditions(path: Path) -> set[str]:
        with closing(sqlite3.connect(path)) as connection:
            schema = [sql for (sql,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        lines = [line.strip().rstrip(",") for sql in schema for line in sql.splitlines()]
        return {line for line in lines if "CHECK" in line or "WHERE" in line or "UNIQUE" in line}

    from sqlalchemy import create_engine

    engine = create_engine(f"sqlite:///{tmp_path / 'models.db'}")
    metadata.create_all(engine)
    engine.dispose()
    assert conditions(tmp_path / "models.db") == conditions(sqlite_file)
    assert len(conditions(sqlite_file)) >= 10


async def test_migrating_again_changes_nothing(database_url: str, cipher: Cipher) -> None:
    store = await open_store(database_url, cipher)
    job = await admit(store)
    await store.close()
    await migrate(database_url, cipher)
    store = await open_store(database_url, cipher)
    assert await store.job(job.id) == job
    await store.close()


async def test_migrating_is_quiet_and_leaves_logging_alone(
    tmp_path: Path, cipher: Cipher, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = (logging.root.level, logging.root.handlers[:], logging.getLogger("alembic").level)
    await migrate(f"sqlite:///{tmp_path / 'new.db'}", cipher)
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


async def test_a_database_of_a_newer_version(database_url: str, sqlite_file: Path, cipher: Cipher) -> None:
    with closing(sqlite3.connect(sqlite_file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    for opening in (open_store, migrate):
        with pytest.raises(SchemaTooNew, match="9999"):
            await opening(database_url, cipher)


async def test_another_key(database_url: str) -> None:
    another = Cipher.from_key(Fernet.generate_key().decode())
    for opening in (open_store, migrate):
        with pytest.raises(WrongSecretKey, match="EASEL_SECRET_KEY"):
            await opening(database_url, another)


async def test_a_key_that_replaced_another(sqlite_file: Path, tmp_path: Path) -> None:
    old, new = (Fernet.generate_key().decode() for _ in range(2))
    url = f"sqlite:///{tmp_path / 'rotated.db'}"
    await migrate(url, Cipher.from_key(old))
    store = await open_store(url, Cipher.from_key(new, old))
    job = a_job()
    await store.admit(job, UNLIMITED, NOON)
    assert await store.job(job.id) == job
    await store.close()


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///:memory:", "sqlite:///file:easel.db?uri=true", "mysql://localhost/easel", "easel.db", ""],
)
async def test_databases_of_no_use(url: str, cipher: Cipher) -> None:
    for opening in (open_store, migrate):
        with pytest.raises(UnsupportedDatabase):
            await opening(url, cipher)
    with pytest.raises(UnsupportedDatabase):
        database_path(url)


async def test_a_databases_password_is_not_told(cipher: Cipher) -> None:
    with pytest.raises(UnsupportedDatabase) as refused:
        await migrate("mysql://easel:hunter2@localhost/easel", cipher)
    assert "hunter2" not in str(refused.value)


def test_the_file_of_a_url() -> None:
    assert database_path("sqlite:///data/easel.db") == Path("data/easel.db")
    assert database_path("sqlite+aiosqlite:////srv/easel.db?timeout=1") == Path("/srv/easel.db")
