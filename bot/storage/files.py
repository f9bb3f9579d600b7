"""Files that are whole or absent, for their owner's eyes alone. All of it blocks."""

import os
import shutil
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkstemp
from typing import IO, BinaryIO

from bot.service.soundings import DiskSpace

TEMPORARY = ".tmp-"
"""How the name of a file begins that is still being written, or whose writer died."""


def make_directory(path: Path) -> None:
    """Make the directory (mode 0700) where there is none."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file (mode 0600) where there is none."""
    make_directory(path.parent)
    path.touch(mode=0o600)


def disk_space(path: Path) -> DiskSpace | None:
    """Of the disk that the directory is on; None where it can't be asked."""
    try:
        usage = shutil.disk_usage(path)
    except OSError:
        return None
    return DiskSpace(str(path), usage.total, usage.free)


@contextmanager
def opened_beside(path: Path) -> Generator[tuple[BinaryIO, Path]]:
    """A file (mode 0600) beside `path` to write in, and its name; to be renamed or linked to `path`;
    gone afterwards."""
    make_directory(path.parent)
    descriptor, name = mkstemp(prefix=TEMPORARY, dir=path.parent)
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, temporary
        sync_directory(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def written_beside(path: Path, *data: bytes) -> Generator[Path]:
    """A file (mode 0600) beside `path` that holds `data`, one after the other, on disk, to be renamed or linked to it;
    gone afterwards."""
    with opened_beside(path) as (file, temporary):
        file.writelines(data)
        put_on_disk(file)
        yield temporary


def put_on_disk(file: IO[bytes]) -> None:
    """Return once what was written is on the disk itself."""
    file.flush()
    os.fsync(file.fileno())


def sync_directory(path: Path) -> None:
    """Put the directory's names on disk, on the systems that have a way to."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
