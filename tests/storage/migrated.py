"""A data directory as the first start leaves it, to copy instead of migrating anew."""

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.storage.cipher import Cipher, load_or_make_keys
from bot.storage.schema import migrate


def move_in(directory: Path) -> Path:
    """Put an empty database, and the key that it was made with, into a data directory that has neither, and answer it.

    They are the same in all directories of this process. It blocks.
    """
    made = Path(_made().name)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in made.iterdir():
        shutil.copy(each, directory)
    return directory


@cache
def _made() -> TemporaryDirectory[str]:
    """Which is there until this process ends."""
    directory = TemporaryDirectory(prefix="easel-migrated-")
    data = Path(directory.name)
    cipher = Cipher.from_key(*load_or_make_keys(data / "secret.key"))
    with ThreadPoolExecutor(1) as thread:  # where no event loop is running
        thread.submit(asyncio.run, migrate(f"sqlite:///{data / 'easel.db'}", cipher)).result()
    return directory
