"""What is kept about one member: `PersonalData` of `bot.service.ports` over SQL."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, exists, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.job import Job
from bot.domain.quota import Period, span
from bot.domain.sanction import Ladder
from bot.service.ports import Erasure, Held
from bot.storage import records
from bot.storage.engine import Channel, Database, Turn
from bot.storage.moderation_tables import appeals, reports, sanctions, trail, trusted
from bot.storage.people import NOBODY, trace_of
from bot.storage.queue import CANCELABLE
from bot.storage.rows import LIVE, select_jobs
from bot.storage.strip import KEPT, strip_jobs
from bot.storage.tables import grants, jobs, ledger, member_defaults, people

PAGE = 200
"""Requests that are read in one transaction."""

STRIKES_COUNT = timedelta(days=Ladder().days)
"""For how long a sanction may still lead to another, whether or not it is in force."""

_LONGEST_PAUSE = timedelta(days=7)  # between two requests of a member; no week is longer either
_WESTERNMOST, _EASTERNMOST = (timezone(timedelta(hours=hours)) for hours in (-12, 14))


def binds(now: datetime) -> ColumnElement[bool]:
    """Sanctions that are in force, or count as strikes."""
    in_force = or_(sanctions.c.ends_at > now, and_(sanctions.c.ends_at.is_(None), sanctions.c.kind != "warn"))
    return and_(sanctions.c.lifted_at.is_(None), or_(in_force, sanctions.c.made_at > now - STRIKES_COUNT))


class SqlPersonalData:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def held(self, member_id: int, now: datetime) -> Held:
        async with self._database.read() as connection:
            person_id = await _known(connection, member_id)
            if person_id == NOBODY:
                return Held()
            own = (jobs.c.person_id == person_id, KEPT)
            of_jobs = select(func.count(), func.min(jobs.c.created_at)).where(*own)
            requests, oldest = (await connection.execute(of_jobs)).one()
            return Held(
                requests=requests,
                under_way=await _count(connection, jobs, *own, LIVE),
                oldest=oldest,
                entries=await _count(connection, ledger, ledger.c.person_id == person_id),
                defaults=await _count(connection, member_defaults, member_defaults.c.person_id == person_id) > 0,
                grants=await _count(connection, grants, grants.c.person_id == person_id),
                sanctions=await _count(connection, sanctions, sanctions.c.person_id == person_id),
                reports=await _count(connection, reports, reports.c.person_id == person_id),
                appeals=await _count(connection, appeals, appeals.c.person_id == person_id),
                decisions=await _count(connection, trail, trail.c.subject_id == person_id),
            )

    async def requests(self, member_id: int) -> AsyncIterator[Job]:
        async with self._database.read() as connection:
            person_id = await _known(connection, member_id)
        own = [jobs.c.person_id == person_id, KEPT]
        place = tuple_(jobs.c.created_at, jobs.c.id)
        after: list[ColumnElement[bool]] = []
        while True:
            async with self._database.read() as connection:
                position = select(jobs.c.id).where(*own, *after).order_by(jobs.c.created_at, jobs.c.id).limit(PAGE)
                page = await select_jobs(connection, jobs.c.id.in_(position))
            for job in page:
                yield job
            if len(page) < PAGE:
                return
            types = [jobs.c.created_at.type, jobs.c.id.type]
            after = [place > tuple_(page[-1].created_at, page[-1].id, types=types)]

    async def record(self, member_id: int) -> Mapping[str, Any]:
        async with self._database.read() as connection:
            person_id = await _known(connection, member_id)
            defaults = await connection.scalar(
                select(member_defaults.c.options).where(member_defaults.c.person_id == person_id)
            )
            return {
                "defaults": None if defaults is None else records.OPTIONS.dump(defaults),
                "grants": await _rows(
                    connection, grants, grants.c.person_id == person_id,
                    "guild_id", "pictures", "granted_at", "ends_at", "revoked_at", "reason",
                ),
                "trusted_in": await _rows(connection, trusted, trusted.c.person_id == person_id, "guild_id", "since"),
                "sanctions": await _rows(
                    connection, sanctions, sanctions.c.person_id == person_id,
                    "guild_id", "kind", "strikes", "reason", "job_id", "made_at", "ends_at", "lifted_at",
                ),
                "appeals": await _rows(
                    connection, appeals, appeals.c.person_id == person_id,
                    "guild_id", "about", "text", "made_at", "granted", "decided_at", "answer",
                ),
                "reports": await _rows(
                    connection, reports, reports.c.person_id == person_id, "job_id", "reported_at", "reason", "said"
                ),
                "decisions_about_you": await _rows(
                    connection, trail, trail.c.subject_id == person_id, "guild_id", "at", "action", "job_id", "reason"
                ),
                "decisions_by_you": await _rows(
                    connection, trail, trail.c.actor_id == person_id, "guild_id", "at", "action", "reason"
                ),
            }  # fmt: skip

    async def erase(self, member_id: int, now: datetime) -> Erasure:
        erasure = await self._erase(member_id, now)
        await self._database.scrub()
        return erasure

    async def _erase(self, member_id: int, now: datetime) -> Erasure:
        async with self._database.write() as connection:
            # No job is admitted meanwhile: what comes later is another person's.
            await self._database.take_turn(connection, Turn.ADMISSION)
            person_id = await _known(connection, member_id)
            if person_id == NOBODY:
                return Erasure()
            # The jobs ahead of the person: who settles a job has locked them in this order.
            own = jobs.c.person_id == person_id
            requests = await strip_jobs(connection, now, own, KEPT)
            live = await connection.execute(update(jobs).where(own, LIVE).values(erased_at=now))
            cancelable = (own, LIVE, jobs.c.cancel_at.is_(None), jobs.c.status.in_(CANCELABLE))
            await connection.execute(update(jobs).where(*cancelable).values(cancel_at=now, cancel_by=person_id))
            await forget_words(connection, people.c.id == person_id)
            sanctioned = await _count(connection, sanctions, sanctions.c.person_id == person_id, binds(now)) > 0
            until = await _counts_until(connection, person_id, now)
            traced = sanctioned or until is not None
            trace = {"trace": trace_of(connection, member_id), "trace_until": until or now} if traced else {}
            await connection.execute(update(people).where(people.c.id == person_id).values(discord_id=None, **trace))
            if live.rowcount:
                await self._database.notify(connection, Channel.JOBS)
            return Erasure(requests, live.rowcount, until, sanctioned)


async def forget_words(connection: AsyncConnection, *who: ColumnElement[bool]) -> None:
    """Erase what those people have written and chosen, beside their requests. What moderators wrote about them stays
    for as long as it holds."""
    theirs = select(people.c.id).where(*who)
    await connection.execute(member_defaults.delete().where(member_defaults.c.person_id.in_(theirs)))
    await connection.execute(trusted.delete().where(trusted.c.person_id.in_(theirs)))
    made = reports.c.person_id.in_(theirs)
    await connection.execute(update(reports).where(made).values(reason=None, said=None, answer_to=None))
    await connection.execute(update(appeals).where(appeals.c.person_id.in_(theirs)).values(text="", answer=None))
    await connection.execute(update(grants).where(grants.c.person_id.in_(theirs)).values(reason=""))


async def _known(connection: AsyncConnection, member_id: int) -> int:
    return await connection.scalar(select(people.c.id).where(people.c.discord_id == member_id)) or NOBODY


async def _count(connection: AsyncConnection, table: Table, *where: ColumnElement[bool]) -> int:
    return (await connection.scalars(select(func.count()).select_from(table).where(*where))).one()


async def _rows(
    connection: AsyncConnection, table: Table, where: ColumnElement[bool], *names: str
) -> list[dict[str, Any]]:
    rows = (await connection.execute(select(*(table.c[name] for name in names)).where(where))).mappings()
    return [{name: _plain(row[name]) for name in names} for row in rows]


def _plain(value: Any) -> Any:
    """As JSON; ids as text, which no program rounds."""
    match value:
        case datetime():
            return value.isoformat()
        case bool() | None | str():
            return value
        case int() if abs(value) >= 2**53:
            return str(value)
        case _:
            return value


async def _counts_until(connection: AsyncConnection, person_id: int, now: datetime) -> datetime | None:
    """When the last quota or grant that the person has used of is over, wherever on earth; None of none."""
    ends: list[datetime] = []
    since = min(span(Period.MONTH, now, _EASTERNMOST).start, now - _LONGEST_PAUSE)
    if await connection.scalar(select(exists().where(ledger.c.person_id == person_id, ledger.c.held_at >= since))):
        ends.append(max(span(Period.MONTH, now, _WESTERNMOST).end, now + _LONGEST_PAUSE))
    used = select(ledger.c.grant_id).where(ledger.c.person_id == person_id, ledger.c.grant_id.is_not(None))
    theirs = or_(grants.c.person_id == person_id, grants.c.id.in_(used))
    open_grants = (theirs, grants.c.ends_at > now, grants.c.revoked_at.is_(None))
    of_grants = await connection.scalar(select(func.max(grants.c.ends_at)).where(*open_grants))
    return max([*ends, *([of_grants] if of_grants else [])], default=None)
