"""A backup beside a process that writes without a pause: whole, of one moment, and in nobody's way."""

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import closing
from pathlib import Path

from bot.storage.archive import DATABASE, unpack
from bot.storage.backup import Progress, back_up
from bot.storage.store import open_store
from tests.storage.house import House

ROOT = Path(__file__).parents[2]

WRITER = """
import asyncio, sys
from datetime import timedelta
from pathlib import Path
from bot.domain.job import JobStatus
from bot.domain.request import InputImage
from bot.storage.blobs import DirectoryBlobs
from bot.storage.cipher import Cipher
from bot.storage.store import open_store
from tests.storage.examples import NOON, admit, claim_one

async def main(data, key):
    cipher = Cipher.from_key(key)
    store, blobs = await open_store(f"sqlite:///{data}/easel.db", cipher), DirectoryBlobs(Path(data) / "blobs", cipher)
    kept = []
    while True:  # until its end is pulled
        job = await admit(store)
        picture = InputImage(f"{job.id}/0", "cat.png", "image/png", 10, 4, 4)
        await blobs.put(picture.key, b"a cat", keep_until=NOON + timedelta(days=9999))
        job = await claim_one(store, "me")
        kept.append(await store.advance(job, JobStatus.QUEUED, inputs=(picture,)))
        if len(kept) > 3:  # a picture goes once nothing refers to it
            job = await store.advance(kept.pop(0), JobStatus.DELIVERING, cost=0)
            job = await store.settle(job, JobStatus.CANCELED, NOON, captured=None, pictures=0)
            await blobs.delete(f"{job.id}/0")
        print(flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


class Writer:
    def __init__(self, process: Process) -> None:
        self._process = process
        self.rounds = 0
        self._changed = asyncio.Condition()
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while await self._process.stdout.readline():
            async with self._changed:
                self.rounds += 1
                self._changed.notify_all()

    async def go_on(self, rounds: int) -> None:
        """Wait until so many more are done."""
        until = self.rounds + rounds
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: self.rounds >= until or self._reading.done())
        assert not self._reading.done(), "it has died"

    async def end(self) -> None:
        self._process.kill()
        await self._process.wait()
        await self._reading


async def test_each_backup_is_of_one_moment_and_holds_up_nobody(house: House, tmp_path: Path, secret_key: str) -> None:
    with closing(sqlite3.connect(house.database)) as connection, connection:  # several steps of the copy
        connection.execute("INSERT INTO blobs VALUES ('large', zeroblob(20000000), 0)")
    arguments = (sys.executable, "-c", WRITER, str(house.data), secret_key)
    writer = Writer(await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, stdout=PIPE))
    loop = asyncio.get_running_loop()
    steps: list[Progress] = []

    def while_it_writes(progress: Progress) -> None:
        """Each step of the copy waits until the writer has got on."""
        steps.append(progress)
        assert len(steps) < 20, "it begins anew and anew"
        asyncio.run_coroutine_threadsafe(writer.go_on(4), loop).result()

    archives = [tmp_path / f"{number}.tar" for number in range(2)]
    try:
        await writer.go_on(5)
        for archive in archives:
            steps.clear()
            await asyncio.to_thread(
                back_up, house.database, house.pictures, archive, house.cipher, version="1", tell=while_it_writes
            )
            assert len(steps) >= 3
            assert [each.done for each in steps] == sorted({each.done for each in steps}), "it never began anew"
    finally:
        await writer.end()

    for archive in archives:
        (out := tmp_path / archive.stem).mkdir()
        await asyncio.to_thread(unpack, archive, out)
        store = await open_store(f"sqlite:///{out / DATABASE}", house.cipher)
        with closing(sqlite3.connect(out / DATABASE)) as connection:
            live = [name for (name,) in connection.execute("SELECT id FROM jobs WHERE status = 'queued'")]
        assert len(live) >= 3
        for job_id in live:
            job = await store.job(job_id)
            assert job is not None
            for picture in job.inputs:
                assert (out / "blobs" / f"{picture.key.replace('/', '.')}.blob").exists()
        await store.close()
