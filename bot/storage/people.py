"""Who a surrogate id stands for. Each function runs in its caller's transaction."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.engine import Database
from bot.storage.tables import people


async def person(database: Database, connection: AsyncConnection, discord_id: int) -> int:
    """The surrogate id of a person, made at first sight."""
    known = select(people.c.id).where(people.c.discord_id == discord_id)
    person_id = await connection.scalar(known)
    if person_id is None:
        await connection.execute(database.insert_or_ignore(people), {"discord_id": discord_id})
        person_id = (await connection.scalars(known)).one()
    return person_id
