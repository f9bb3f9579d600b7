"""A data directory as the first start leaves it, to copy instead of migrating anew."""

import asyncio
import atexit
import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from bot.storage.cipher import Cipher, load_or_make_keys
from bot.storage.schema import migrate


def move_in(directory: Path) -> Path:
    """Put an empty database, and the key that it was made with, into a data directory that has neither, and answer it.

    They are the same in all directories of this process. It blocks.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in migrated_data().iterdir():
        shutil.copy(each, directory)
    return directory


@cache
def migrated_data() -> Path:
    """What is to be copied. It is gone as this process ends."""
    directory = Path(mkdtemp(prefix="easel-migrated-"))
    atexit.register(shutil.rmtree, directory)
    cipher = Cipher.from_key(*load_or_make_keys(directory / "secret.key"))
    with ThreadPoolExecutor(1) as thread:  # where no event loop is running
        thread.submit(asyncio.run, migrate(f"sqlite:///{directory / 'easel.db'}", cipher)).result()
    return directory
