"""What was decided in a guild: `Trail` of `bot.service.ports` over SQL."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.trail import Action, TrailEntry
from bot.storage.engine import Database, Turn
from bot.storage.moderation_tables import trail
from bot.storage.people import NOBODY, person
from bot.storage.tables import people

_ACTOR, _SUBJECT = people.alias("actor"), people.alias("subject")

ENTRIES = (
    select(trail, _ACTOR.c.discord_id.label("actor"), _SUBJECT.c.discord_id.label("subject"))
    .join_from(trail, _ACTOR, _ACTOR.c.id == trail.c.actor_id, isouter=True)
    .join(_SUBJECT, _SUBJECT.c.id == trail.c.subject_id, isouter=True)
)
"""The trail's rows, for `entry_of`."""


def entry_of(row: Row[Any]) -> TrailEntry:
    return TrailEntry(
        guild_id=row.guild_id,
        action=Action(row.action),
        actor_id=NOBODY if row.actor_id is not None and row.actor is None else row.actor,
        at=row.at,
        subject_id=NOBODY if row.subject_id is not None and row.subject is None else row.subject,
        job_id=row.job_id,
        reason=row.reason,
        before=row.before,
        after=row.after,
        id=row.id,
    )


async def enter_change(database: Database, connection: AsyncConnection, entry: TrailEntry) -> None:
    """Enter what differs between `before` and `after`, both whole; nothing where they are the same."""
    narrowed = entry.narrowed()
    if narrowed is not None:
        await enter(database, connection, narrowed)


async def enter(database: Database, connection: AsyncConnection, entry: TrailEntry) -> int:
    """Enter a decision in the transaction of what it changes, at its end. Answers its id."""
    actor = None if not entry.actor_id else await person(database, connection, entry.actor_id)
    subject = None if not entry.subject_id else await person(database, connection, entry.subject_id)
    # Ids are drawn in another order than they are committed in: who reads on from one waits for those in between.
    await database.share_turn(connection, Turn.TRAIL)
    entered = trail.insert().values(
        guild_id=entry.guild_id,
        at=entry.at,
        action=entry.action.value,
        actor_id=actor,
        subject_id=subject,
        job_id=entry.job_id,
        reason=entry.reason,
        before=entry.before,
        after=entry.after,
    )
    entry_id = (await connection.scalars(entered.returning(trail.c.id))).one()
    database.announce_entry(connection)
    return entry_id


class SqlTrail:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(self, entry: TrailEntry) -> int:
        async with self._database.write(brief=True) as connection:
            return await enter(self._database, connection, entry)

    async def entries(
        self,
        guild_id: int,
        most: int,
        *,
        before_id: int | None = None,
        subject_id: int | None = None,
        actor_id: int | None = None,
        actions: Collection[Action] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[TrailEntry]:
        query = ENTRIES.where(trail.c.guild_id == guild_id).order_by(trail.c.id.desc()).limit(most)
        if before_id is not None:
            query = query.where(trail.c.id < before_id)
        if subject_id is not None:
            query = query.where(_SUBJECT.c.discord_id == subject_id)
        if actor_id is not None:
            query = query.where(_ACTOR.c.discord_id == actor_id)
        if actions:
            query = query.where(trail.c.action.in_([each.value for each in actions]))
        if since is not None:
            query = query.where(trail.c.at >= since)
        if until is not None:
            query = query.where(trail.c.at < until)
        async with self._database.read() as connection:
            return [entry_of(row) for row in await connection.execute(query)]
