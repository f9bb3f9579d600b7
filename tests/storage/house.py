"""A data directory: a SQLite database, and kept pictures."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from bot.domain.job import Job
from bot.storage.archive import Manifest
from bot.storage.backup import back_up
from bot.storage.blobs import DirectoryBlobs
from bot.storage.cipher import Cipher
from bot.storage.restore import Place, Restored, restore
from bot.storage.store import SqlStore, open_store
from tests.storage.examples import NOON

SOON = NOON + timedelta(minutes=5)
LONG_AFTER = NOON + timedelta(days=1)
PICTURE = b"a picture" * 1000


class House:
    """A data directory."""

    def __init__(self, data: Path, cipher: Cipher) -> None:
        self.data = data
        self.cipher = cipher
        self.database = data / "easel.db"
        self.pictures = data / "blobs"
        self.blobs = DirectoryBlobs(self.pictures, cipher)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.database}"

    @property
    def place(self) -> Place:
        return Place(self.url, self.pictures, self.data / "secret.key")

    async def open(self) -> SqlStore:
        return await open_store(self.url, self.cipher)

    def back_up(self, target: Path, keys: Sequence[str] = ()) -> Manifest:
        return back_up(self.database, self.pictures, target, self.cipher, version="1", keys=keys)

    async def restore(self, archive: Path, now: datetime = SOON, *, replace: bool = False) -> Restored:
        return await restore(archive, self.place, lambda _: self.cipher, now, replace=replace)

    async def jobs(self) -> dict[str, Job]:
        store = await self.open()
        try:
            found = [await store.job(job_id) for job_id in self.ids()]
            return {job.id: job for job in found if job is not None}
        finally:
            await store.close()

    def ids(self) -> list[str]:
        with closing(sqlite3.connect(self.database)) as connection:
            return [job_id for (job_id,) in connection.execute("SELECT id FROM jobs ORDER BY id")]

    def ledger(self) -> list[tuple[str, str, int]]:
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute("SELECT job_id, kind, amount FROM ledger ORDER BY id").fetchall()
