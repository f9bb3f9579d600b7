"""The data directory: whether it can be written, by whom it can be read, and the room that is left."""

import os
import shutil
import stat
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path

from bot.doctor.findings import Finding, error, ok, warning
from bot.settings import Settings

PART = "disk"

LITTLE = 1_000_000_000
TOO_LITTLE = 100_000_000
"""Bytes. Ten pictures of the largest size take some 100 MB until they are delivered."""

_PRIVATE = ("secret.key", "easel.db", "easel.db-wal", "easel.db-shm")


async def check_disk(settings: Settings) -> AsyncGenerator[Finding]:
    """As the account that runs the check sees it."""
    directory = settings.easel_data_dir
    there = next(each for each in (directory, *directory.absolute().parents) if each.exists())
    for each in (_writing(directory, there), _room(there), *_readers(directory)):
        yield each


def _writing(directory: Path, there: Path) -> Finding:
    if not there.is_dir():
        return error(PART, "EASEL_DATA_DIR", f"{there} is no directory", "Set it to one, or move that file away.")
    if not os.access(there, os.W_OK | os.X_OK):
        advice = "Let the account that Easel runs under write it, and see that the disk isn't mounted read-only."
        return error(PART, "EASEL_DATA_DIR", f"{there} can't be written", advice)
    return ok(
        PART, "EASEL_DATA_DIR", f"{directory} can be written" if there == directory else f"{directory} can be made"
    )


def _room(there: Path) -> Finding:
    free = shutil.disk_usage(there).free
    said = f"{free / 1e9:,.1f} GB are free"
    if free < TOO_LITTLE:
        return error(PART, "room", said, "Free some space: nothing can be taken or delivered once it is full.")
    if free < LITTLE:
        return warning(PART, "room", said, "Free some space: pictures are kept there until they are delivered.")
    return ok(PART, "room", said)


def _readers(directory: Path) -> Iterator[Finding]:
    """What others than its owner may read or change."""
    open_to_others = [
        str(each)
        for each in (directory, *(directory / name for name in _PRIVATE), Path(".env"))
        if each.exists() and stat.S_IMODE(each.stat().st_mode) & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if open_to_others:
        said = f"other accounts of this machine have access to {', '.join(open_to_others)}"
        yield warning(PART, "permissions", said, f"Run: chmod go= {' '.join(open_to_others)}")
    else:
        yield ok(PART, "permissions", "nothing is open to other accounts")
