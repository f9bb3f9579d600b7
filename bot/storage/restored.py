"""What becomes of the jobs in a restored database: the world has gone on since it was backed up."""

from datetime import datetime, timedelta

from sqlalchemy import update

from bot.domain.errors import UnknownFate
from bot.domain.job import Job, JobStatus
from bot.storage.errors import InUse
from bot.storage.processes import SqlProcesses, keys_of_the_living
from bot.storage.rows import LIVE, select_jobs
from bot.storage.store import SqlStore
from bot.storage.tables import jobs

_NAME = "restore"

_NOT_SENT = (JobStatus.STAGING, JobStatus.REQUEST_REVIEW, JobStatus.QUEUED)

_KEPT_AT_REPLICATE = timedelta(minutes=50)
"""For an hour after a run's end Replicate has its pictures; within this what was in flight can still be finished."""


async def end_doubtful(store: SqlStore, taken_at: datetime, now: datetime) -> int:
    """End the jobs of which it can't be told any more what became of them; answers how many.

    What hadn't been sent at that moment may have been since, and paid for; it is not sent again, and costs nothing
    here. What was in flight is looked up and goes on as after any restart, but only while Replicate keeps what it
    needs; after that it counts as it would have. No message is touched: it may show pictures by now.

    Raises `InUse` where processes work on the database.
    """
    async with store.database.read() as connection:
        if living := await keys_of_the_living(store.database, connection):
            raise InUse(next(iter(living)))
    processes = SqlProcesses(store.database)
    await processes.join(_NAME)
    async with store.database.write() as connection:
        await connection.execute(update(jobs).where(LIVE).values(owner=_NAME, claimed_at=now))
        live = await select_jobs(connection, LIVE)
    ended = 0
    for job in live:
        if job.status in _NOT_SENT:
            await _end(store, job, now, captured=None)
        elif now - taken_at > _KEPT_AT_REPLICATE:
            await _end(store, job, now, captured=job.hold if job.cost is None else job.cost)
        else:
            continue
        ended += 1
    await processes.leave(_NAME)
    return ended


async def _end(store: SqlStore, job: Job, now: datetime, *, captured: int | None) -> None:
    if job.status is not JobStatus.DELIVERING:
        cost = captured or 0
        job = await store.advance(job, JobStatus.DELIVERING, failure=UnknownFate(), cost=cost)
    await store.settle(
        job, JobStatus.FAILED, now, captured=captured or None, pictures=job.request.count if captured else 0
    )
