"""What is done once for the whole deployment: `Occasions` of `bot.service.ports` over SQL."""

from datetime import datetime, timedelta

from sqlalchemy import select, update

from bot.service.ports import Occasion
from bot.storage.engine import Database
from bot.storage.tables import occasions


class SqlOccasions:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, name: str, now: datetime, lease: timedelta) -> Occasion:
        own = occasions.c.name == name
        async with self._database.write() as connection:
            row = {"name": name, "claimed_at": now, "done": False}
            inserted = await connection.execute(self._database.insert_or_ignore(occasions), row)
            if inserted.rowcount:
                return Occasion.OURS
            given_up = (own, ~occasions.c.done, occasions.c.claimed_at <= now - lease)
            taken = await connection.execute(update(occasions).where(*given_up).values(claimed_at=now))
            if taken.rowcount:
                return Occasion.OURS
            done = await connection.scalar(select(occasions.c.done).where(own))
            return Occasion.PAST if done else Occasion.OTHERS

    async def done(self, name: str) -> None:
        async with self._database.write() as connection:
            await connection.execute(update(occasions).where(occasions.c.name == name).values(done=True))
