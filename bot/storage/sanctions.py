"""What is imposed on members: `Sanctions` of `bot.service.ports` over SQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.moderation import Policy
from bot.domain.quota import Period
from bot.domain.sanction import Sanction, SanctionKind
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import Imposed, Record
from bot.storage.engine import Database, Turn
from bot.storage.moderation_tables import reports, sanctions, trusted
from bot.storage.people import NOBODY, SELVES, person, selves, selves_of
from bot.storage.rows import latest_jobs
from bot.storage.strip import KEPT
from bot.storage.tables import guilds, jobs, people
from bot.storage.trail import enter

_ACTIONS: Mapping[SanctionKind, Action] = {
    SanctionKind.WARN: Action.WARN,
    SanctionKind.BLOCK: Action.BLOCK,
    SanctionKind.LOWER: Action.LOWER,
}

_member, _maker, _lifter = people.alias("member"), people.alias("maker"), people.alias("lifter")
_SANCTIONS = (
    select(
        sanctions,
        _member.c.discord_id.label("member"),
        _maker.c.discord_id.label("maker"),
        _lifter.c.discord_id.label("lifter"),
    )
    .join_from(sanctions, _member, _member.c.id == sanctions.c.person_id)
    .join(_maker, _maker.c.id == sanctions.c.made_by, isouter=True)
    .join(_lifter, _lifter.c.id == sanctions.c.lifted_by, isouter=True)
)
_STANDS = sanctions.c.lifted_at.is_(None)
_BOUNDING = (
    _SANCTIONS.where(sanctions.c.guild_id == bindparam("guild"), sanctions.c.kind != SanctionKind.WARN.value, _STANDS)
    .where(or_(sanctions.c.ends_at.is_(None), sanctions.c.ends_at > bindparam("now")))
    .order_by(sanctions.c.id.desc())
)
_IN_FORCE = _BOUNDING.where(sanctions.c.person_id.in_(bindparam("people", expanding=True)))
_IN_FORCE_OF = _BOUNDING.where(sanctions.c.person_id.in_(SELVES))
_UNTOLD = (
    _SANCTIONS.where(sanctions.c.guild_id == bindparam("guild"), sanctions.c.person_id.in_(SELVES))
    .where(sanctions.c.told_at.is_(None), _STANDS)
    .order_by(sanctions.c.id)
)


class SqlSanctions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def impose(self, sanction: Sanction, *, reference: str) -> Imposed:
        async with self._database.write() as connection:
            # After the admissions that it comes too late for, and before those that it keeps out; and one by one, so
            # that each finds the strikes of all before.
            await self._database.take_turn(connection, Turn.ADMISSION)
            person_id = await person(self._database, connection, sanction.member_id)
            policy = await connection.scalar(select(guilds.c.policy).where(guilds.c.id == sanction.guild_id))
            ladder = (policy or Policy()).ladder
            history = await _read(connection, _of(await selves(connection, sanction.member_id), sanction.guild_id))
            strikes = ladder.strikes(history, sanction.made_at)
            sanction_id = await self._insert(connection, person_id, sanction, reference)
            if sanction_id is None:
                [made, *led_to] = await _read(
                    connection, sanctions.c.reference.in_((reference, _by_ladder(reference))), oldest_first=True
                )
                return Imposed(made, strikes, next(iter(led_to), None), repeated=True)
            imposed = ladder.imposed(sanction, strikes)
            if imposed is not None:
                imposed_id = await self._insert(connection, person_id, imposed, _by_ladder(reference))
                imposed = replace(imposed, id=imposed_id)
            return Imposed(replace(sanction, id=sanction_id), strikes + sanction.strikes, imposed)

    async def _insert(
        self, connection: AsyncConnection, person_id: int, sanction: Sanction, reference: str
    ) -> int | None:
        """The new sanction's id, entered in the trail; None where there is one for the reference."""
        by = None if sanction.made_by is None else await person(self._database, connection, sanction.made_by)
        row = {
            "reference": reference,
            "guild_id": sanction.guild_id,
            "person_id": person_id,
            "kind": sanction.kind.value,
            "strikes": sanction.strikes,
            "limits": sanction.limits,
            "reason": sanction.reason,
            "job_id": sanction.job_id,
            "made_at": sanction.made_at,
            "made_by": by,
            "ends_at": sanction.ends_at,
        }
        made = await connection.execute(self._database.insert_or_ignore(sanctions), row)
        if not made.rowcount:
            return None
        entry = TrailEntry(
            guild_id=sanction.guild_id,
            action=_ACTIONS[sanction.kind],
            actor_id=sanction.made_by,
            at=sanction.made_at,
            subject_id=sanction.member_id,
            job_id=sanction.job_id,
            reason=sanction.reason,
            after=_values(sanction),
        )
        await enter(self._database, connection, entry)
        return await connection.scalar(select(sanctions.c.id).where(sanctions.c.reference == reference))

    async def lift(self, guild_id: int, sanction_id: int, by: int, now: datetime, reason: str) -> Sequence[Sanction]:
        async with self._database.write() as connection:
            return await lift(self._database, connection, guild_id, sanction_id, by=by, now=now, reason=reason)

    async def sanction(self, sanction_id: int) -> Sanction | None:
        async with self._database.read(brief=True) as connection:
            return next(iter(await _read(connection, sanctions.c.id == sanction_id)), None)

    async def in_force(self, member_id: int, guild_id: int, now: datetime) -> Sequence[Sanction]:
        theirs = selves_of(self._database.root, member_id)
        found = await self._database.look(_IN_FORCE_OF, theirs | {"guild": guild_id, "now": now})
        return [_sanction(row) for row in found]

    async def record(self, member_id: int, guild_id: int, now: datetime, last: int) -> Record:
        async with self._database.read() as connection:
            theirs = await selves(connection, member_id)
            policy = await connection.scalar(select(guilds.c.policy).where(guilds.c.id == guild_id)) or Policy()
            history = await _read(connection, _of(theirs, guild_id))
            here = reports.join(jobs, jobs.c.id == reports.c.job_id)
            reported = select(func.count(reports.c.job_id.distinct())).select_from(here)
            made = select(func.count()).select_from(here).where(reports.c.person_id.in_(theirs))
            is_trusted = select(trusted.c.since).where(trusted.c.guild_id == guild_id, trusted.c.person_id.in_(theirs))
            own = (jobs.c.person_id.in_(theirs), jobs.c.guild_id == guild_id)
            return Record(
                history=tuple(history),
                strikes=policy.ladder.strikes(history, now),
                reported=await connection.scalar(reported.where(*own)) or 0,
                reports=await connection.scalar(made.where(jobs.c.guild_id == guild_id)) or 0,
                trusted=await connection.scalar(is_trusted) is not None,
                last=tuple(await latest_jobs(connection, last, *own, KEPT)),
            )

    async def untold(self, member_id: int, guild_id: int) -> Sequence[Sanction]:
        theirs = selves_of(self._database.root, member_id)
        return [_sanction(row) for row in await self._database.look(_UNTOLD, theirs | {"guild": guild_id})]

    async def told(self, sanction_ids: Collection[int], now: datetime) -> None:
        async with self._database.write() as connection:
            unheard = (sanctions.c.id.in_(sanction_ids), sanctions.c.told_at.is_(None))
            await connection.execute(update(sanctions).where(*unheard).values(told_at=now))


