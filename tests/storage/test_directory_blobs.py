"""Kept bytes as files: whole, for their owner's eyes alone, and cleared away."""
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


async def test_puts_at_once_leave_one_file(blobs: DirectoryBlobs, directory: Path) -> None:
    await asyncio.gather(*(blobs.put("a", bytes([number]), keep_until=NOON) for number in range(8)))
    assert [path.name for path in directory.iterdir()] == ["a.blob"]


async def test_no_file_without_a_key(blobs: DirectoryBlobs, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="key"):
        await blobs.put("../a", b"1", keep_until=NOON)
    assert await blobs.expire(NOON) == 0
    assert list(tmp_path.iterdir()) == []


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
