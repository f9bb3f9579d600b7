"""What the books say of runs at Replicate: `RunBooks` of `bot.service.ports` over SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, and_, select, tuple_

from bot.domain.audit import BookedRun
from bot.domain.ledger import EntryKind
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.service.ports import RunPosition
from bot.storage.engine import Database
from bot.storage.rows import LIVE
from bot.storage.tables import jobs, ledger, strays

_END = and_(ledger.c.job_id == jobs.c.id, ledger.c.kind.in_((EntryKind.CAPTURE, EntryKind.RELEASE)))

_SAME = ("account", "billing", "status", "model", "created_at", "approved_at", "submitted_at", "cleared_at",
         "finished_at", "prediction_id", "doubtful")  # fmt: skip
"""Columns of a job that are fields of a booked run."""

_RUNS = select(
    *(jobs.c[name] for name in ("id", *_SAME, "submission", "prediction")),
    ledger.c.kind.label("entry"),
    ledger.c.amount.label("captured"),
).select_from(jobs.outerjoin(ledger, _END))


class SqlRunBooks:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def accounts(self, since: datetime) -> Sequence[str]:
        async with self._database.read() as connection:
            used = select(jobs.c.account).where(jobs.c.submitted_at >= since).distinct().order_by(jobs.c.account)
            return (await connection.scalars(used)).all()

    async def of_predictions(self, prediction_ids: Collection[str]) -> Mapping[str, BookedRun]:
        found = await self._read(_RUNS.where(jobs.c.prediction_id.in_(prediction_ids)))
        return {run.prediction_id: run for run in found if run.prediction_id is not None}

    async def strays(self, prediction_ids: Collection[str]) -> Collection[str]:
        async with self._database.read() as connection:
            known = select(strays.c.prediction_id).where(strays.c.prediction_id.in_(prediction_ids))
            return set(await connection.scalars(known))

    async def submitted(
        self, account: str, start: datetime, end: datetime, most: int, after: RunPosition | None = None
    ) -> Sequence[BookedRun]:
        place = (jobs.c.submitted_at, jobs.c.id)
        where: list[ColumnElement[bool]] = [jobs.c.account == account, jobs.c.submitted_at < end]
        if after is None:
            where.append(jobs.c.submitted_at >= start)
        else:
            where.append(tuple_(*place) > tuple_(after.submitted_at, after.job_id, types=[each.type for each in place]))
        return await self._read(_RUNS.where(*where).order_by(*place).limit(most))

    async def unfinished(self, before: datetime, most: int) -> Sequence[BookedRun]:
        oldest = _RUNS.where(LIVE, jobs.c.created_at < before).order_by(jobs.c.created_at, jobs.c.id)
        return await self._read(oldest.limit(most))

    async def _read(self, query: Select[Any]) -> list[BookedRun]:
        async with self._database.read() as connection:
            return [_run(row) for row in (await connection.execute(query)).mappings()]


def _run(row: RowMapping) -> BookedRun:
    submission: Submission | None = row["submission"]
    prediction: Prediction | None = row["prediction"]
    return BookedRun(
        job_id=row["id"],
        cancel_after=submission.cancel_after if submission else None,
        made=_made(prediction) if prediction else None,
        entry=row["entry"],
        captured=row["captured"] if row["entry"] is EntryKind.CAPTURE else 0,
        **{name: row[name] for name in _SAME},
    )


def _made(prediction: Prediction) -> int | None:
    """How many pictures were there to be captured, as the run's end was recorded."""
    told = prediction.status is PredictionStatus.SUCCEEDED and not (prediction.data_removed and not prediction.output)
    return len(prediction.output) if told else None
