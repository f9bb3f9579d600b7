"""Who a surrogate id stands for. Each function runs in its caller's transaction."""

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.cipher import Root
from bot.storage.columns import root_of
from bot.storage.engine import Database
from bot.storage.tables import people

NOBODY = 0
"""No surrogate id, and no Discord id: of who was never seen, and of who was erased."""

# Statements of every job's walk are built once: SQLAlchemy then knows them again without looking through them.
_PRESENT = select(people.c.id).where(people.c.discord_id == bindparam("discord_id"))
_IS_ONE = or_(people.c.discord_id == bindparam("discord_id"), people.c.trace == bindparam("trace"))
_SELVES = select(people.c.id, people.c.discord_id).where(_IS_ONE).order_by(people.c.id)

SELVES = select(people.c.id).where(_IS_ONE)
"""`selves` as part of another statement, whose parameters have those of `selves_of`."""


async def person(database: Database, connection: AsyncConnection, discord_id: int) -> int:
    """The surrogate id of a person, made at first sight."""
    known = {"discord_id": discord_id}
    person_id = await connection.scalar(_PRESENT, known)
    if person_id is None:
        await connection.execute(database.insert_or_ignore(people), known)
        person_id = (await connection.scalars(_PRESENT, known)).one()
    return person_id


async def selves(connection: AsyncConnection, discord_id: int) -> Sequence[int]:
    """All surrogate ids that stand for a person: the one of now, if any, and those of who they were before they had
    themselves erased, for as long as a trace of that is kept. Quotas, grants and sanctions are looked up by all."""
    return (await connection.scalars(_SELVES, selves_of(root_of(connection.dialect), discord_id))).all()


async def person_and_selves(
    database: Database, connection: AsyncConnection, discord_id: int
) -> tuple[int, Sequence[int]]:
    """`person`, and then `selves`."""
    found = (await connection.execute(_SELVES, selves_of(root_of(connection.dialect), discord_id))).all()
    known = [row.id for row in found if row.discord_id is not None]
    ids = [row.id for row in found]
    if known:
        return known[0], ids
    person_id = await person(database, connection, discord_id)
    return person_id, [*ids, person_id]


def selves_of(root: Root, discord_id: int) -> dict[str, Any]:
    """The parameters of a statement with `SELVES` in it."""
    return {"discord_id": discord_id, "trace": _trace(root, discord_id)}


def trace_of(connection: AsyncConnection, discord_id: int) -> str:
    """The keyed hash that tells whether an erased person was this one, and to nobody without the key who it was."""
    return _trace(root_of(connection.dialect), discord_id)


def _trace(root: Root, discord_id: int) -> str:
    key = root.derive("trace of an erased person")
    return hmac.new(key, str(discord_id).encode(), sha256).hexdigest()
