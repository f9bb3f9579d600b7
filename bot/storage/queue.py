"""Who works on which job: `Queue` of `bot.service.ports` over SQL."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Integer, and_, bindparam, exists, func, not_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import EaselError
from bot.domain.fairness import PATIENCE, InFlight, Limits, Queued, Served, line_up, pick
from bot.domain.job import CancelRequest, Job, JobStatus
from bot.domain.pace import Pace
from bot.domain.review import WAITING
from bot.service.ports import Claim, Fenced, Throttled
from bot.storage.engine import Database, Turn
from bot.storage.moderation_tables import reviews
from bot.storage.records import cancel_of
from bot.storage.rows import LIVE, latest_jobs, readable_jobs, take_jobs
from bot.storage.tables import accounts, jobs, processes, turns

PROBE_SECONDS = 60.0
"""How often a closed account is tried."""

HELD_UP_SECONDS = 1.0
"""How soon it is looked again whether the job that went first was taken."""

_WAITING = and_(LIVE, jobs.c.status == JobStatus.QUEUED, jobs.c.owner.is_(None))
_STAGED_SOON = and_(LIVE, jobs.c.status == JobStatus.STAGING)
_IN_FLIGHT = and_(
    LIVE,
    or_(
        jobs.c.status.in_((JobStatus.SUBMITTING, JobStatus.RUNNING)),
        and_(jobs.c.status == JobStatus.QUEUED, jobs.c.owner.is_not(None)),
    ),
)
CANCELABLE = (
    JobStatus.STAGING,
    JobStatus.REQUEST_REVIEW,
    JobStatus.QUEUED,
    JobStatus.SUBMITTING,
    JobStatus.RUNNING,
    JobStatus.RESULT_REVIEW,
)
_queued_since = func.coalesce(jobs.c.approved_at, jobs.c.created_at, type_=jobs.c.created_at.type)
_REVIEWED = jobs.c.status.in_(tuple(WAITING.values()))
_POSTED = select(reviews.c.job_id).where(
    reviews.c.closed_at.is_(None), reviews.c.decision.is_(None), reviews.c.posted_at.is_not(None)
)
"""Jobs that wait for reviewers who know of them."""

_FREE = and_(LIVE, jobs.c.owner.is_(None))
_IS_PAST = or_(
    jobs.c.cancel_at.is_not(None),
    and_(jobs.c.status == JobStatus.QUEUED, _queued_since <= bindparam("since")),
    and_(jobs.c.status != JobStatus.QUEUED, or_(not_(_REVIEWED), jobs.c.id.not_in(_POSTED))),
)
_IS_PATIENT = and_(jobs.c.cancel_at.is_(None), _queued_since > bindparam("since"))
_IS_TO_END = and_(
    LIVE, jobs.c.owner == bindparam("owner"), jobs.c.cancel_at.is_not(None), jobs.c.status.in_(CANCELABLE)
)

_CLAIMANT = (
    select(
        exists().where(_FREE, _IS_PAST).label("past"),
        exists().where(_WAITING).label("waiting"),
        exists().where(_IS_TO_END).label("to_end"),
    )
    .select_from(processes)
    .where(processes.c.name == bindparam("owner"))
    # Locked against those who take the owner for dead, and not against its own heartbeat.
    .with_for_update(read=True, key_share=True)
)
"""The process that claims, if it is among the living, and what there is for it to look at: mostly nothing."""

_PAST = (
    select(jobs.c.id)
    .where(_FREE, _IS_PAST)
    .order_by(jobs.c.created_at, jobs.c.id)
    .limit(bindparam("most", type_=Integer))
    # Waits for no job that is in the middle of a step. It says nothing on SQLite, where writers take turns.
    .with_for_update(skip_locked=True)
)
_TO_END = select(jobs.c.id, jobs.c.person_id, jobs.c.cancel_at, jobs.c.cancel_by).where(_IS_TO_END)

_place = (jobs.c.id, jobs.c.account, jobs.c.guild_id, jobs.c.person_id, jobs.c.created_at)
_number = func.row_number().over(
    partition_by=(jobs.c.account, jobs.c.guild_id, jobs.c.person_id), order_by=(jobs.c.created_at, jobs.c.id)
)
_may_have_turns = (
    func.coalesce(jobs.c.guild_id, -jobs.c.person_id).not_in(bindparam("full_guilds", expanding=True)),
    jobs.c.person_id.not_in(bindparam("full_people", expanding=True)),
)
_numbered = select(*_place, _number.label("number")).where(_WAITING, _IS_PATIENT, *_may_have_turns).subquery()
_FIRST_OF_EACH = select(_numbered).where(_numbered.c.number <= bindparam("per_member"))
_LINE = select(*_place).where(or_(_WAITING, _STAGED_SOON), _IS_PATIENT)

_COUNTS = (
    select(jobs.c.guild_id, jobs.c.person_id, func.count().label("number"))
    .where(_IN_FLIGHT)
    .group_by(jobs.c.guild_id, jobs.c.person_id)
)
_TURNS = select(turns).where(
    or_(
        and_(turns.c.kind == "guild", turns.c.id.in_(bindparam("guilds", expanding=True))),
        and_(turns.c.kind == "person", turns.c.id.in_(bindparam("people", expanding=True))),
    )
)
_ALL_TURNS = select(turns)
_MOST_NAMED = 500
_ACCOUNTS = select(accounts).where(accounts.c.name.in_(bindparam("names", expanding=True)))
_ACCOUNT = update(accounts).where(accounts.c.name == bindparam("account"))
_CLOSED_FOR = select(accounts.c.closed_for).where(accounts.c.name == bindparam("account"))
_INSERT_ACCOUNT = accounts.insert()


@dataclass(frozen=True, slots=True)
class _Account:
    """A row of `accounts`, with its bucket as it is now."""

    pace: Pace
    closed_until: datetime | None = None  # since a create was refused, until one is taken
    probing: bool = False  # it was refused for a reason that lasts
    held_up: bool = False  # a job that had its turn is still on its way

    def creates(self, now: datetime) -> int:
        """How many more jobs may be submitted now. After a refusal one goes first, and the others when it is taken."""
        if self.closed_until is None:
            return math.floor(self.pace.tokens)
        return 0 if self.closed_until > now or self.held_up else min(1, math.floor(self.pace.tokens))

    def taken(self, creates: int, now: datetime) -> "_Account":
        closed_until = now + timedelta(seconds=PROBE_SECONDS) if self.probing else self.closed_until
        return replace(self, pace=self.pace.taken(creates), closed_until=closed_until, held_up=True)

    def wait(self, limit: float, now: datetime) -> float:
        """Seconds until more may be."""
        if self.closed_until is None:
            return self.pace.wait(limit)
        closed = max((self.closed_until - now).total_seconds(), HELD_UP_SECONDS if self.held_up else 0.0)
        return max(closed, self.pace.wait(limit))


class SqlQueue:
    """One picker at a time, in whichever process, so that the limits are exact."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits

    async def claim(self, owner: str, now: datetime, most: int) -> Claim:
        """Raises `Fenced` where the owner isn't among the living."""
        async with self._database.write(brief=True, turn=Turn.CLAIM) as connection:
            found = (await connection.execute(_CLAIMANT, {"owner": owner, "since": now - PATIENCE})).first()
            if found is None:
                raise Fenced
            past, picked, wait, waiting = list[str](), list[Queued](), None, False
            if found.past:
                past = await self._past_the_queue(connection, now, most)
            if found.waiting:
                picked, wait, waiting = await self._from_the_queue(connection, now, most - len(past))
            ids = past + [each.job_id for each in picked]
            claimed = await take_jobs(connection, ids, owner, now) if ids else []
            order = {job_id: place for place, job_id in enumerate(ids)}
            claimed.sort(key=lambda job: order[job.id])
            to_end = dict[str, CancelRequest]()
            if found.to_end:
                to_end = await _to_end(connection, owner, set(ids))
            return Claim(claimed, to_end, wait, waiting)

    async def owned(self, owner: str) -> Sequence[Job]:
        async with self._database.read() as connection:
            ids = await connection.scalars(select(jobs.c.id).where(LIVE, jobs.c.owner == owner))
            return await readable_jobs(connection, ids.all())

    async def slow_down(self, account: str, now: datetime, throttled: Throttled) -> None:
        async with self._database.write(brief=True) as connection:
            await self._database.take_turn(connection, Turn.CLAIM)
            known = (await self._accounts(connection, [account], now))[account]
            until = now + timedelta(seconds=throttled.retry_after)
            await self._keep_pace(
                connection,
                account,
                known.pace.refused(now, self._limits.creates_per_minute, throttled.per_minute),
                closed_until=max(until, known.closed_until or until),
            )

    async def close(self, account: str, now: datetime, because: EaselError) -> bool:
        async with self._database.write() as connection:
            await self._database.take_turn(connection, Turn.CLAIM)
            state = select(accounts.c.closed_for).where(accounts.c.name == account)
            was_closed = await connection.scalar(state) is not None
            known = (await self._accounts(connection, [account], now))[account]
            await self._keep_pace(
                connection,
                account,
                known.pace,
                closed_until=now + timedelta(seconds=PROBE_SECONDS),
                closed_for=because,
            )
            return not was_closed

    async def closed(self, account: str) -> EaselError | None:
        found = await self._database.look(_CLOSED_FOR, {"account": account})
        return found[0]["closed_for"] if found else None

    async def waiting(self, account: str, most: int) -> Sequence[Job]:
        async with self._database.read() as connection:
            return await latest_jobs(connection, most, _WAITING, jobs.c.account == account)

    async def line(self, now: datetime, most: int) -> Sequence[str]:
        # Without a transaction: whoever's turn comes between two of the statements is told a place too many.
        async with self._database.outside() as connection:
            return await self._line(connection, now, most)

    async def moved(self, now: datetime, most: int, *, not_since: datetime) -> Sequence[Job]:
        async with self._database.read() as connection:
            ahead = {job_id: place for place, job_id in enumerate((await self._line(connection, now, most))[:most])}
            if not ahead:
                return []
            told = select(jobs.c.id, jobs.c.told_ahead, jobs.c.told_at).join_from(
                jobs, accounts, accounts.c.name == jobs.c.account, isouter=True
            )
            here = (jobs.c.id.in_(ahead), jobs.c.message_id.is_not(None), accounts.c.closed_for.is_(None))
            rows = (await connection.execute(told.where(*here))).all()
        changed = [
            row.id
            for row in rows
            if row.told_ahead != ahead[row.id] and (row.told_at is None or row.told_at <= not_since)
        ]
        if not changed:
            return []
        async with self._database.write() as connection:
            free = or_(jobs.c.told_at.is_(None), jobs.c.told_at <= not_since)  # another process may have been faster
            for job_id in list(changed):
                tell = update(jobs).where(jobs.c.id == job_id, _WAITING, free)
                if not (await connection.execute(tell.values(told_ahead=ahead[job_id], told_at=now))).rowcount:
                    changed.remove(job_id)
            return sorted(await readable_jobs(connection, changed), key=lambda job: ahead[job.id])

    async def _line(self, connection: AsyncConnection, now: datetime, most: int) -> list[str]:
        waiting = [
            Queued(row.id, row.account, _guild(row.guild_id, row.person_id), row.person_id, row.created_at)
            for row in await connection.execute(_LINE, {"since": now - PATIENCE})
        ]
        if not waiting:
            return []
        states = await self._accounts(connection, {each.account for each in waiting}, now)
        at_once = set(await self._pick(connection, waiting, await _in_flight(connection), states, now))
        if len(at_once) == len(waiting):
            return []
        first = line_up(waiting, await _served(connection, waiting), now, len(at_once) + most)
        skipped = {each.job_id for each in at_once}
        line = dict.fromkeys(each.job_id for each in (*first, *waiting))  # the others behind them
        return [job_id for job_id in line if job_id not in skipped]

    # ------------------------------------------------------------------------------------------------ claim

    async def _past_the_queue(self, connection: AsyncConnection, now: datetime, most: int) -> list[str]:
        return list((await connection.scalars(_PAST, {"since": now - PATIENCE, "most": most})).all())

    async def _from_the_queue(
        self, connection: AsyncConnection, now: datetime, most: int
    ) -> tuple[list[Queued], float | None, bool]:
        """The jobs whose turn it is, counted as served; the seconds until an account that has more allows more; and
        whether any may be left."""
        in_flight = await _in_flight(connection)
        if in_flight.total >= self._limits.in_all:
            return [], None, True
        full = {
            "full_guilds": [each for each, count in in_flight.by_guild.items() if count >= self._limits.per_guild],
            "full_people": [each for each, count in in_flight.by_person.items() if count >= self._limits.per_member],
        }
        queue = await self._first_of_each(connection, now, full)
        if not queue:
            return [], None, True
        states = await self._accounts(connection, {each.account for each in queue}, now)
        limit = self._limits.creates_per_minute
        picked = (await self._pick(connection, queue, in_flight, states, now))[:most]
        left = Counter(each.account for each in queue)
        for name, taken in Counter(each.account for each in picked).items():
            left[name] -= taken
            states[name] = state = states[name].taken(taken, now)
            probe = {"closed_until": state.closed_until} if state.probing else {}
            await self._keep_pace(connection, name, state.pace, **probe)
        await self._serve(connection, picked, now)
        waits = [state.wait(limit, now) for name, state in states.items() if left[name] and not state.creates(now)]
        of_each = Counter((each.account, each.guild, each.person_id) for each in queue)
        unseen = any(full.values()) or max(of_each.values()) >= self._limits.per_member
        return picked, min(waits, default=None), unseen or len(picked) < len(queue)

    async def _pick(
        self,
        connection: AsyncConnection,
        queue: Sequence[Queued],
        in_flight: InFlight,
        states: Mapping[str, _Account],
        now: datetime,
    ) -> list[Queued]:
        creates = {name: state.creates(now) for name, state in states.items()}
        if not any(creates.values()) or in_flight.total >= self._limits.in_all:
            return []
        served = await _served(connection, queue)
        return pick(queue, in_flight, served, creates=creates, limits=self._limits, now=now)

    async def _first_of_each(
        self, connection: AsyncConnection, now: datetime, full: Mapping[str, Sequence[int]]
    ) -> list[Queued]:
        """No more of a person's queued jobs on an account than could be claimed at once, and none of those whose own
        runs, or whose guild's, have to end first."""
        bounds = {"since": now - PATIENCE, "per_member": self._limits.per_member, **full}
        return [
            Queued(row.id, row.account, _guild(row.guild_id, row.person_id), row.person_id, row.created_at)
            for row in await connection.execute(_FIRST_OF_EACH, bounds)
        ]

    async def _serve(self, connection: AsyncConnection, picked: Sequence[Queued], now: datetime) -> None:
        served: dict[tuple[str, int], datetime] = {}
        for turn, each in enumerate(picked):
            at = now + timedelta(microseconds=turn)
            served["guild", each.guild] = served["person", each.person_id] = at
        if served:
            rows = [{"kind": kind, "id": id_, "served_at": at} for (kind, id_), at in served.items()]
            await connection.execute(self._database.insert_or_replace(turns), rows)

    # --------------------------------------------------------------------------------------------- accounts

    async def _accounts(self, connection: AsyncConnection, names: Iterable[str], now: datetime) -> dict[str, _Account]:
        limit = self._limits.creates_per_minute
        rows = await connection.execute(_ACCOUNTS, {"names": list(names)})
        known = {
            row.name: _Account(
                Pace(row.tokens, row.counted_at, row.learned_per_minute, row.learned_at).at(now, limit),
                row.closed_until,
                probing=row.closed_for is not None,
                held_up=row.closed_until is not None and await _any_on_its_way(connection, row.name),
            )
            for row in rows.all()
        }
        return {name: known.get(name) or _Account(Pace.full(limit, now)) for name in names}

    async def _keep_pace(self, connection: AsyncConnection, account: str, pace: Pace, **others: Any) -> None:
        values = {
            "tokens": pace.tokens,
            "counted_at": pace.counted_at,
            "learned_per_minute": pace.learned_per_minute,
            "learned_at": pace.learned_at,
            **others,
        }
        changed = await connection.execute(_ACCOUNT, values | {"account": account})
        if changed.rowcount == 0:
            await connection.execute(_INSERT_ACCOUNT, values | {"name": account})


