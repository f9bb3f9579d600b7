"""`easel export usage`: the ledger as a file. It looks at the database from beside it, and changes nothing."""

import asyncio
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TextIO

from bot.configured import open_cipher
from bot.service.usage_csv import csv_lines
from bot.settings import Settings
from bot.storage.books import SqlBooks
from bot.storage.errors import NotMigrated
from bot.storage.schema import is_absent
from bot.storage.store import open_store


@contextmanager
def csv_file(path: Path | None) -> Generator[TextIO]:
    """A new file for its owner alone, or standard output. Raises `FileExistsError`; a file that isn't written to its
    end is removed."""
    new = None if path is None else os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    target = sys.stdout.fileno() if new is None else new
    with open(target, "w", encoding="utf-8", newline="", closefd=new is not None) as output:
        try:
            yield output
        except BaseException:
            if path is not None:
                path.unlink()
            raise


async def export_usage(
    settings: Settings, output: TextIO, *, first: date | None, last: date | None, guild_id: int | None
) -> None:
    """Write the entries of these days (UTC), both included, or of all.

    Raises the `StorageError`s of `bot.storage.errors`, and `StoreUnavailable` of `bot.domain.errors`.
    """
    if await asyncio.to_thread(is_absent, settings.database_url):
        raise NotMigrated
    start = _midnight(first) if first else datetime.min.replace(tzinfo=UTC)
    end = _midnight(last + timedelta(days=1)) if last else datetime.max.replace(tzinfo=UTC)
    store = await open_store(settings.database_url, await asyncio.to_thread(open_cipher, settings))
    try:
        async for line in csv_lines(SqlBooks(store.database).entries(start, end, guild_id=guild_id)):
            output.write(line)
    finally:
        await store.close()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
