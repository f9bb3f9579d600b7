"""What can be told of a database from beside it, without changing it."""

import asyncio
import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.configured import open_cipher
from bot.doctor.database_check import check_database
from bot.doctor.findings import State
from bot.settings import GivenSettings
from bot.storage import postgres
from bot.storage.cipher import Cipher
from bot.storage.condition import condition_of, damage_of, lock_is_held
from bot.storage.lock import DatabaseLock
from bot.storage.processes import SqlProcesses
from bot.storage.schema import connect, migrate
from bot.storage.store import SqlStore


async def test_version_size_and_who_lives_there(store: SqlStore) -> None:
    before = await condition_of(store.database)
    assert before.version.startswith("PostgreSQL 18" if store.database.shared else f"SQLite {sqlite3.sqlite_version}")
    assert before.size > 100_000
    assert not before.pooled
    await SqlProcesses(store.database).join("one-1")
    await SqlProcesses(store.database).join("two-2")
    living = (await condition_of(store.database)).living
    assert living == (["one-1", "two-2"] if store.database.shared else None)


async def test_a_pooler_shows_in_what_connections_lose(
    postgres_url: str, cipher: Cipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PgBouncer does that was told to ignore what it can't pass on."""
    monkeypatch.delitem(postgres._SESSION, "statement_timeout")  # pyright: ignore[reportPrivateUsage] # nobody may set it
    database = connect(postgres_url, cipher)
    try:
        assert (await condition_of(database)).pooled
    finally:
        await database.close()


def test_a_file_is_gone_through(sqlite_file: Path) -> None:
    url = f"sqlite:///{sqlite_file}"
    assert asyncio.run(damage_of(url)) is None
    with pytest.raises(TimeoutError):
        asyncio.run(damage_of(url, within=-1))
    data = bytearray(sqlite_file.read_bytes())
    data[8192:12288] = os.urandom(4096)
    sqlite_file.write_bytes(data)
    damage = asyncio.run(damage_of(url))
    assert damage
    sqlite_file.write_bytes(b"no database at all" * 1000)
    assert asyncio.run(damage_of(url)) == "file is not a database"
    sqlite_file.unlink()
    with pytest.raises(OSError, match="unable to open"):
        asyncio.run(damage_of(url))
    assert not sqlite_file.exists()


def test_the_lock_is_looked_up_and_not_taken(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'easel.db'}"
    if lock_is_held(url) is None:
        pytest.skip("only Linux lists its locks")
    assert lock_is_held(url) is False
    with DatabaseLock(tmp_path / "easel.db"):
        assert lock_is_held(url) is True
    assert lock_is_held(url) is False
    with DatabaseLock(tmp_path / "easel.db"):
        pass


async def looked_at(settings: GivenSettings) -> dict[str, tuple[State, str]]:
    return {each.check: (each.state, f"{each.finding}. {each.advice}") async for each in check_database(settings)}


async def test_what_the_doctor_says_of_a_file(tmp_path: Path) -> None:
    """From none to a damaged one."""
    settings = GivenSettings(easel_data_dir=tmp_path / "data")
    assert (await looked_at(settings))["file"][0] is State.OK
    assert not (tmp_path / "data").exists()
    await migrate(settings.database_url, open_cipher(settings))
    found = await looked_at(settings)
    assert {state for state, _ in found.values()} == {State.OK}
    assert found.keys() >= {"schema and key", "server", "integrity"}
    key = tmp_path / "data" / "secret.key"
    text = key.read_bytes()
    key.unlink()
    state, words = (await looked_at(settings))["key"]
    assert (state, "Put the key back" in words) == (State.ERROR, True)
    assert not key.exists(), "and none is made"
    open_cipher(settings)
    state, words = (await looked_at(settings))["schema and key"]
    assert (state, "was encrypted with another key" in words) == (State.ERROR, True)
    key.write_bytes(text)
    with closing(sqlite3.connect(tmp_path / "data" / "easel.db")) as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
        database.commit()
    state, words = (await looked_at(settings))["schema and key"]
    assert (state, "Run `easel migrate`" in words) == (State.ERROR, True)


async def test_what_the_doctor_says_of_a_server(postgres_url: str, secret_key: str, tmp_path: Path) -> None:
    key: dict[str, Any] = {"easel_secret_key": secret_key, "easel_data_dir": tmp_path}
    found = await looked_at(GivenSettings(database_url=postgres_url, **key))
    assert {state for state, _ in found.values()} == {State.OK}
    assert found["processes"][1] == "0 run on it now. "
    refused = await looked_at(GivenSettings(database_url="postgresql://easel:hunter2@127.0.0.1:9/easel", **key))
    assert refused["connection"][0] is State.ERROR
    assert "the server can't be reached" in refused["connection"][1]
    assert "hunter2" not in str(refused)