async def oldest_waiting(connection: AsyncConnection) -> tuple[int, datetime | None]:
    """How many jobs wait for their turn, and since when the first of them does."""
    number, since = (await connection.execute(select(func.count(), func.min(_queued_since)).where(_WAITING))).one()
    return number, since


async def _to_end(connection: AsyncConnection, owner: str, fresh: set[str]) -> dict[str, CancelRequest]:
    """What was asked of the owner's jobs, those that it claims just now aside: they say it themselves."""
    rows = await connection.execute(_TO_END, {"owner": owner})
    return {row["id"]: cancel_of(row) for row in rows.mappings() if row["id"] not in fresh}


async def _any_on_its_way(connection: AsyncConnection, account: str) -> bool:
    """Whether a job of the account has its turn, and no prediction yet."""
    queued = and_(jobs.c.status == JobStatus.QUEUED, jobs.c.owner.is_not(None))
    on_its_way = select(jobs.c.id).where(
        LIVE, jobs.c.account == account, or_(queued, jobs.c.status == JobStatus.SUBMITTING)
    )
    return await connection.scalar(on_its_way.limit(1)) is not None


async def _in_flight(connection: AsyncConnection) -> InFlight:
    in_flight = InFlight()
    for row in await connection.execute(_COUNTS):
        in_flight.add(_guild(row.guild_id, row.person_id), row.person_id, row.number)
    return in_flight


async def _served(connection: AsyncConnection, queue: Sequence[Queued]) -> Served:
    found: dict[str, dict[int, datetime]] = {"guild": {}, "person": {}}
    if len(queue) > 1:  # else there is no order to find
        named = {"guilds": list({each.guild for each in queue}), "people": list({each.person_id for each in queue})}
        # A query that names thousands takes longer to be put together than all turns of two hours to be read.
        some = len(queue) <= _MOST_NAMED
        for row in await connection.execute(*((_TURNS, named) if some else (_ALL_TURNS, {}))):
            found[row.kind][row.id] = row.served_at
    return Served(found["guild"], found["person"])


def _guild(guild_id: int | None, person_id: int) -> int:
    return guild_id if guild_id is not None else -person_id
