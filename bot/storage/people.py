"""Who a surrogate id stands for. Each function runs in its caller's transaction."""

import hmac
from collections.abc import Sequence
from hashlib import sha256

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.columns import root_of
from bot.storage.engine import Database
from bot.storage.tables import people

NOBODY = 0
"""No surrogate id, and no Discord id: of who was never seen, and of who was erased."""


async def person(database: Database, connection: AsyncConnection, discord_id: int) -> int:
    """The surrogate id of a person, made at first sight."""
    known = select(people.c.id).where(people.c.discord_id == discord_id)
    person_id = await connection.scalar(known)
    if person_id is None:
        await connection.execute(database.insert_or_ignore(people), {"discord_id": discord_id})
        person_id = (await connection.scalars(known)).one()
    return person_id


async def selves(connection: AsyncConnection, discord_id: int) -> Sequence[int]:
    """All surrogate ids that stand for a person: the one of now, if any, and those of who they were before they had
    themselves erased, for as long as a trace of that is kept. Quotas, grants and sanctions are looked up by all."""
    theirs = or_(people.c.discord_id == discord_id, people.c.trace == trace_of(connection, discord_id))
    return (await connection.scalars(select(people.c.id).where(theirs).order_by(people.c.id))).all()


def trace_of(connection: AsyncConnection, discord_id: int) -> str:
    """The keyed hash that tells whether an erased person was this one, and to nobody without the key who it was."""
    key = root_of(connection.dialect).derive("trace of an erased person")
    return hmac.new(key, str(discord_id).encode(), sha256).hexdigest()
