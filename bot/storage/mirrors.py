"""What of guilds' trails was posted to their log channels: `Mirrors` of `bot.service.ports` over SQL."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, func, or_, select, update

from bot.domain.moderation import Policy
from bot.service.ports import MirrorBatch
from bot.storage.engine import Database, Turn
from bot.storage.moderation_tables import trail
from bot.storage.tables import guilds
from bot.storage.trail import ENTRIES, entry_of

_TRIES, _PAUSE_SECONDS = 20, 0.1
"""For a moment in which nobody is entering anything: an entry is the last of its transaction."""


@dataclass(frozen=True, slots=True)
class _Due:
    """A guild with entries that weren't posted."""

    id: int
    policy: Policy
    mirrored: int
    mirroring: int | None


class SqlMirrors:
    """What is about to be posted is recorded before it is: who takes it over posts the same entries under the same
    nonce, of which Discord makes one message."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def news(self) -> None:
        await self._database.entered.wait()
        self._database.entered.clear()

    async def claim(self, now: datetime, lease: timedelta, most: int) -> Sequence[MirrorBatch]:
        due = await self._due(now)
        if not due:
            return []
        settled = await self._settled()
        claimed = [await self._claim(each, now, lease, settled, most) for each in due]
        return [each for each in claimed if each is not None]

    async def posted(self, batch: MirrorBatch) -> None:
        own = (guilds.c.id == batch.guild_id, guilds.c.mirroring == batch.last_id)
        async with self._database.write() as connection:
            nothing = {"mirrored": batch.last_id, "mirroring": None, "mirror_at": None}
            await connection.execute(update(guilds).where(*own).values(nothing))

    async def put_off(self, batch: MirrorBatch, until: datetime) -> None:
        own = (guilds.c.id == batch.guild_id, guilds.c.mirroring == batch.last_id)
        async with self._database.write() as connection:
            await connection.execute(update(guilds).where(*own).values(mirroring=None, mirror_at=until))

    async def _due(self, now: datetime) -> list[_Due]:
        news = exists().where(trail.c.guild_id == guilds.c.id, trail.c.id > guilds.c.mirrored)
        free = or_(guilds.c.mirror_at.is_(None), guilds.c.mirror_at <= now)
        query = select(guilds.c.id, guilds.c.policy, guilds.c.mirrored, guilds.c.mirroring)
        async with self._database.read() as connection:
            rows = await connection.execute(query.where(news, free, guilds.c.left_at.is_(None)))
            return [_Due(*row) for row in rows]

    async def _settled(self) -> int:
        """An entry up to which none will be entered any more; 0 where that can't be told now."""
        for _ in range(_TRIES):
            async with self._database.write() as connection:
                if await self._database.try_turn(connection, Turn.TRAIL):
                    return await connection.scalar(select(func.max(trail.c.id))) or 0
            await asyncio.sleep(_PAUSE_SECONDS)
        return 0

    async def _claim(self, due: _Due, now: datetime, lease: timedelta, settled: int, most: int) -> MirrorBatch | None:
        channel_id = due.policy.log_channel_id
        ahead = (trail.c.guild_id == due.id, trail.c.id > due.mirrored, trail.c.id <= (due.mirroring or settled))
        as_it_was = (
            guilds.c.id == due.id,
            guilds.c.mirrored == due.mirrored,
            guilds.c.mirroring.is_not_distinct_from(due.mirroring),
            or_(guilds.c.mirror_at.is_(None), guilds.c.mirror_at <= now),
        )
        async with self._database.write() as connection:
            if channel_id is None:
                last = await connection.scalar(select(func.max(trail.c.id)).where(*ahead))
                if last is not None:
                    passed = {"mirrored": last, "mirroring": None, "mirror_at": None}
                    await connection.execute(update(guilds).where(*as_it_was).values(passed))
                return None
            rows = await connection.execute(ENTRIES.where(*ahead).order_by(trail.c.id).limit(most))
            entries = [entry_of(row) for row in rows]
            if not entries:
                return None
            claim = {"mirroring": entries[-1].id, "mirror_at": now + lease}
            claimed = await connection.execute(update(guilds).where(*as_it_was).values(claim))
            return MirrorBatch(due.id, channel_id, entries) if claimed.rowcount else None
