"""Jobs as they are read, and changed by their owners, for all that do."""

from collections.abc import Sequence
from typing import Any

import structlog
from pydantic import ValidationError
from sqlalchemy import ColumnElement, RowMapping, Select, and_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Job
from bot.service.ports import Fenced
from bot.storage.errors import Undecipherable
from bot.storage.people import NOBODY
from bot.storage.records import job_of
from bot.storage.tables import jobs, people

_log = structlog.get_logger(__name__)

LIVE = jobs.c.finished_at.is_(None)
"""Jobs that haven't ended, in the words of the index over them."""

_JOBS = select(people.c.discord_id, *jobs.c).join_from(jobs, people, jobs.c.person_id == people.c.id)


async def select_jobs(connection: AsyncConnection, *where: ColumnElement[bool]) -> list[Job]:
    """Jobs, oldest first."""
    return await _read(connection, _JOBS.where(*where).order_by(jobs.c.created_at, jobs.c.id))


async def readable_jobs(connection: AsyncConnection, ids: Sequence[str]) -> list[Job]:
    """Those of the jobs whose rows can be read, oldest first. A damaged one is told of and keeps no other waiting."""
    try:
        return await select_jobs(connection, jobs.c.id.in_(ids))
    except (Undecipherable, ValidationError):
        found: list[Job] = []
    for job_id in ids:
        try:
            found += await select_jobs(connection, jobs.c.id == job_id)
        except (Undecipherable, ValidationError):
            _log.error("a job can't be read: its row is damaged, or of another key; it is left alone", job=job_id)
    return sorted(found, key=lambda job: (job.created_at, job.id))


async def latest_jobs(connection: AsyncConnection, most: int, *where: ColumnElement[bool]) -> list[Job]:
    """Jobs, newest first."""
    newest = _JOBS.where(*where).order_by(jobs.c.created_at.desc(), jobs.c.id.desc())
    return await _read(connection, newest.limit(most))


async def step(connection: AsyncConnection, job: Job, columns: dict[str, Any]) -> RowMapping:
    """Change a job's row, if it is still its owner's and in the status that the job was read in; else `Fenced`."""
    if job.owner is None:
        raise Fenced  # nobody's to change
    expected = and_(jobs.c.id == job.id, jobs.c.status == job.status, jobs.c.owner == job.owner)
    changed = await connection.execute(update(jobs).where(expected).values(columns).returning(jobs))
    row = changed.mappings().first()
    if row is None:
        raise Fenced
    return row


async def _read(connection: AsyncConnection, query: Select[Any]) -> list[Job]:
    rows = (await connection.execute(query)).mappings()
    return [job_of(row, row["discord_id"] or NOBODY) for row in rows]
