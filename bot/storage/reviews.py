"""What waits for a reviewer: `Reviews` of `bot.service.ports` over SQL.

Whoever locks a job and its review locks the job first.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, delete, func, literal, null, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import EaselError
from bot.domain.job import Job, JobStatus
from bot.domain.moderation import ReviewStage
from bot.domain.review import APPROVED, WAITING, Decision, ReviewRecord, failure_of
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import OpenReviews, Trusted
from bot.storage.columns import Moment
from bot.storage.engine import Channel, Database
from bot.storage.moderation_tables import reviews, trusted
from bot.storage.people import person
from bot.storage.records import columns_of, job_of
from bot.storage.rows import readable_jobs, select_jobs, step
from bot.storage.tables import jobs, people
from bot.storage.trail import enter

_UNCLOSED = reviews.c.closed_at.is_(None)  # in the words of the index over them
_OPEN = and_(_UNCLOSED, reviews.c.decision.is_(None))
_REVIEWS = select(reviews, people.c.discord_id).join_from(
    reviews, people, people.c.id == reviews.c.decided_by, isouter=True
)
_ACTIONS = {Decision.APPROVED: Action.APPROVE, Decision.REJECTED: Action.REJECT, Decision.EXPIRED: Action.EXPIRE}


_TRUST = (
    select(trusted.c.since)
    .join_from(trusted, people, people.c.id == trusted.c.person_id)
    .where(trusted.c.guild_id == bindparam("guild"), people.c.discord_id == bindparam("member"))
)


class SqlReviews:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(
        self, job: Job, stage: ReviewStage, now: datetime, expires_at: datetime, **changes: Any
    ) -> tuple[Job, ReviewRecord]:
        row = {"job_id": job.id, "stage": stage.value, "guild_id": job.guild_id}
        async with self._database.write() as connection:
            stepped = await step(connection, job, {"status": WAITING[stage]} | columns_of(changes))
            insert = self._database.insert_or_ignore(reviews)
            await connection.execute(insert, row | {"opened_at": now, "expires_at": expires_at})
            [review] = await _select(connection, _is(job.id, stage))
            return job_of(stepped, job.member_id), review

    async def posted(self, job: Job, stage: ReviewStage, place: tuple[int, int] | None, now: datetime) -> None:
        noted: dict[str, Any] = {"posted_at": now}
        if place is not None:  # if it was decided meanwhile, the card is still to say so
            noted |= {"channel_id": place[0], "message_id": place[1], "closed_at": None}
        mine = and_(jobs.c.id == job.id, jobs.c.status == WAITING[stage], jobs.c.owner == job.owner)
        async with self._database.write() as connection:
            await connection.execute(update(jobs).where(mine).values(owner=None, claimed_at=None))
            await connection.execute(update(reviews).where(_is(job.id, stage)).values(noted))
            await self._database.notify(connection, Channel.JOBS)  # it may have been canceled meanwhile

    async def review(self, job_id: str, stage: ReviewStage) -> tuple[ReviewRecord, Job] | None:
        async with self._database.read() as connection:
            found = await _with_jobs(connection, await _select(connection, _is(job_id, stage)))
            return found[0] if found else None

    async def decide(
        self,
        job_id: str,
        stage: ReviewStage,
        decision: Decision,
        now: datetime,
        *,
        by: int | None = None,
        reason: str = "",
        trust: bool = False,
    ) -> bool:
        async with self._database.write() as connection:
            await connection.execute(select(jobs.c.id).where(jobs.c.id == job_id).with_for_update())
            [job] = await select_jobs(connection, jobs.c.id == job_id)
            waits = job.status is WAITING[stage]
            if not waits:  # it was given up: there is nothing to decide on
                decision, by, reason = Decision.CANCELED, None, ""
            decided = {
                "decision": decision.value,
                "decided_at": now,
                "decided_by": None if by is None else await person(self._database, connection, by),
                "reason": reason or None,
                "closed_at": case((reviews.c.message_id.is_(None), literal(now, Moment())), else_=null()),
            }
            undecided = update(reviews).where(_is(job_id, stage), reviews.c.decision.is_(None))
            if not (await connection.execute(undecided.values(decided))).rowcount or not waits:
                return False
            free = _let_go(job, stage, now, failure_of(decision, reason, job.cancel), trust=trust)
            # Whoever owns it: that process can only be posting the card.
            await connection.execute(update(jobs).where(jobs.c.id == job_id).values(free))
            if by is not None or decision is Decision.EXPIRED:
                entry = TrailEntry(
                    guild_id=job.guild_id or 0,
                    action=_ACTIONS[decision],
                    actor_id=by,
                    at=now,
                    subject_id=job.member_id,
                    job_id=job_id,
                    reason=reason,
                    after={"stage": stage.value},
                )
                await enter(self._database, connection, entry)
                if by is not None and trust:
                    await self._trust(connection, replace(entry, action=Action.TRUST, after=None))
            await self._database.notify(connection, Channel.JOBS)
            return True

    async def waiting(self, guild_id: int, most: int) -> OpenReviews:
        own = and_(_OPEN, reviews.c.guild_id == guild_id)
        async with self._database.read() as connection:
            total = await connection.scalar(select(func.count()).select_from(reviews).where(own)) or 0
            return OpenReviews(await _with_jobs(connection, await _select(connection, own, most)), total)

    async def due(self, now: datetime, most: int) -> Sequence[ReviewRecord]:
        async with self._database.read() as connection:
            return await _select(connection, and_(_OPEN, reviews.c.expires_at <= now), most)

    async def unclosed(self, most: int) -> Sequence[tuple[ReviewRecord, Job]]:
        decided = and_(_UNCLOSED, reviews.c.decision.is_not(None))
        async with self._database.read() as connection:
            return await _with_jobs(connection, await _select(connection, decided, most))

    async def closed(self, job_id: str, stage: ReviewStage, now: datetime) -> None:
        decided = and_(_is(job_id, stage), reviews.c.decision.is_not(None))
        async with self._database.write() as connection:
            await connection.execute(update(reviews).where(decided).values(closed_at=now))

    # ------------------------------------------------------------------------------------------------ trust

    async def trusts(self, guild_id: int, member_id: int) -> bool:
        return bool(await self._database.look(_TRUST, {"guild": guild_id, "member": member_id}))

    async def trust(self, guild_id: int, member_id: int, *, by: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            return await self._trust(connection, TrailEntry(guild_id, Action.TRUST, by, now, subject_id=member_id))

    async def _trust(self, connection: AsyncConnection, entry: TrailEntry) -> bool:
        member = await person(self._database, connection, entry.subject_id or 0)
        row = {"guild_id": entry.guild_id, "person_id": member, "since": entry.at}
        if not (await connection.execute(self._database.insert_or_ignore(trusted), row)).rowcount:
            return False
        await enter(self._database, connection, entry)
        return True

    async def distrust(self, guild_id: int, member_id: int, *, by: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            member = await person(self._database, connection, member_id)
            gone = delete(trusted).where(trusted.c.guild_id == guild_id, trusted.c.person_id == member)
            if not (await connection.execute(gone)).rowcount:
                return False
            entry = TrailEntry(guild_id, Action.DISTRUST, by, now, subject_id=member_id)
            await enter(self._database, connection, entry)
            return True

    async def trusted(self, guild_id: int) -> Sequence[Trusted]:
        query = (
            select(people.c.discord_id, trusted.c.since)
            .join_from(trusted, people, people.c.id == trusted.c.person_id)
            .where(trusted.c.guild_id == guild_id, people.c.discord_id.is_not(None))
            .order_by(trusted.c.since, people.c.discord_id)
        )
        async with self._database.read() as connection:
            return [Trusted(row.discord_id, row.since) for row in await connection.execute(query)]


_DATED = {ReviewStage.REQUEST: "approved_at", ReviewStage.RESULT: "cleared_at"}


def _let_go(job: Job, stage: ReviewStage, now: datetime, failure: EaselError | None, *, trust: bool) -> dict[str, Any]:
    """The columns of a job that goes on from a review."""
    columns: dict[str, Any] = {"owner": None, "claimed_at": None}
    if failure is None:
        columns |= {"status": APPROVED[stage], _DATED[stage]: now}
        if trust:
            columns["oversight"] = replace(job.oversight, review=frozenset())
    else:
        columns |= {"status": JobStatus.DELIVERING, "failure": failure, "cleared_at": now}
        if stage is ReviewStage.REQUEST:
            columns["cost"] = 0
    return columns


def _is(job_id: str, stage: ReviewStage) -> ColumnElement[bool]:
    return and_(reviews.c.job_id == job_id, reviews.c.stage == stage.value)


async def _select(
    connection: AsyncConnection, where: ColumnElement[bool], most: int | None = None
) -> list[ReviewRecord]:
    """Oldest first."""
    query = _REVIEWS.where(where).order_by(reviews.c.opened_at, reviews.c.job_id).limit(most)
    return [_record(row) for row in await connection.execute(query)]


async def _with_jobs(
    connection: AsyncConnection, records: Sequence[ReviewRecord]
) -> Sequence[tuple[ReviewRecord, Job]]:
    """Each with its job; those are left out whose job can't be read."""
    found = {job.id: job for job in await readable_jobs(connection, [each.job_id for each in records])}
    return [(each, found[each.job_id]) for each in records if each.job_id in found]


def _record(row: Row[Any]) -> ReviewRecord:
    return ReviewRecord(
        job_id=row.job_id,
        stage=ReviewStage(row.stage),
        guild_id=row.guild_id,
        opened_at=row.opened_at,
        expires_at=row.expires_at,
        channel_id=row.channel_id,
        message_id=row.message_id,
        decision=Decision(row.decision) if row.decision else None,
        decided_at=row.decided_at,
        decided_by=row.discord_id,
        reason=row.reason or "",
    )
