"""A backup put in a database's place: all of it or nothing, whenever the process dies."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bot.storage.archive import BLOBS, DATABASE, KEY, Manifest, unpack
from bot.storage.backup import told
from bot.storage.blobs import SUFFIX
from bot.storage.cipher import Cipher, keep_keys
from bot.storage.errors import ArchiveNeedsKey, BadArchive, DatabaseThere, UnsupportedDatabase, WrongSecretKey
from bot.storage.files import make_directory, sync_directory, written_beside
from bot.storage.restored import end_doubtful
from bot.storage.revisions import is_current
from bot.storage.schema import database_file, hold_database, migrate
from bot.storage.store import open_store

_STAGING = ".restore"


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored."""

    manifest: Manifest
    ended: int
    """Jobs that were ended, since nobody can tell what became of them."""
    aside: Path | None
    """Where the database and the pictures are that were there before."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a backup is put."""

    url: str  # of a SQLite database
    blobs: Path  # the directory of kept pictures
    key_file: Path


CipherFor = Callable[[Sequence[str]], Cipher | None]
"""Answers the cipher to restore with: that of the settings, else that of the archive's own keys, which it is given."""


async def restore(
    archive: Path, place: Place, cipher_for: CipherFor, now: datetime, *, replace: bool = False
) -> Restored:
    """Put the backup in the place of a SQLite database, migrated to this version's schema.

    Nothing is touched before all of the archive was read and proven whole, and fit for the key. The pictures are put
    beside those that are there, then one rename replaces the database: a process that dies before it has changed
    nothing that counts, and after it nothing is left to do. Pictures that no job refers to are deleted by the bot.

    The archive's own keys are kept in the place's file where there is none. Raises the `StorageError`s of
    `bot.storage.errors`, `StoreUnavailable` of `bot.domain.errors`, and `OSError`.
    """
    path = database_file(place.url)
    if path is None:
        raise UnsupportedDatabase("A backup is restored to a SQLite database.")
    with hold_database(place.url), _staging(path.parent) as staging, told():
        if not replace and await asyncio.to_thread(path.exists):
            raise DatabaseThere(path)
        manifest = await asyncio.to_thread(unpack, archive, staging)
        is_current(manifest.revision)
        own_keys = _keys_in(staging)
        cipher = cipher_for(own_keys)
        if cipher is None:
            raise ArchiveNeedsKey(manifest.key, None)
        await asyncio.to_thread(_check, archive, staging / DATABASE)
        ended = await _prepare(f"sqlite:///{staging / DATABASE}", cipher, manifest, now)
        await asyncio.to_thread(_empty_log, staging / DATABASE)
        if own_keys and not await asyncio.to_thread(place.key_file.exists):
            await asyncio.to_thread(keep_keys, place.key_file, own_keys)
        aside = await asyncio.to_thread(_put, staging, path, place.blobs, now)
    return Restored(manifest, ended, aside)


@contextmanager
def _staging(parent: Path) -> Generator[Path]:
    """An empty directory on the database's own file system; under its lock, so there is but one."""
    staging = parent / _STAGING
    shutil.rmtree(staging, ignore_errors=True)  # of a process that died
    make_directory(staging)
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _keys_in(staging: Path) -> list[str]:
    path = staging / KEY
    return path.read_text("ascii", errors="replace").split() if path.exists() else []


def _check(archive: Path, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection:
        try:
            finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        except sqlite3.DatabaseError as error:
            finding = str(error)
    if finding != "ok":
        raise BadArchive(archive, f"its database is damaged ({finding})")


async def _prepare(url: str, cipher: Cipher, manifest: Manifest, now: datetime) -> int:
    """Bring the copy up to date; answers how many jobs it ended."""
    try:
        await migrate(url, cipher)
    except WrongSecretKey:
        raise ArchiveNeedsKey(manifest.key, cipher.fingerprints[0]) from None
    store = await open_store(url, cipher)
    try:
        return await end_doubtful(store, manifest.created_at, now)
    finally:
        await store.close()


def _put(staging: Path, path: Path, blobs: Path, now: datetime) -> Path | None:
    make_directory(blobs)
    aside = _keep_aside(path, blobs, now) if path.exists() else None
    for picture in (staging / BLOBS).glob("*"):
        _move(picture, blobs / picture.name)
    sync_directory(blobs)
    for log in _logs(path):  # the new database must not take them for its own
        log.unlink(missing_ok=True)
    (staging / DATABASE).replace(path)
    sync_directory(path.parent)
    return aside


def _move(source: Path, target: Path) -> None:
    """Also to another file system."""
    try:
        source.replace(target)
    except OSError:
        with written_beside(target, source.read_bytes()) as written:
            written.replace(target)


def _keep_aside(path: Path, blobs: Path, now: datetime) -> Path:
    """Give the database that is there, with its pictures, another place, too; it stays in its own until it is replaced.

    A damaged one can't take up its log, and SQLite may drop that as it tries; so the log is kept as it was.
    """
    aside = path.with_name(f"{path.name}.replaced-{now:%Y%m%d-%H%M%S}")
    aside.mkdir(mode=0o700)
    log, kept_log = _logs(path)[0], aside / _logs(path)[0].name
    if log.exists():
        shutil.copyfile(log, kept_log)
    try:
        _empty_log(path)
        kept_log.unlink(missing_ok=True)
    except sqlite3.Error:
        pass
    _link(path, aside / path.name)
    (aside / blobs.name).mkdir(mode=0o700)
    for picture in blobs.glob(f"*{SUFFIX}"):
        _link(picture, aside / blobs.name / picture.name)
    sync_directory(aside)
    return aside


def _logs(path: Path) -> list[Path]:
    """What SQLite keeps beside the file while it is used, and after a crash."""
    return [path.with_name(f"{path.name}-{each}") for each in ("wal", "shm")]


def _empty_log(path: Path) -> None:
    """Let the file hold all that is in the log ahead of it."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
