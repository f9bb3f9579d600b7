"""Guilds' limits and grants: `Budgets` of `bot.service.ports` over SQL."""

from collections.abc import Callable, Collection, Sequence
from datetime import datetime

from sqlalchemy import BigInteger, RowMapping, and_, bindparam, select, update

from bot.domain.account import Account
from bot.domain.ledger import EntryKind, Grant
from bot.domain.moderation import Policy
from bot.domain.quota import GuildLimits, Quota
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import GrantMade, Standing, Terms
from bot.storage import records
from bot.storage.engine import Database, Turn
from bot.storage.keys import IN_USE
from bot.storage.ledger import enter_grant, summed
from bot.storage.people import person, selves
from bot.storage.preferences import lock_guild
from bot.storage.standing import standing
from bot.storage.tables import credentials, grants, guilds, ledger, people
from bot.storage.trail import enter, enter_change

_asked = select(bindparam("guild", type_=BigInteger).label("id")).subquery()
_TERMS = select(guilds.c.policy, guilds.c.limits, credentials.c.account, credentials.c.billing).select_from(
    _asked.outerjoin(guilds, guilds.c.id == _asked.c.id).outerjoin(
        credentials, and_(credentials.c.guild_id == _asked.c.id, IN_USE)
    )
)
"""One row, of what there is of either."""


class SqlBudgets:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def terms(self, guild_id: int | None) -> Terms:
        if guild_id is None:
            return Terms()
        [row] = await self._database.look(_TERMS, {"guild": guild_id})
        account = None if row["account"] is None else Account(row["account"], row["billing"])
        return Terms(account, (row["policy"] or Policy()).time_zone, row["limits"] or GuildLimits())

    async def change_limits(
        self, guild_id: int, change: Callable[[GuildLimits], GuildLimits], by: int | None, now: datetime
    ) -> GuildLimits:
        async with self._database.write() as connection:
            await lock_guild(self._database, connection, guild_id)
            own = guilds.c.id == guild_id
            held = await connection.scalar(select(guilds.c.limits).where(own)) or GuildLimits()
            changed = change(held)
            await connection.execute(update(guilds).where(own).values(limits=changed))
            before, after = records.LIMITS.dump(held), records.LIMITS.dump(changed)
            entry = TrailEntry(guild_id, Action.LIMITS, by, now, before=before, after=after)
            await enter_change(self._database, connection, entry)
            return changed

    async def standing(
        self,
        member_id: int,
        guild_id: int | None,
        quota: Quota,
        now: datetime,
        *,
        account: str,
        role_ids: Collection[int] = (),
    ) -> Standing:
        async with self._database.read(brief=True) as connection:
            # Who was never seen has used nothing, but may have been granted with a role.
            theirs = await selves(connection, member_id)
            return await standing(connection, theirs, guild_id, quota, now, account=account, role_ids=role_ids)

    async def grant(self, grant: Grant, *, reference: str, now: datetime) -> int | None:
        async with self._database.write() as connection:
            person_id = None if grant.member_id is None else await person(self._database, connection, grant.member_id)
            row = {
                "reference": reference,
                "guild_id": grant.guild_id,
                "person_id": person_id,
                "role_id": grant.role_id,
                "pictures": grant.pictures,
                "granted_by": await person(self._database, connection, grant.granted_by),
                "granted_at": now,
                "ends_at": grant.ends_at,
                "reason": grant.reason,
            }
            made = await connection.execute(self._database.insert_or_ignore(grants), row)
            if not made.rowcount:
                return None
            grant_id = (await connection.scalars(select(grants.c.id).where(grants.c.reference == reference))).one()
            if person_id is not None:
                await enter_grant(self._database, connection, grant_id, person_id, now)
            facts = _facts(grant.pictures, grant.ends_at, grant.role_id)
            entry = TrailEntry(
                grant.guild_id, Action.GRANT, grant.granted_by, now, grant.member_id, reason=grant.reason, after=facts
            )
            await enter(self._database, connection, entry)
            return grant_id

    async def grants(self, guild_id: int, now: datetime) -> Sequence[GrantMade]:
        used = (
            select(summed(ledger.c.committed_pictures))
            .where(ledger.c.grant_id == grants.c.id, ledger.c.kind != EntryKind.GRANT)
            .scalar_subquery()
        )
        to, by = people.alias("granted_to"), people.alias("granted_by_whom")
        query = (
            select(grants, used.label("used"), to.c.discord_id.label("to_id"), by.c.discord_id.label("by_id"))
            .join_from(grants, to, grants.c.person_id == to.c.id, isouter=True)
            .join(by, grants.c.granted_by == by.c.id)
            .where(grants.c.guild_id == guild_id, grants.c.ends_at > now)
            .order_by(grants.c.ends_at, grants.c.id)
        )
        async with self._database.read() as connection:
            return [_made(row) for row in (await connection.execute(query)).mappings()]

    async def revoke(self, guild_id: int, grant_id: int, by: int, now: datetime) -> bool:
        async with self._database.write() as connection:
            # After the admissions that use the grant, and before those that won't.
            await self._database.take_turn(connection, Turn.ADMISSION)
            usable = (grants.c.id == grant_id, grants.c.guild_id == guild_id, grants.c.revoked_at.is_(None))
            revoker = await person(self._database, connection, by)
            revoked = await connection.execute(
                update(grants)
                .where(*usable, grants.c.ends_at > now)
                .values(revoked_at=now, revoked_by=revoker)
                .returning(grants.c.pictures, grants.c.ends_at, grants.c.role_id, grants.c.person_id)
            )
            row = revoked.first()
            if row is None:
                return False
            subject = await connection.scalar(select(people.c.discord_id).where(people.c.id == row.person_id))
            facts = _facts(row.pictures, row.ends_at, row.role_id)
            entry = TrailEntry(guild_id, Action.REVOKE, by, now, subject, before=facts)
            await enter(self._database, connection, entry)
            return True


def _facts(pictures: int, ends_at: datetime, role_id: int | None) -> dict[str, int]:
    """What the trail says of a grant."""
    facts = {"pictures": pictures, "ends_at": int(ends_at.timestamp())}
    return facts if role_id is None else facts | {"role_id": role_id}


def _made(row: RowMapping) -> GrantMade:
    grant = Grant(
        guild_id=row["guild_id"],
        pictures=row["pictures"],
        ends_at=row["ends_at"],
        granted_by=row["by_id"] or 0,
        member_id=row["to_id"],
        role_id=row["role_id"],
        reason=row["reason"],
    )
    return GrantMade(row["id"], grant, row["used"], row["revoked_at"])
