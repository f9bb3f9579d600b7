"""The secret key changed: all that is encrypted is under the new one, and nothing else is different."""

import asyncio
import os
import signal
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import LargeBinary, insert, text
from sqlalchemy.exc import DBAPIError

from bot.storage.blobs import DirectoryBlobs, open_blobs
from bot.storage.cipher import Cipher, make_key
from bot.storage.errors import KeysNotShared, StillOldKey, WrongSecretKey
from bot.storage.moderation_tables import metadata, trail
from bot.storage.people import trace_of
from bot.storage.processes import SqlProcesses
from bot.storage.raw import encrypted_columns, raw
from bot.storage.rotation import Rotation
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import deployment, guilds
from tests.storage.examples import MEMBER, NOON
from tests.storage.planted import plant, words_of

LONG = NOON + timedelta(days=10_000)


def of_directory(store: SqlStore, directory: Path, cipher: Cipher) -> DirectoryBlobs | None:
    blobs = open_blobs(store.database, directory, cipher)
    return blobs if isinstance(blobs, DirectoryBlobs) else None


async def rotated(store: SqlStore, blobs: DirectoryBlobs | None) -> list[int]:
    return [count async for count in Rotation(store.database, blobs).run()]


def test_everything_that_is_bytes_is_known_to_be_encrypted() -> None:
    """Lest a new column is left under the old key."""
    for table in metadata.sorted_tables:
        kept = [each.name for each in raw(table).columns if isinstance(each.type, LargeBinary)]
        assert kept == encrypted_columns(table)


async def test_all_is_under_the_new_key_and_says_the_same(own_url: str, secret_key: str, tmp_path: Path) -> None:
    old, new_key = Cipher.from_key(secret_key), make_key()
    both, new = Cipher.from_key(new_key, secret_key), Cipher.from_key(new_key)
    store = await open_store(own_url, old)
    directory = tmp_path / "blobs"
    await plant(store.database, old)
    if blobs := of_directory(store, directory, old):
        for number in range(3):
            await blobs.put(f"a/{number}", bytes(number), keep_until=LONG)
    before, root = await words_of(store.database, old), store.database.root
    async with store.database.read() as connection:
        trace = trace_of(connection, MEMBER)
    await store.close()
    with pytest.raises(WrongSecretKey):
        await open_store(own_url, new)

    store = await open_store(own_url, both)
    blobs = of_directory(store, directory, both)
    under_old = await Rotation(store.database, blobs).examine()
    assert (under_old.current, under_old.unreadable) == (0, {})
    rotation = Rotation(store.database, blobs)
    assert sum([each async for each in rotation.run()]) == under_old.retired
    under_new = await rotation.examine()
    assert rotation.found == under_new
    assert (under_new.current, under_new.retired, under_new.unreadable) == (under_old.retired, 0, {})
    assert await rotated(store, blobs) == [], "again there is nothing to do"
    await store.close()

    with pytest.raises(WrongSecretKey):
        await open_store(own_url, old)
    store = await open_store(own_url, new)
    try:
        assert await words_of(store.database, new) == before
        assert store.database.root == root
        async with store.database.read() as connection:
            assert trace_of(connection, MEMBER) == trace
        if blobs := of_directory(store, directory, new):
            assert [await blobs.get(f"a/{number}") for number in range(3)] == [bytes(each) for each in range(3)]
            assert await blobs.expire(LONG - timedelta(seconds=1)) == 0
            assert await blobs.expire(LONG + timedelta(seconds=1)) == 3
    finally:
        await store.close()


async def test_what_no_key_reads_is_told_and_left(own_url: str, secret_key: str, tmp_path: Path) -> None:
    new_key = make_key()
    both = Cipher.from_key(new_key, secret_key)
    store = await open_store(own_url, both)
    try:
        foreign = Cipher.from_key(make_key()).encrypt(b"lost")
        async with store.database.write() as connection:
            await connection.execute(insert(raw(guilds)).values(id=1, policy=foreign, limits=both.encrypt(b"known")))
        blobs = of_directory(store, tmp_path / "blobs", both)
        if blobs:
            await DirectoryBlobs(tmp_path / "blobs", Cipher.from_key(make_key())).put("a", b"lost", keep_until=LONG)
        await rotated(store, blobs)
        found = await Rotation(store.database, blobs).examine()
        assert found.unreadable == {"guilds.policy": 1} | ({"blobs/": 1} if blobs else {})
        assert found.retired == 0
        async with store.database.read() as connection:
            assert await connection.scalar(raw(guilds).select().with_only_columns(raw(guilds).c.policy)) == foreign
    finally:
        await store.close()


async def test_the_trail_takes_new_bytes_for_its_words_and_nothing_else(store: SqlStore, cipher: Cipher) -> None:
    await plant(store.database, cipher)
    gate = insert(raw(deployment)).values(name="reencrypting", value=cipher.encrypt(b'""'))

    async def try_to(change: str, *, opened: bool) -> None:
        async with store.database.write() as connection:
            if opened:
                await connection.execute(gate)
            await connection.execute(text(change))
            if opened:
                await connection.execute(deployment.delete().where(deployment.c.name == "reencrypting"))

    await try_to("UPDATE trail SET reason = reason", opened=True)
    refused = [
        ("UPDATE trail SET reason = reason", False),
        ("UPDATE trail SET before = NULL WHERE before IS NOT NULL", True),
        ("DELETE FROM trail", True),
        *((f"UPDATE trail SET {name} = {name} + 1", True) for name in ("id", "guild_id", "at", "actor_id")),
        *((f"UPDATE trail SET {name} = 'x' WHERE id = 1", True) for name in ("action", "job_id")),
    ]
    for change, opened in refused:
        with pytest.raises(DBAPIError, match="append-only"):
            await try_to(change, opened=opened)