async def in_force(
    connection: AsyncConnection, person_ids: Collection[int], guild_id: int, now: datetime
) -> Sequence[Sanction]:
    """What bounds a person now, in its caller's transaction. `person_ids` are `bot.storage.people.selves`."""
    return await _found(connection, _IN_FORCE, {"people": person_ids, "guild": guild_id, "now": now})


async def lift(
    database: Database,
    connection: AsyncConnection,
    guild_id: int,
    sanction_id: int,
    *,
    by: int,
    now: datetime,
    reason: str,
) -> Sequence[Sanction]:
    """`SqlSanctions.lift` in its caller's transaction."""
    chosen = (sanctions.c.id == sanction_id, sanctions.c.guild_id == guild_id)
    reference = await connection.scalar(select(sanctions.c.reference).where(*chosen))
    if reference is None:
        return ()
    lifter = await person(database, connection, by)
    counts = or_(sanctions.c.kind == SanctionKind.WARN.value, sanctions.c.ends_at.is_(None), sanctions.c.ends_at > now)
    together = sanctions.c.reference.in_((reference, _by_ladder(reference)))
    changed = update(sanctions).where(together, counts, _STANDS).values(lifted_at=now, lifted_by=lifter)
    ids = (await connection.scalars(changed.returning(sanctions.c.id))).all()
    lifted = await _read(connection, sanctions.c.id.in_(ids), oldest_first=True)
    for each in lifted:
        entry = TrailEntry(
            guild_id=guild_id,
            action=Action.LIFT,
            actor_id=by,
            at=now,
            subject_id=each.member_id or None,
            job_id=each.job_id,
            reason=reason,
            before={"sanction": each.kind.value},
        )
        await enter(database, connection, entry)
    return lifted


def _of(person_ids: Collection[int], guild_id: int) -> ColumnElement[bool]:
    return (sanctions.c.guild_id == guild_id) & sanctions.c.person_id.in_(person_ids)


def _by_ladder(reference: str) -> str:
    return f"{reference}:ladder"


async def _read(
    connection: AsyncConnection, *where: ColumnElement[bool], oldest_first: bool = False
) -> Sequence[Sanction]:
    order = sanctions.c.id if oldest_first else sanctions.c.id.desc()
    return await _found(connection, _SANCTIONS.where(*where).order_by(order))


async def _found(
    connection: AsyncConnection, query: Select[Any], parameters: Mapping[str, Any] | None = None
) -> Sequence[Sanction]:
    return [_sanction(row) for row in (await connection.execute(query, parameters)).mappings()]


def _sanction(row: RowMapping) -> Sanction:
    return Sanction(
        kind=SanctionKind(row["kind"]),
        guild_id=row["guild_id"],
        member_id=row["member"] or NOBODY,
        reason=row["reason"],
        made_by=row["maker"],
        made_at=row["made_at"],
        ends_at=row["ends_at"],
        strikes=row["strikes"],
        limits=row["limits"],
        job_id=row["job_id"],
        lifted_at=row["lifted_at"],
        lifted_by=row["lifter"],
        id=row["id"],
    )


def _values(sanction: Sanction) -> dict[str, Any]:
    """What the trail tells of it, beside its reason and its action."""
    if sanction.kind is SanctionKind.WARN:
        return {"strikes": sanction.strikes}
    values: dict[str, Any] = {"ends_at": None if sanction.ends_at is None else sanction.ends_at.isoformat()}
    for period in Period:
        allowed = sanction.limits.in_period(period).pictures if sanction.limits else None
        if allowed is not None:
            values[period.value] = {"pictures": allowed}
    return values
