"""Kept bytes, encrypted: files in a directory beside a SQLite database, rows of a table on PostgreSQL."""

import asyncio
import re
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from sqlalchemy import func, select

from bot.domain.errors import StoreUnavailable
from bot.service.watch import Alarm
from bot.storage.cipher import Cipher
from bot.storage.engine import Database
from bot.storage.errors import Undecipherable
from bot.storage.files import TEMPORARY, written_beside
from bot.storage.ledger import summed
from bot.storage.tables import blobs
from bot.storage.troubles import explain, unavailable

_KEY = re.compile(r"[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")
_LONGEST_KEY = 200  # file systems take names of 255 bytes
SUFFIX = ".blob"
"""How the names of the files end that hold kept bytes."""
_HEADER_SIZE = 20  # the Unix time until which the blob is kept, in digits, and a line feed
_ABANDONED_AFTER = 3600  # seconds
_BLOCK = 4096  # bytes: what a file takes at least


def open_blobs(database: Database, directory: Path, cipher: Cipher) -> "TableBlobs | DirectoryBlobs":
    """Where the processes that share the database find what any of them kept."""
    return TableBlobs(database, cipher) if database.shared else DirectoryBlobs(directory, cipher)


class DirectoryBlobs:
    """`Blobs` of `bot.service.ports` in the files of a directory, each whole or absent.

    A file begins with a line that says until when it is kept; the rest is encrypted. Its name is the key with a dot
    (which no key has) for each slash, and `.blob`. Any method may raise `StoreUnavailable` of `bot.domain.errors` where
    the file system fails, and `ValueError` for what is no key.
    """

    def __init__(self, directory: Path, cipher: Cipher) -> None:
        self._directory = directory
        self._cipher = cipher
        self.alarm = Alarm()
        """Rings whenever the file system fails."""

    async def check(self) -> str | None:
        """Whether anything can be kept now: None, or words for the operator that say why not."""
        try:
            await asyncio.to_thread(self._try)
        except StoreUnavailable as error:
            return explain(error)
        return None

    async def put(self, key: str, data: bytes, *, keep_until: datetime) -> None:
        """Keep the bytes under a key, in place of what it held."""
        await asyncio.to_thread(self._put, self._path(key), data, keep_until)

    async def get(self, key: str) -> bytes | None:
        """The bytes, until they are deleted or expire. Raises `Undecipherable` where they are damaged."""
        return await asyncio.to_thread(self._get, self._path(key))

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._delete, self._path(key))

    async def keys(self) -> Sequence[str]:
        return await asyncio.to_thread(self._keys)

    async def expire(self, now: datetime) -> int:
        return await asyncio.to_thread(self._expire, now)

    async def size(self) -> int:
        """Bytes of all files."""
        return await asyncio.to_thread(self._size)

    async def kept(self, key: str) -> tuple[bytes, datetime] | None:
        """The bytes as they are kept, encrypted, and until when."""
        content = await asyncio.to_thread(self._content, self._path(key))
        return None if content is None else (content[1], _moment(content[0]))

    async def rotate(self, key: str) -> bool:
        """Encrypt the bytes with the cipher's current key; False where they are, and where no key decrypts them."""
        return await asyncio.to_thread(self._rotate, self._path(key))

    def _path(self, key: str) -> Path:
        return self._directory / f"{_checked(key).replace('/', '.')}{SUFFIX}"

    def _try(self) -> None:
        with self._unavailable(), written_beside(self._directory / "try", bytes(_BLOCK)):
            pass

    def _put(self, path: Path, data: bytes, keep_until: datetime) -> None:
        header = f"{ceil(keep_until.timestamp()):0{_HEADER_SIZE - 1}}\n".encode()
        with self._unavailable(), written_beside(path, header, self._cipher.encrypt(data)) as written:
            written.replace(path)

    def _get(self, path: Path) -> bytes | None:
        content = self._content(path)
        return None if content is None else self._cipher.decrypt(content[1])

    def _content(self, path: Path) -> tuple[bytes, bytes] | None:
        """The header, and what is encrypted."""
        with self._unavailable():
            try:
                with path.open("rb") as file:
                    return file.read(_HEADER_SIZE), file.read()
            except FileNotFoundError:
                return None

    def _rotate(self, path: Path) -> bool:
        content = self._content(path)
        if content is None or self._cipher.is_current(content[1]):
            return False
        try:
            rotated = self._cipher.rotate(content[1])
        except Undecipherable:
            return False
        with self._unavailable(), written_beside(path, content[0], rotated) as written:
            written.replace(path)
        return True

    def _delete(self, path: Path) -> None:
        with self._unavailable():
            path.unlink(missing_ok=True)

    def _keys(self) -> Sequence[str]:
        with self._unavailable():
            files = self._directory.glob(f"*{SUFFIX}")
            return [each.name.removesuffix(SUFFIX).replace(".", "/") for each in files]

    def _size(self) -> int:
        size = 0
        with self._unavailable():
            for path in self._directory.glob(f"*{SUFFIX}"):
                with suppress(FileNotFoundError):  # deleted meanwhile
                    size += path.stat().st_size
        return size

    @contextmanager
    def _unavailable(self) -> Generator[None]:
        try:
            yield
        except OSError as error:
            raise unavailable(error, self.alarm) from error

    def _expire(self, now: datetime) -> int:
        expired = 0
        with self._unavailable():
            for path in self._directory.glob(f"*{SUFFIX}"):
                with suppress(FileNotFoundError):  # deleted meanwhile
                    if _kept_until(path) < now:
                        path.unlink()
                        expired += 1
            for path in self._directory.glob(f"{TEMPORARY}*"):
                with suppress(FileNotFoundError):  # renamed meanwhile
                    # By the file system's own time: whoever wrote this an hour ago is dead.
                    if path.stat().st_mtime < time.time() - _ABANDONED_AFTER:
                        path.unlink()
        return expired