@pytest.fixture
def forked() -> None:
    if not hasattr(os, "fork"):
        pytest.skip("kills a fork of this process")


@pytest.mark.usefixtures("forked")
def test_killed_after_each_batch_it_can_be_read_and_goes_on(own_url: str, secret_key: str, tmp_path: Path) -> None:
    """One process after the other dies early, until one comes to the end."""
    new_key, url, directory = make_key(), own_url, tmp_path / "blobs"
    old, both = Cipher.from_key(secret_key), Cipher.from_key(new_key, secret_key)

    async def begin() -> object:
        store = await open_store(url, old)
        await plant(store.database, old, most=1)
        if blobs := of_directory(store, directory, old):
            await blobs.put("a", b"fox", keep_until=LONG)
        words = await words_of(store.database, old)
        await store.close()
        return words

    async def go_on_until(batches: int) -> None:
        store = await open_store(url, both)
        done = 0
        async for _ in Rotation(store.database, of_directory(store, directory, both)).run():
            done += 1
            if done == batches:
                os.kill(os.getpid(), signal.SIGKILL)
        await store.close()

    async def look() -> tuple[object, Sequence[int]]:
        store = await open_store(url, both)
        try:
            blobs = of_directory(store, directory, both)
            if blobs:
                assert await blobs.get("a") == b"fox"
            found = await Rotation(store.database, blobs).examine()
            assert found.unreadable == {}
            return await words_of(store.database, both), (found.current, found.retired)
        finally:
            await store.close()

    each = 1 if url.startswith("sqlite") else 4  # batches
    before, left = asyncio.run(begin()), [asyncio.run(look())[1]]
    while left[-1][1]:
        child = os.fork()
        if not child:
            try:
                asyncio.run(go_on_until(each))
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        words, counts = asyncio.run(look())
        assert words == before
        assert counts[1] < left[-1][1]
        assert os.WIFSIGNALED(status) or not counts[1]
        left.append(counts)
    assert len(left) > 4


async def test_processes_that_could_not_read_each_other_do_not_start(own_postgres_url: str, secret_key: str) -> None:
    """The order: all read both keys; each writes with the new one; all is put under it; the old one is dropped."""
    new_key = make_key()
    old, reading = Cipher.from_key(secret_key), Cipher.from_key(secret_key, new_key)
    writing, new = Cipher.from_key(new_key, secret_key), Cipher.from_key(new_key)
    first = await open_store(own_postgres_url, old)
    await SqlProcesses(first.database).join("first")
    await migrate(own_postgres_url, old)
    await migrate(own_postgres_url, reading)
    with pytest.raises(KeysNotShared, match="first"):
        await migrate(own_postgres_url, writing)
    await SqlProcesses(first.database).leave("first")
    await first.close()

    second = await open_store(own_postgres_url, reading)
    await SqlProcesses(second.database).join("second")
    await migrate(own_postgres_url, writing)
    third = await open_store(own_postgres_url, writing)
    await SqlProcesses(third.database).join("third")
    with pytest.raises(KeysNotShared, match="third"):
        await migrate(own_postgres_url, old)
    with pytest.raises(StillOldKey, match="second"):
        await rotated(third, None)
    await SqlProcesses(third.database).leave("second")
    await second.close()
    try:
        assert sum(await rotated(third, None)) == 2, "the facts"
        await migrate(own_postgres_url, new)
        with pytest.raises(WrongSecretKey):
            await migrate(own_postgres_url, old)
    finally:
        await third.close()


async def test_a_row_that_is_being_changed_is_waited_for_by_nobody(own_postgres_url: str, secret_key: str) -> None:
    new_key = make_key()
    store = await open_store(own_postgres_url, Cipher.from_key(new_key, secret_key))
    try:
        row = {"id": 1, "policy": Cipher.from_key(secret_key).encrypt(b"{}")}
        async with store.database.write() as connection:
            await connection.execute(insert(raw(guilds)), [row, row | {"id": 2}])
        async with store.database.write() as connection:
            await connection.execute(text("UPDATE guilds SET mirrored = 1 WHERE id = 1"))
            rotation = Rotation(store.database, None)
            assert [each async for each in rotation.run()] == [1], "the other, and not the facts"
            assert (rotation.found.current, rotation.found.retired) == (1, 1)
            found = await rotation.examine()
            assert (found.current, found.retired) == (1, 3)
        assert sum(await rotated(store, None)) == 3
    finally:
        await store.close()


async def test_the_trail_is_still_closed_afterwards(store: SqlStore, cipher: Cipher) -> None:
    async with store.database.read() as connection:
        assert (await connection.execute(trail.select())).all() == []
        names = (await connection.scalars(deployment.select().with_only_columns(deployment.c.name))).all()
    assert sorted(names) == ["key_check", "root"]
