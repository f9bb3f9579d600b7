"""Bytes kept for a later step."""
# ruff: noqa: ASYNC240 # a test may look at its files where it stands

import asyncio
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.domain.errors import StoreUnavailable
from bot.storage.blobs import DirectoryBlobs
from bot.storage.cipher import Cipher
from bot.storage.errors import Undecipherable
from tests.storage.examples import NOON

DAY = timedelta(days=1)


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def blobs(directory: Path, cipher: Cipher) -> DirectoryBlobs:
    return DirectoryBlobs(directory, cipher)


async def test_bytes_come_back(blobs: DirectoryBlobs, directory: Path, cipher: Cipher) -> None:
    data = bytes(range(256)) * 500
    await blobs.put("job-1/input_0", data, keep_until=NOON)
    await blobs.put("empty", b"", keep_until=NOON)
    assert await blobs.get("job-1/input_0") == data
    assert await DirectoryBlobs(directory, cipher).get("job-1/input_0") == data
    assert await blobs.get("empty") == b""
    assert await blobs.get("job-1") is None
    assert await blobs.get("job-1/input_1") is None


async def test_the_last_put_wins(blobs: DirectoryBlobs) -> None:
    await blobs.put("a", b"first", keep_until=NOON)
    await blobs.put("a", b"second", keep_until=NOON + DAY)
    assert await blobs.expire(NOON + DAY) == 0
    assert await blobs.get("a") == b"second"


async def test_puts_at_once_leave_one_of_them_whole(blobs: DirectoryBlobs, directory: Path) -> None:
    contents = [bytes([number]) * 50_000 for number in range(8)]
    puts = asyncio.gather(*(blobs.put("a", each, keep_until=NOON) for each in contents))
    read = await asyncio.gather(*(blobs.get("a") for _ in range(20)))
    await puts
    assert {None, *contents} >= {*read}
    assert await blobs.get("a") in contents
    assert len(list(directory.iterdir())) == 1


async def test_delete(blobs: DirectoryBlobs) -> None:
    await blobs.put("a", b"1", keep_until=NOON)
    await blobs.delete("a")
    await blobs.delete("a")
    assert await blobs.get("a") is None


async def test_what_expires(blobs: DirectoryBlobs) -> None:
    assert await blobs.expire(NOON) == 0  # not even a directory
    await blobs.put("a", b"1", keep_until=NOON)
    await blobs.put("b/c", b"2", keep_until=NOON + timedelta(seconds=1))
    await blobs.put("d", b"3", keep_until=NOON + DAY)
    assert await blobs.expire(NOON) == 0
    assert await blobs.expire(NOON + timedelta(seconds=2)) == 2
    assert [await blobs.get(key) for key in ("a", "b/c", "d")] == [None, None, b"3"]


async def test_files_whose_writer_died_are_cleared_away(blobs: DirectoryBlobs, directory: Path) -> None:
    await blobs.put("a", b"1", keep_until=NOON + DAY)
    dead, alive = directory / ".tmp-dead", directory / ".tmp-alive"
    for path in (dead, alive):
        path.write_bytes(b"half")
    two_hours_ago = time.time() - 7200
    os.utime(dead, times=(two_hours_ago, two_hours_ago))
    assert await blobs.expire(NOON) == 0
    assert sorted(path.name for path in directory.iterdir()) == [".tmp-alive", "a.blob"]


async def test_files_of_others_are_left_alone(blobs: DirectoryBlobs, directory: Path) -> None:
    directory.mkdir()
    (directory / "notes.txt").write_text("mine")
    assert await blobs.expire(NOON) == 0
    assert (directory / "notes.txt").exists()


@pytest.mark.parametrize(
    "key", ["", "/", "/etc/passwd", "../a", "a/../b", "a//b", "a/", ".", "a.b", "a\\b", "a\0b", "é", "a\n", "x" * 201]
)
async def test_keys_that_are_none(blobs: DirectoryBlobs, tmp_path: Path, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        await blobs.put(key, b"1", keep_until=NOON)
    with pytest.raises(ValueError, match="key"):
        await blobs.get(key)
    with pytest.raises(ValueError, match="key"):
        await blobs.delete(key)
    assert list(tmp_path.iterdir()) == []


async def test_nothing_is_readable_in_the_files(blobs: DirectoryBlobs, directory: Path) -> None:
    await blobs.put("a", b"a fox in the snow" * 100, keep_until=NOON)
    [path] = directory.iterdir()
    assert b"fox" not in path.read_bytes()
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert oct(directory.stat().st_mode & 0o777) == "0o700"


async def test_damaged_bytes_and_another_key(blobs: DirectoryBlobs, directory: Path) -> None:
    await blobs.put("a", b"1", keep_until=NOON)
    with pytest.raises(Undecipherable):
        await DirectoryBlobs(directory, Cipher.from_key(Fernet.generate_key().decode())).get("a")
    [path] = directory.iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(Undecipherable):
        await blobs.get("a")


async def test_a_file_system_that_fails(cipher: Cipher, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    blobs = DirectoryBlobs(tmp_path / "file", cipher)
    with pytest.raises(StoreUnavailable) as unavailable:
        await blobs.put("a", b"1", keep_until=NOON)
    assert isinstance(unavailable.value.__cause__, OSError)