class TableBlobs:
    """`Blobs` of `bot.service.ports` in a table. Any method may raise `StoreUnavailable` of `bot.domain.errors`, and
    `ValueError` for what is no key."""

    def __init__(self, database: Database, cipher: Cipher) -> None:
        self._database = database
        self._cipher = cipher

    async def put(self, key: str, data: bytes, *, keep_until: datetime) -> None:
        """Keep the bytes under a key, in place of what it held."""
        row = {"key": _checked(key), "data": await asyncio.to_thread(self._cipher.encrypt, data)}
        async with self._database.write() as connection:
            await connection.execute(self._database.insert_or_replace(blobs), row | {"keep_until": keep_until})

    async def get(self, key: str) -> bytes | None:
        """The bytes, until they are deleted or expire. Raises `Undecipherable` where they are damaged."""
        async with self._database.read() as connection:
            data = await connection.scalar(select(blobs.c.data).where(blobs.c.key == _checked(key)))
        return None if data is None else await asyncio.to_thread(self._cipher.decrypt, data)

    async def delete(self, key: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(blobs.delete().where(blobs.c.key == _checked(key)))

    async def keys(self) -> Sequence[str]:
        async with self._database.read() as connection:
            return (await connection.scalars(select(blobs.c.key))).all()

    async def expire(self, now: datetime) -> int:
        async with self._database.write() as connection:
            return (await connection.execute(blobs.delete().where(blobs.c.keep_until < now))).rowcount

    async def size(self) -> int:
        """Bytes of all rows, which the database tells without reading them."""
        async with self._database.read() as connection:
            return await connection.scalar(select(summed(func.length(blobs.c.data)))) or 0


def _checked(key: str) -> str:
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key):
        raise ValueError(f"not a blob's key: {key!r}")
    return key


def _kept_until(path: Path) -> datetime:
    with path.open("rb") as file:
        return _moment(file.read(_HEADER_SIZE))


def _moment(header: bytes) -> datetime:
    return datetime.fromtimestamp(int(header), UTC)
