"""Taking away all of a member's results: `Purges` of `bot.service.ports` over SQL."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Job, JobStatus
from bot.domain.report import Decision
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import Purge, Purged
from bot.storage.engine import Channel, Database
from bot.storage.moderation_tables import cases, purged, purges
from bot.storage.people import person
from bot.storage.queue import CANCELABLE
from bot.storage.rows import LIVE, latest_jobs
from bot.storage.strip import KEPT
from bot.storage.tables import jobs, people
from bot.storage.trail import enter

_AT_ONCE = 100


class SqlPurges:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, guild_id: int, member_id: int, since: datetime | None) -> int:
        async with self._database.read() as connection:
            known = select(people.c.id).where(people.c.discord_id == member_id)
            theirs = _theirs(guild_id, jobs.c.person_id == known.scalar_subquery(), since)
            return await connection.scalar(select(func.count()).select_from(jobs).where(theirs)) or 0

    async def begin(self, purge: Purge) -> Purge:
        async with self._database.write() as connection:
            member = await person(self._database, connection, purge.member_id)
            moderator = await person(self._database, connection, purge.made_by)
            theirs = _theirs(purge.guild_id, jobs.c.person_id == member, purge.since)
            found = (await connection.scalars(select(jobs.c.id).where(theirs).with_for_update())).all()
            if not found:
                return replace(purge, done_at=purge.made_at)
            row = {
                "guild_id": purge.guild_id,
                "person_id": member,
                "since": purge.since,
                "reason": purge.reason,
                "made_at": purge.made_at,
                "made_by": moderator,
            }
            purge_id = (await connection.scalars(purges.insert().values(row).returning(purges.c.id))).one()
            await connection.execute(purged.insert(), [{"job_id": each, "purge_id": purge_id} for each in found])
            ours = jobs.c.id.in_(found)
            await connection.execute(update(jobs).where(ours).values(kept_until=None))
            under_way = and_(ours, jobs.c.cancel_at.is_(None), jobs.c.status.in_(CANCELABLE))
            canceled = update(jobs).where(under_way).values(cancel_at=purge.made_at, cancel_by=moderator)
            if (await connection.execute(canceled)).rowcount:
                await self._database.notify(connection, Channel.JOBS)
            decided = {
                "decision": Decision.REMOVED.value,
                "decided_at": purge.made_at,
                "decided_by": moderator,
                "revision": cases.c.revision + 1,
            }
            undecided = and_(cases.c.job_id.in_(found), cases.c.decision.is_(None))
            await connection.execute(update(cases).where(undecided).values(decided))
            since = {"since_at": purge.since.isoformat()} if purge.since else {}
            await enter(self._database, connection, _entry(purge, purge.made_at, results=len(found), **since))
            return replace(purge, id=purge_id, results=len(found))

    async def purge(self, purge_id: int) -> Purge:
        async with self._database.read() as connection:
            found = await _purges(connection, purges.c.id == purge_id)
            if not found:
                raise LookupError(purge_id)
            return found[0]

    async def unfinished(self) -> Sequence[Purge]:
        async with self._database.read() as connection:
            return await _purges(connection, purges.c.done_at.is_(None))

    async def jobs(self, purge_id: int) -> Sequence[Job]:
        left = select(purged.c.job_id).where(purged.c.purge_id == purge_id, purged.c.outcome.is_(None))
        async with self._database.read() as connection:
            return await latest_jobs(connection, _AT_ONCE, jobs.c.finished_at.is_not(None), jobs.c.id.in_(left))

    async def purged(self, job_id: str, outcome: Purged) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(purged).where(purged.c.job_id == job_id).values(outcome=outcome.value))

    async def finish(self, purge_id: int, now: datetime) -> None:
        async with self._database.write() as connection:
            unfinished = (purges.c.id == purge_id, purges.c.done_at.is_(None))
            done = await connection.execute(update(purges).where(*unfinished).values(done_at=now))
            if done.rowcount == 0:
                return
            (purge,) = await _purges(connection, purges.c.id == purge_id)
            counts = {outcome.value: count for outcome, count in purge.counts}
            await enter(self._database, connection, _entry(purge, now, **counts))


def _theirs(guild_id: int, own: ColumnElement[bool], since: datetime | None) -> ColumnElement[bool]:
    """A member's results with pictures, and their requests under way, of which none is being purged yet."""
    with_pictures = and_(jobs.c.status == JobStatus.SUCCEEDED, jobs.c.pictures > 0)
    place = and_(jobs.c.guild_id == guild_id, own, KEPT, jobs.c.id.not_in(select(purged.c.job_id)))
    theirs = and_(place, or_(with_pictures, LIVE))
    return theirs if since is None else and_(theirs, jobs.c.created_at >= since)


def _entry(purge: Purge, at: datetime, **after: object) -> TrailEntry:
    return TrailEntry(
        purge.guild_id, Action.PURGE, purge.made_by, at, purge.member_id, reason=purge.reason, after=after
    )


async def _purges(connection: AsyncConnection, where: ColumnElement[bool]) -> list[Purge]:
    member, moderator = people.alias("member"), people.alias("moderator")
    query = (
        select(purges, member.c.discord_id.label("member"), moderator.c.discord_id.label("moderator"))
        .join_from(purges, member, member.c.id == purges.c.person_id)
        .join(moderator, moderator.c.id == purges.c.made_by)
        .where(where)
        .order_by(purges.c.id)
    )
    rows = (await connection.execute(query)).mappings().all()
    counted = (
        select(purged.c.purge_id, purged.c.outcome, func.count())
        .where(purged.c.purge_id.in_([row["id"] for row in rows]))
        .group_by(purged.c.purge_id, purged.c.outcome)
    )
    counts: dict[int, dict[str | None, int]] = {}
    for purge_id, outcome, count in await connection.execute(counted):
        counts.setdefault(purge_id, {})[outcome] = count
    return [_purge(row, counts.get(row["id"], {})) for row in rows]


def _purge(row: RowMapping, counts: dict[str | None, int]) -> Purge:
    return Purge(
        guild_id=row["guild_id"],
        member_id=row["member"],
        made_by=row["moderator"],
        made_at=row["made_at"],
        since=row["since"],
        reason=row["reason"],
        id=row["id"],
        results=sum(counts.values()),
        counts=tuple((each, counts[each.value]) for each in Purged if each.value in counts),
        done_at=row["done_at"],
    )
