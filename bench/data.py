"""What an operator waits for with the bot stopped: the secret key changed, and SQLite moved to PostgreSQL."""

import tempfile
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from bench.databases import server_as_deployed
from bench.figures import Figure, timed
from bench.history import make_history
from bot.domain.job import JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.storage.blobs import DirectoryBlobs
from bot.storage.cipher import Cipher, make_key
from bot.storage.move import Move
from bot.storage.raw import raw
from bot.storage.records import columns_of, fields_of
from bot.storage.rotation import Rotation
from bot.storage.schema import connect, migrate
from bot.storage.store import open_store
from bot.storage.tables import jobs
from tests.storage.examples import NOON, a_job

JOBS = 100_000
_CHUNK = 5_000  # rows of one statement

_INPUT = {"prompt": "A fox asleep in the first snow, seen from above, ink on rough paper. " * 4, "quality": "high"}
_ADDRESS = "https://replicate.delivery/xezq/0123456789abcdef0123456789abcdef0123456789abcdef/out-0.png"


async def measure() -> AsyncIterator[Figure]:
    """With two entries of the ledger for each job, and without pictures."""
    key, new, newest = (make_key() for _ in range(3))
    with tempfile.TemporaryDirectory(prefix="easel-bench-") as directory, server_as_deployed() as server:
        file = f"sqlite:///{Path(directory) / 'easel.db'}"
        target = server.url(server.make_database())
        await _fill(file, key)
        rotated = await timed(1, lambda _: _rotate(file, new, key), warm_up=0)
        yield Figure(f"the key of {JOBS:,} jobs changed", "SQLite", "s", [each / 1_000 for each in rotated])
        moved = await timed(1, lambda _: _move(file, target, new, Path(directory)), warm_up=0)
        yield Figure(f"{JOBS:,} jobs moved", "SQLite to PostgreSQL", "s", [each / 1_000 for each in moved])
        rotated = await timed(1, lambda _: _rotate(target, newest, new), warm_up=0)
        yield Figure(f"the key of {JOBS:,} jobs changed", "PostgreSQL", "s", [each / 1_000 for each in rotated])


async def _fill(url: str, key: str) -> None:
    """Jobs as they are at their end, with the words of their requests still there."""
    cipher = Cipher.from_key(key)
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    await make_history(store.database, 2 * JOBS, datetime(2026, 11, 1, tzinfo=UTC))
    job = a_job(
        id="one",
        status=JobStatus.SUCCEEDED,
        submission=Submission("openai/gpt-image-2", _INPUT, None, 600),
        prediction=Prediction("p", PredictionStatus.SUCCEEDED, "openai/gpt-image-2", _INPUT, (_ADDRESS,)),
        finished_at=NOON,
        cost=1,
        pictures=1,
    )
    kept = raw(jobs)
    async with store.database.write() as connection:
        columns = {name: value for name, value in columns_of(fields_of(job)).items() if name in jobs.c}
        await connection.execute(insert(jobs).values(columns | {"person_id": 1, "prediction_id": None}))
        row = (await connection.execute(kept.select())).mappings().one()
        for first in range(1, JOBS, _CHUNK):
            numbers = range(first, min(first + _CHUNK, JOBS))
            await connection.execute(insert(kept), [{**row, "id": f"past-{number}"} for number in numbers])
    await store.close()


async def _rotate(url: str, key: str, old: str) -> None:
    """All of it, with the look at what is left at its end."""
    store = await open_store(url, Cipher.from_key(key, old))
    rotation = Rotation(store.database, None)
    async for _ in rotation.run():
        pass
    if rotation.found.retired:
        raise RuntimeError("something is left under the old key")
    await store.close()


def _told(_table: str, _rows: int) -> None:
    pass


async def _move(file: str, url: str, key: str, directory: Path) -> None:
    cipher = Cipher.from_key(key)
    await migrate(url, cipher)
    source, target = await open_store(file, cipher), connect(url, cipher)
    await Move(source.database, DirectoryBlobs(directory / "blobs", cipher), target).copy(_told)
    await source.close()
    await target.close()
