"""Bytes kept for a later step, wherever they are kept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.service.ports import Blobs
from bot.service.styles import FOR_GOOD
from bot.storage.blobs import DirectoryBlobs, TableBlobs, open_blobs
from bot.storage.cipher import Cipher
from bot.storage.errors import Undecipherable
from bot.storage.schema import connect
from tests.storage.examples import NOON

DAY = timedelta(days=1)


@pytest.fixture(params=["directory", "table"])
async def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Callable[[Cipher], Blobs]]:
    """Opens the test's blobs with a cipher."""
    if request.param == "directory":
        yield partial(DirectoryBlobs, tmp_path / "blobs")
        return
    async with AsyncExitStack() as stack:

        def opener(cipher: Cipher) -> Blobs:
            database = connect(request.getfixturevalue("postgres_url"), cipher)
            stack.push_async_callback(database.close)
            return TableBlobs(database, cipher)

        yield opener


@pytest.fixture
def blobs(open_again: Callable[[Cipher], Blobs], cipher: Cipher) -> Blobs:
    return open_again(cipher)


async def test_bytes_come_back(blobs: Blobs, open_again: Callable[[Cipher], Blobs], cipher: Cipher) -> None:
    data = bytes(range(256)) * 500
    await blobs.put("job-1/input_0", data, keep_until=NOON)
    await blobs.put("empty", b"", keep_until=NOON)
    assert await blobs.get("job-1/input_0") == data
    assert await open_again(cipher).get("job-1/input_0") == data
    assert await blobs.get("empty") == b""
    assert await blobs.get("job-1") is None
    assert await blobs.get("job-1/input_1") is None


async def test_the_last_put_wins(blobs: Blobs) -> None:
    await blobs.put("a", b"first", keep_until=NOON)
    await blobs.put("a", b"second", keep_until=NOON + DAY)
    assert await blobs.expire(NOON + DAY) == 0
    assert await blobs.get("a") == b"second"


async def test_puts_at_once_leave_one_of_them_whole(blobs: Blobs) -> None:
    contents = [bytes([number]) * 50_000 for number in range(8)]
    puts = asyncio.gather(*(blobs.put("a", each, keep_until=NOON) for each in contents))
    read = await asyncio.gather(*(blobs.get("a") for _ in range(20)))
    await puts
    assert {None, *contents} >= {*read}
    assert await blobs.get("a") in contents


async def test_delete(blobs: Blobs) -> None:
    await blobs.put("a", b"1", keep_until=NOON)
    await blobs.delete("a")
    await blobs.delete("a")
    assert await blobs.get("a") is None


async def test_the_keys_of_all_that_is_kept(blobs: Blobs) -> None:
    assert list(await blobs.keys()) == []
    keys = {"0123/input-0", "styles/ab_c/1", "plain"}
    for key in keys:
        await blobs.put(key, b"bytes", keep_until=NOON + DAY)
    await blobs.delete("plain")
    assert set(await blobs.keys()) == keys - {"plain"}


async def test_what_expires(blobs: Blobs) -> None:
    assert await blobs.expire(NOON) == 0  # of none at all
    await blobs.put("a", b"1", keep_until=NOON)
    await blobs.put("b/c", b"2", keep_until=NOON + timedelta(seconds=1))
    await blobs.put("d", b"3", keep_until=NOON + DAY)
    await blobs.put("styles/e/0", b"4", keep_until=FOR_GOOD)
    assert await blobs.expire(NOON) == 0
    assert await blobs.expire(NOON + timedelta(seconds=2)) == 2
    assert [await blobs.get(key) for key in ("a", "b/c", "d")] == [None, None, b"3"]
    assert await blobs.expire(NOON + 36_500 * DAY) == 1
    assert await blobs.get("styles/e/0") == b"4"


@pytest.mark.parametrize(
    "key", ["", "/", "/etc/passwd", "../a", "a/../b", "a//b", "a/", ".", "a.b", "a\\b", "a\0b", "é", "a\n", "x" * 201]
)
async def test_keys_that_are_none(blobs: Blobs, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        await blobs.put(key, b"1", keep_until=NOON)
    with pytest.raises(ValueError, match="key"):
        await blobs.get(key)
    with pytest.raises(ValueError, match="key"):
        await blobs.delete(key)


async def test_another_key(blobs: Blobs, open_again: Callable[[Cipher], Blobs]) -> None:
    await blobs.put("a", b"1", keep_until=NOON)
    with pytest.raises(Undecipherable):
        await open_again(Cipher.from_key(Fernet.generate_key().decode())).get("a")


async def test_as_much_as_a_picture_may_weigh(blobs: Blobs) -> None:
    data = bytes(20_000_000)
    await blobs.put("a", data, keep_until=NOON)
    assert await blobs.get("a") == data


async def test_where_they_are_kept(cipher: Cipher, tmp_path: Path) -> None:
    kinds = {"sqlite:///easel.db": DirectoryBlobs, "postgresql://localhost/easel": TableBlobs}
    for url, kind in kinds.items():
        assert type(open_blobs(connect(url, cipher), tmp_path, cipher)) is kind


async def test_their_size_grows_and_shrinks_with_them(blobs: Blobs) -> None:
    assert isinstance(blobs, DirectoryBlobs | TableBlobs)
    assert await blobs.size() == 0
    await blobs.put("a", bytes(1000), keep_until=NOON)
    one = await blobs.size()
    assert one >= 1000
    await blobs.put("b", bytes(1000), keep_until=NOON)
    assert await blobs.size() == 2 * one
    await blobs.delete("a")
    assert await blobs.size() == one
