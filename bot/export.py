"""`easel export`: the ledger, or what is kept about a member, as a file. It looks at the database from beside it, and
changes nothing."""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime, time, timedelta
from io import TextIOWrapper
from pathlib import Path
from typing import BinaryIO, TextIO

from bot.chat.privacy import explain
from bot.configured import open_cipher, privacy_of, retention_of
from bot.service.clock import SystemClock
from bot.service.ports import Held
from bot.service.usage_csv import csv_lines
from bot.settings import Settings
from bot.storage.blobs import open_blobs
from bot.storage.books import SqlBooks
from bot.storage.cipher import Cipher
from bot.storage.errors import NotMigrated
from bot.storage.schema import is_absent
from bot.storage.store import SqlStore, open_store


@contextmanager
def csv_file(path: Path | None) -> Generator[TextIO]:
    """A new file for its owner alone, or standard output. Raises `FileExistsError`; a file that isn't written to its
    end is removed."""
    if path is None:
        with open(sys.stdout.fileno(), "w", encoding="utf-8", newline="", closefd=False) as output:
            yield output
        return
    with zip_file(path) as file, TextIOWrapper(file, encoding="utf-8", newline="") as output:
        yield output


@contextmanager
def zip_file(path: Path) -> Generator[BinaryIO]:
    """As `csv_file`, of bytes."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as output:
        try:
            yield output
        except BaseException:
            path.unlink()
            raise


async def export_usage(
    settings: Settings, output: TextIO, *, first: date | None, last: date | None, guild_id: int | None
) -> None:
    """Write the entries of these days (UTC), both included, or of all.

    Raises the `StorageError`s of `bot.storage.errors`, and `StoreUnavailable` of `bot.domain.errors`.
    """
    start = _midnight(first) if first else datetime.min.replace(tzinfo=UTC)
    end = _midnight(last + timedelta(days=1)) if last else datetime.max.replace(tzinfo=UTC)
    async with _beside(settings) as (store, _):
        async for line in csv_lines(SqlBooks(store.database).entries(start, end, guild_id=guild_id)):
            output.write(line)


async def export_member(settings: Settings, output: BinaryIO, member_id: int) -> bool:
    """Write what is kept about a member (a Discord id) as a ZIP file; False where that is nothing.

    Raises as `export_usage` does.
    """
    async with _beside(settings) as (store, cipher):
        clock = SystemClock()
        blobs = open_blobs(store.database, settings.easel_data_dir / "blobs", cipher)
        retention = retention_of(settings, store.database, blobs, clock)
        privacy = privacy_of(settings, store.database, blobs, retention, clock)
        if await privacy.held(member_id) == Held():
            return False
        async for part in privacy.export(member_id, None, explain):
            output.write(part)
        return True


@asynccontextmanager
async def _beside(settings: Settings) -> AsyncGenerator[tuple[SqlStore, Cipher]]:
    if await asyncio.to_thread(is_absent, settings.database_url):
        raise NotMigrated
    cipher = await asyncio.to_thread(open_cipher, settings)
    store = await open_store(settings.database_url, cipher)
    try:
        yield store, cipher
    finally:
        await store.close()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
