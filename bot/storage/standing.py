"""What a member has used of limits and grants. Each function runs in its caller's transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, and_, case, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.ledger import Committed, EntryKind, GrantLeft
from bot.domain.quota import Period, Quota, Scope, Span, Sums
from bot.domain.sanction import lowered_limits
from bot.service.ports import Standing
from bot.storage.ledger import guild_scope, summed
from bot.storage.sanctions import in_force
from bot.storage.tables import balances, grants, jobs, ledger


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
    used = (
        select(summed(ledger.c.committed_pictures))
        .where(ledger.c.grant_id == grants.c.id, ledger.c.person_id.in_(person_ids), ledger.c.kind != EntryKind.GRANT)
        .scalar_subquery()
    )
    theirs = or_(grants.c.person_id.in_(person_ids), grants.c.role_id.in_([*role_ids, guild_id]))
    rows = await connection.execute(
        select(grants.c.id, grants.c.pictures - used, grants.c.ends_at)
        .where(grants.c.guild_id == guild_id, grants.c.ends_at > now, grants.c.revoked_at.is_(None), theirs)
        .order_by(grants.c.ends_at, grants.c.id)
    )
    return [GrantLeft(*row) for row in rows if row[1] > 0]


async def _sums(
    connection: AsyncConnection, person_ids: Sequence[int], guild_id: int | None, quota: Quota, account: str
) -> Sums:
    spans: dict[Scope, dict[Period, Span]] = {scope: {} for scope in Scope}
    for ceiling in quota.ceilings:
        spans[ceiling.scope][ceiling.period] = ceiling.span
    sums: dict[tuple[Scope, Period], Committed] = {}
    theirs = and_(
        ledger.c.person_id.in_(person_ids),
        ledger.c.guild_id.is_(None) if guild_id is None else ledger.c.guild_id == guild_id,
        ledger.c.kind != EntryKind.GRANT,
        ledger.c.grant_id.is_(None),  # what a grant pays for uses up nothing else
    )
    for scope, of_scope, columns in (
        (Scope.MEMBER, theirs, (ledger.c.held_at, ledger.c.committed_pictures, ledger.c.committed_amount)),
        (
            Scope.GUILD,
            balances.c.scope == ("" if guild_id is None else guild_scope(guild_id)),
            (balances.c.quarter, balances.c.pictures, balances.c.amount),
        ),
        (Scope.DEPLOYMENT, balances.c.scope == account, (balances.c.quarter, balances.c.pictures, balances.c.amount)),
    ):
        found = await _in_spans(connection, of_scope, *columns, spans=spans[scope])
        sums |= {(scope, period): committed for period, committed in found.items()}
    return sums


async def _in_spans(
    connection: AsyncConnection,
    where: ColumnElement[bool],
    at: ColumnElement[datetime],
    pictures: ColumnElement[int],
    amount: ColumnElement[int],
    *,
    spans: dict[Period, Span],
) -> dict[Period, Committed]:
    """The sums of several spans at once."""
    if not spans:
        return {}
    parts = [
        cast(func.coalesce(func.sum(case((and_(at >= each.start, at < each.end), value), else_=0)), 0), BigInteger)
        for each in spans.values()
        for value in (pictures, amount)
    ]
    earliest, latest = min(each.start for each in spans.values()), max(each.end for each in spans.values())
    row = (await connection.execute(select(*parts).where(where, at >= earliest, at < latest))).one()
    return {period: Committed(*row[2 * index : 2 * index + 2]) for index, period in enumerate(spans)}


async def _last_request(
    connection: AsyncConnection, person_ids: Sequence[int], guild_id: int | None
) -> datetime | None:
    """When the person last asked for what wasn't in vain: who got nothing, and pays nothing, may ask again at once."""
    here = jobs.c.guild_id.is_(None) if guild_id is None else jobs.c.guild_id == guild_id
    counts = or_(jobs.c.finished_at.is_(None), jobs.c.cost > 0)
    return await connection.scalar(
        select(jobs.c.created_at)
        .where(jobs.c.person_id.in_(person_ids), here, counts)
        .order_by(jobs.c.created_at.desc())
        .limit(1)
    )
