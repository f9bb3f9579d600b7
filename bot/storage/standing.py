"""What a member has used of limits and grants. Each function runs in its caller's transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ledger import Committed, EntryKind, GrantLeft
from bot.domain.quota import Period, Quota, Scope, Span, Sums
from bot.domain.sanction import lowered_limits
from bot.service.ports import Standing
from bot.storage.ledger import guild_scope, summed
from bot.storage.sanctions import in_force
from bot.storage.tables import balances, grants, jobs, ledger

_used = (
    select(summed(ledger.c.committed_pictures))
    .where(
        ledger.c.grant_id == grants.c.id,
        ledger.c.person_id.in_(bindparam("people", expanding=True)),
        ledger.c.kind != EntryKind.GRANT,
    )
    .scalar_subquery()
)
_theirs = or_(
    grants.c.person_id.in_(bindparam("people", expanding=True)),
    grants.c.role_id.in_(bindparam("roles", expanding=True)),
)
_GRANTS = (
    select(grants.c.id, grants.c.pictures - _used, grants.c.ends_at)
    .where(grants.c.guild_id == bindparam("guild"), grants.c.ends_at > bindparam("now"))
    .where(grants.c.revoked_at.is_(None), _theirs)
    .order_by(grants.c.ends_at, grants.c.id)
)

_requests = (
    select(jobs.c.created_at)
    .where(jobs.c.person_id.in_(bindparam("people", expanding=True)))
    .where(or_(jobs.c.finished_at.is_(None), jobs.c.cost > 0))
    .order_by(jobs.c.created_at.desc())
    .limit(1)
)
_LAST_REQUEST = _requests.where(jobs.c.guild_id == bindparam("guild"))
_LAST_REQUEST_OUTSIDE = _requests.where(jobs.c.guild_id.is_(None))


@dataclass(frozen=True, slots=True, eq=False)
class _Source:
    """Where the use of a scope is summed."""

    where: ColumnElement[bool]  # with a parameter of the scope's
    at: ColumnElement[datetime]
    pictures: ColumnElement[int]
    amount: ColumnElement[int]


def _use(guild: ColumnElement[bool]) -> _Source:
    theirs = and_(
        ledger.c.person_id.in_(bindparam("people", expanding=True)),
        guild,
        ledger.c.kind != EntryKind.GRANT,
        ledger.c.grant_id.is_(None),  # what a grant pays for uses up nothing else
    )
    return _Source(theirs, ledger.c.held_at, ledger.c.committed_pictures, ledger.c.committed_amount)


_USE = _use(ledger.c.guild_id == bindparam("guild"))
_USE_OUTSIDE = _use(ledger.c.guild_id.is_(None))
_BALANCES = _Source(balances.c.scope == bindparam("scope"), balances.c.quarter, balances.c.pictures, balances.c.amount)


async def standing(
    connection: AsyncConnection,
    person_ids: Sequence[int],
    guild_id: int | None,
    quota: Quota,
    now: datetime,
    *,
    account: str,
    role_ids: Collection[int],
) -> Standing:
    """All that a decision about the quota looks at. `person_ids` are `bot.storage.people.selves`."""
    bounding = () if guild_id is None else tuple(await in_force(connection, person_ids, guild_id, now))
    quota = quota.lowered(lowered_limits(bounding), now)
    return Standing(
        sums=await _sums(connection, person_ids, guild_id, quota, account),
        grants=() if guild_id is None else tuple(await grants_left(connection, person_ids, guild_id, role_ids, now)),
        last_request=await _last_request(connection, person_ids, guild_id) if quota.cooldown else None,
        sanctions=bounding,
        quota=quota,
    )


async def grants_left(
    connection: AsyncConnection, person_ids: Sequence[int], guild_id: int, role_ids: Collection[int], now: datetime
) -> Sequence[GrantLeft]:
    """What is left of the grants that the person may use, the one that ends first ahead."""
    whose = {"guild": guild_id, "people": person_ids, "roles": [*role_ids, guild_id], "now": now}
    rows = await connection.execute(_GRANTS, whose)
    return [GrantLeft(*row) for row in rows if row[1] > 0]


async def _sums(
    connection: AsyncConnection, person_ids: Sequence[int], guild_id: int | None, quota: Quota, account: str
) -> Sums:
    spans: dict[Scope, dict[Period, Span]] = {scope: {} for scope in Scope}
    for ceiling in quota.ceilings:
        spans[ceiling.scope][ceiling.period] = ceiling.span
    sums: dict[tuple[Scope, Period], Committed] = {}
    whose: dict[Scope, dict[str, Any]] = {
        Scope.MEMBER: {"people": person_ids} | ({} if guild_id is None else {"guild": guild_id}),
        Scope.GUILD: {"scope": "" if guild_id is None else guild_scope(guild_id)},
        Scope.DEPLOYMENT: {"scope": account},
    }
    for scope, of_scope in spans.items():
        source = _BALANCES if scope is not Scope.MEMBER else _USE_OUTSIDE if guild_id is None else _USE
        found = await _in_spans(connection, source, whose[scope], of_scope)
        sums |= {(scope, period): committed for period, committed in found.items()}
    return sums


async def _in_spans(
    connection: AsyncConnection, source: _Source, whose: Mapping[str, Any], spans: Mapping[Period, Span]
) -> dict[Period, Committed]:
    """The sums of several spans at once."""
    if not spans:
        return {}
    bounds = {f"{period}_{end}": at for period, each in spans.items() for end, at in asdict(each).items()}
    bounds |= {
        "earliest": min(each.start for each in spans.values()),
        "latest": max(each.end for each in spans.values()),
    }
    row = (await connection.execute(_sums_in(source, tuple(spans)), {**whose, **bounds})).one()
    return {period: Committed(*row[2 * index : 2 * index + 2]) for index, period in enumerate(spans)}


@cache
def _sums_in(source: _Source, periods: tuple[Period, ...]) -> Select[Any]:
    """The pictures and the amount of each period: there are few sets of periods, so each is built once."""

    def within(start: str, end: str) -> ColumnElement[bool]:
        return and_(source.at >= bindparam(start), source.at < bindparam(end))

    parts: list[ColumnElement[Any]] = [
        summed(value, within(f"{period}_start", f"{period}_end"))
        for period in periods
        for value in (source.pictures, source.amount)
    ]
    return select(*parts).where(source.where, within("earliest", "latest"))


async def _last_request(
    connection: AsyncConnection, person_ids: Sequence[int], guild_id: int | None
) -> datetime | None:
    """When the person last asked for what wasn't in vain: who got nothing, and pays nothing, may ask again at once."""
    if guild_id is None:
        return await connection.scalar(_LAST_REQUEST_OUTSIDE, {"people": person_ids})
    return await connection.scalar(_LAST_REQUEST, {"people": person_ids, "guild": guild_id})
