"""A backup of a SQLite database and the pictures kept beside it, also while a bot works on both. All of it blocks."""

import errno
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from bot.domain.errors import StoreUnavailable
from bot.storage.archive import BLOBS, DATABASE, KEY, ArchiveWriter, Manifest
from bot.storage.blobs import SUFFIX
from bot.storage.cipher import Cipher
from bot.storage.errors import DamagedDatabase, NothingToBackUp
from bot.storage.files import make_directory, opened_beside, put_on_disk
from bot.storage.revisions import is_current
from bot.storage.troubles import SQLITE

PAGES = 2048
"""How many pages are copied at a time: 8 MB of the usual 4 kB."""

STAGING = ".backup-"
"""How the name of the directory begins, in the one above the pictures', in which a backup is gathered."""

_ABANDONED_AFTER = 24 * 3600  # seconds
_LOCK_SECONDS = 30  # how long a backup waits for a writer to let it in
_NO_LINKS = {errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK, errno.ENOSYS, errno.EACCES}


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a backup is."""

    done: int  # bytes
    whole: int  # bytes


Tell = Callable[[Progress], None]


def back_up(
    database: Path,
    blobs: Path,
    target: Path,
    cipher: Cipher,
    *,
    version: str,
    keys: Sequence[str] = (),
    tell: Tell = lambda _: None,
) -> Manifest:
    """Write the database as it is at one moment, with all pictures that it refers to then, to a new file (mode 0600).

    A bot may go on meanwhile: its writers wait only while the pictures are linked. The file is whole or absent. `keys`
    go into it, too, if they are given. Raises `NothingToBackUp`, `DamagedDatabase`, `SchemaTooNew`, `FileExistsError`,
    `StoreUnavailable` of `bot.domain.errors`, and `OSError`.
    """
    if not database.exists():
        raise NothingToBackUp(database)
    if target.exists():
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target))
    with told(), _gathered(blobs.parent) as staging, opened_beside(target) as (output, temporary):
        copy, pictures = staging / DATABASE, staging / BLOBS
        created_at = _copy(database, copy, lambda: _link(blobs, pictures), tell)
        revision, jobs, entries = _examine(database, copy)
        writer = ArchiveWriter(output)
        writer.add(DATABASE, copy)
        for picture in sorted(pictures.iterdir()):
            writer.add(f"{BLOBS}/{picture.name}", picture)
        if keys:
            writer.add_bytes(KEY, "".join(f"{key}\n" for key in keys).encode())
        manifest = Manifest(version, revision, created_at, cipher.fingerprints[0], jobs, entries, writer.files)
        writer.close(manifest)
        put_on_disk(output)
        os.link(temporary, target)  # unlike a rename it never replaces what is there
    return manifest


@contextmanager
def told() -> Generator[None]:
    """What SQLite says of the database's state is `StoreUnavailable`."""
    try:
        yield
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF not in SQLITE:
            raise
        raise StoreUnavailable from error


@contextmanager
def _gathered(parent: Path) -> Generator[Path]:
    """A directory that is gone afterwards, as are those that dead processes left."""
    make_directory(parent)
    for left in parent.glob(f"{STAGING}*"):
        with suppress(FileNotFoundError):
            if left.stat().st_mtime < time.time() - _ABANDONED_AFTER:
                shutil.rmtree(left)
    staging = Path(mkdtemp(prefix=STAGING, dir=parent))
    try:
        yield staging
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _copy(source: Path, target: Path, link: Callable[[], None], tell: Tell) -> datetime:
    """Copy the database as it is at the moment that is answered, and call `link` at that moment.

    A writer deletes a picture only after the commit by which nothing refers to it any more. So while nobody can commit,
    all that the database refers to is there. The copy itself reads that moment's snapshot, however long it takes: that
    holds up no writer, and what they write doesn't make it begin anew.
    """
    target.touch(mode=0o600)
    with (
        closing(sqlite3.connect(source, timeout=_LOCK_SECONDS, isolation_level=None)) as reader,
        closing(sqlite3.connect(target)) as copy,
    ):
        with closing(sqlite3.connect(source, timeout=_LOCK_SECONDS, isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
            moment = datetime.now(UTC)
            link()
            writer.execute("ROLLBACK")
        (page_size,) = reader.execute("PRAGMA page_size").fetchone()

        def copied(_status: int, remaining: int, whole: int) -> None:
            tell(Progress((whole - remaining) * page_size, whole * page_size))

        reader.backup(copy, pages=PAGES, progress=copied)
        reader.execute("ROLLBACK")
    return moment


def _link(blobs: Path, into: Path) -> None:
    """Keep the files from being deleted: another name for each, or a copy where the file system has no such names."""
    into.mkdir(mode=0o700)
    for each in blobs.glob(f"*{SUFFIX}"):
        with suppress(FileNotFoundError):  # deleted since; so nothing refers to it
            try:
                os.link(each, into / each.name)
            except OSError as error:
                if error.errno not in _NO_LINKS:
                    raise
                shutil.copyfile(each, into / each.name)


def _examine(database: Path, copy: Path) -> tuple[str, int, int]:
    """The copy's revision, and how many jobs and entries of the ledger it holds."""
    with closing(sqlite3.connect(copy)) as connection:
        finding = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        if finding != "ok":
            raise DamagedDatabase(database, finding)
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "alembic_version" not in tables:
            raise NothingToBackUp(database)
        (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        is_current(revision)
        (jobs,) = connection.execute("SELECT count(*) FROM jobs").fetchone()
        (entries,) = connection.execute("SELECT count(*) FROM ledger").fetchone()
    return revision, jobs, entries
