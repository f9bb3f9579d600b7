"""Jobs as they are read, and changed by their owners, for all that do."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Job
from bot.service.ports import Fenced
from bot.storage.columns import Entrusted
from bot.storage.errors import Undecipherable
from bot.storage.people import NOBODY
from bot.storage.records import Columns, fields_of, job_of
from bot.storage.tables import jobs, people

_log = structlog.get_logger(__name__)

LIVE = jobs.c.finished_at.is_(None)
"""Jobs that haven't ended, in the words of the index over them."""

JOBS = select(people.c.discord_id, *jobs.c).join_from(jobs, people, jobs.c.person_id == people.c.id)
"""All that is kept of jobs, with their members: what `job_in` reads."""

_ORDER = (jobs.c.created_at, jobs.c.id)
_BY_IDS = JOBS.where(jobs.c.id.in_(bindparam("ids", expanding=True))).order_by(*_ORDER)

_member = select(people.c.discord_id).where(people.c.id == jobs.c.person_id).scalar_subquery()
_TAKE = (
    update(jobs)
    .where(jobs.c.id.in_(bindparam("ids", expanding=True)), jobs.c.owner.is_(None))
    .values(owner=bindparam("by"), claimed_at=bindparam("at"))
    .returning(*jobs.c, _member.label("discord_id"))
)

_IN_CLEAR = [column for column in jobs.c if not isinstance(column.type, Entrusted)]
_STEP = (
    update(jobs)
    .where(
        jobs.c.id == bindparam("of_job"),
        jobs.c.status == bindparam("was"),
        jobs.c.owner == bindparam("its_owner"),
    )
    .returning(*_IN_CLEAR)
)


def job_in(row: RowMapping) -> Job:
    return job_of(row, row["discord_id"] or NOBODY)


async def select_jobs(connection: AsyncConnection, *where: ColumnElement[bool]) -> list[Job]:
    """Jobs, oldest first."""
    return await _read(connection, JOBS.where(*where).order_by(*_ORDER))


async def readable_jobs(connection: AsyncConnection, ids: Sequence[str]) -> list[Job]:
    """Those of the jobs whose rows can be read, oldest first. A damaged one is told of and keeps no other waiting."""
    try:
        return await _read(connection, _BY_IDS, {"ids": ids})
    except (Undecipherable, ValidationError):
        found: list[Job] = []
    for job_id in ids:
        try:
            found += await _read(connection, _BY_IDS, {"ids": [job_id]})
        except (Undecipherable, ValidationError):
            _log.error("a job can't be read: its row is damaged, or of another key; it is left alone", job=job_id)
    return sorted(found, key=lambda job: (job.created_at, job.id))


async def take_jobs(connection: AsyncConnection, ids: Sequence[str], owner: str, now: datetime) -> list[Job]:
    """Let the owner have those of the jobs that are nobody's; answers the readable ones."""
    taken = await connection.execute(_TAKE, {"ids": ids, "by": owner, "at": now})
    try:
        return [job_in(row) for row in taken.mappings()]
    except (Undecipherable, ValidationError):
        return await readable_jobs(connection, ids)


async def latest_jobs(connection: AsyncConnection, most: int, *where: ColumnElement[bool]) -> list[Job]:
    """Jobs, newest first."""
    newest = JOBS.where(*where).order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
    return await _read(connection, newest.limit(most))


async def step(connection: AsyncConnection, job: Job, columns: dict[str, Any]) -> Columns:
    """Change a job's row, if it is still its owner's and in the status that the job was read in; else `Fenced`.

    Answers the row as it is then. What is encrypted in it isn't read again: only its owner changes that."""
    if job.owner is None:
        raise Fenced  # nobody's to change
    its_own = {"of_job": job.id, "was": job.status, "its_owner": job.owner}
    row = (await connection.execute(_STEP, columns | its_own)).mappings().first()
    if row is None:
        raise Fenced
    return fields_of(job) | columns | dict(row)


async def _read(
    connection: AsyncConnection, query: Select[Any], parameters: Mapping[str, Any] | None = None
) -> list[Job]:
    rows = (await connection.execute(query, parameters)).mappings()
    return [job_in(row) for row in rows]
