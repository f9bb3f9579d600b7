"""A deployment's books and Replicate's list, with one of each thing in which they can differ, and much in which they
don't."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.demo.replicate_runs import Run, new_id
from bot.demo.replicate_server import OWNER, ReplicateServer
from bot.domain.audit import DifferenceKind
from bot.domain.catalog import CATALOG
from bot.domain.job import Job, JobStatus
from bot.domain.ledger import EntryKind
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.service.ports import Stray
from bot.storage import ledger
from bot.storage.people import person
from bot.storage.records import columns_of, fields_of
from bot.storage.store import SqlStore
from bot.storage.tables import jobs
from tests.storage.examples import a_job

MODEL = "openai/gpt-image-2"
TOKEN = "r8_planted"
OTHER_MODEL = "openai/gpt-image-1.5"
PRICE = 128_000
MINUTE = timedelta(minutes=1)

_AT_REPLICATE = {JobStatus.SUCCEEDED: PredictionStatus.SUCCEEDED, JobStatus.FAILED: PredictionStatus.FAILED}


class Plants:
    """Puts jobs and runs where they are looked for, each a minute after the one before."""

    def __init__(self, store: SqlStore, replicate: ReplicateServer, start: datetime) -> None:
        self._store = store
        self._replicate = replicate
        self._at = start

    def run(self, status: str = "succeeded", *, pictures: int = 1, model: str = MODEL, age: timedelta | None = None,
            now: datetime | None = None, webhook: str | None = None) -> str:  # fmt: skip
        """A run at Replicate; answers its id."""
        self._at += MINUTE
        at = now - age if now is not None and age is not None else self._at
        live = status in ("starting", "processing")
        run = Run(
            id=new_id(),
            number=len(self._replicate.runs) + 1,
            model=CATALOG[MODEL] if model not in CATALOG else CATALOG[model],
            input={"prompt": "a fox"},
            created_at=at,
            token=TOKEN,
            account=OWNER,
            webhook=webhook,
            status=status,
            started_at=at,
            completed_at=None if live else at + timedelta(seconds=30),
            output=[f"https://replicate.delivery/{index}.webp" for index in range(pictures)],
        )
        if model not in CATALOG:
            run.model = replace(run.model, slug=model)
        self._replicate.runs.append(run)
        return run.id

    async def job(
        self,
        prediction_id: str | None,
        status: JobStatus = JobStatus.SUCCEEDED,
        *,
        entry: EntryKind | None = EntryKind.CAPTURE,
        made: int | None = 1,
        **details: Any,
    ) -> str:
        """A job submitted at the time of the latest run; answers its id. Where it has ended, `entry` ends its hold."""
        end = self._at + MINUTE if status.ended else None
        prediction = Prediction(
            prediction_id or "",
            _AT_REPLICATE.get(status, PredictionStatus.FAILED),
            output=tuple("x" for _ in range(made or 0)),
        )
        job = replace(
            a_job(),
            id=f"job{len(self._replicate.runs):013d}",
            status=status,
            created_at=self._at - timedelta(seconds=2),
            submitted_at=self._at - timedelta(seconds=1),
            submission=Submission(MODEL, {"prompt": "a fox"}, None, 300),
            prediction_id=prediction_id,
            prediction=prediction if status.ended and prediction_id else None,
            finished_at=end,
            cost=PRICE if entry is EntryKind.CAPTURE else 0,
            pictures=made or 0,
        )
        await insert(self._store, replace(job, **details), entry if status.ended else None)
        return job.id


async def insert(store: SqlStore, job: Job, entry: EntryKind | None) -> None:
    """The job as it is, with its hold and what ended that."""
    database = store.database
    async with database.write() as connection:
        row = {"person_id": await person(database, connection, job.member_id), **columns_of(fields_of(job))}
        await connection.execute(jobs.insert(), row)
        await ledger.hold(database, connection, row, None)
        if entry is not None:
            enter = ledger.capture if entry is EntryKind.CAPTURE else ledger.release
            await enter(database, connection, row)


async def plant(store: SqlStore, replicate: ReplicateServer, now: datetime) -> Mapping[DifferenceKind, str]:
    """One of each difference; answers the ids that tell of them: of the run, where there is one, or else of the job.
    Beside them are as many that agree, or are too young to."""
    plants = Plants(store, replicate, now - timedelta(hours=30))
    found: dict[DifferenceKind, str] = {}
    await plants.job(plants.run())
    await plants.job(plants.run("failed"), JobStatus.FAILED, entry=EntryKind.RELEASE, made=None)
    await plants.job(plants.run("succeeded", pictures=0), JobStatus.FAILED, entry=EntryKind.RELEASE, made=0)
    await plants.job(plants.run("canceled"), JobStatus.CANCELED)
    plants.run(model="someone/upscaler")

    found[DifferenceKind.NO_JOB] = plants.run()
    found[DifferenceKind.STRAY] = plants.run("canceled")
    await store.stray(Stray(found[DifferenceKind.STRAY], "operator", "job-1", now))
    plants.run(model="someone/upscaler")  # makes the time go on
    found[DifferenceKind.NO_PREDICTION] = await plants.job(None, JobStatus.FAILED, doubtful=True)
    plants.run(model="someone/upscaler")
    found[DifferenceKind.UNKNOWN_PREDICTION] = await plants.job("deletedatreplicate")
    found[DifferenceKind.NO_END] = plants.run()
    await plants.job(found[DifferenceKind.NO_END], JobStatus.RUNNING)
    found[DifferenceKind.NO_ENTRY] = plants.run()
    await plants.job(found[DifferenceKind.NO_ENTRY], entry=None)
    found[DifferenceKind.STILL_RUNNING] = plants.run("processing")
    await plants.job(found[DifferenceKind.STILL_RUNNING], JobStatus.FAILED)
    found[DifferenceKind.CAPTURED] = plants.run("failed")
    await plants.job(found[DifferenceKind.CAPTURED])
    found[DifferenceKind.RELEASED] = plants.run()
    await plants.job(found[DifferenceKind.RELEASED], JobStatus.FAILED, entry=EntryKind.RELEASE, made=None)
    found[DifferenceKind.PICTURES] = plants.run(pictures=3)
    await plants.job(found[DifferenceKind.PICTURES])
    found[DifferenceKind.MODEL] = plants.run(model=OTHER_MODEL)
    await plants.job(found[DifferenceKind.MODEL])

    plants.run(age=timedelta(minutes=50), now=now)  # its job may still find it
    young = plants.run("processing", age=MINUTE, now=now)
    await plants.job(young, JobStatus.RUNNING, created_at=now - MINUTE, submitted_at=now - MINUTE)
    assert found.keys() == set(DifferenceKind)
    return found
