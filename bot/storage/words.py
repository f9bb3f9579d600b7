"""Guilds' lists of words: `WordLists` of `bot.service.ports` over SQL."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import bindparam, select, update

from bot.domain.trail import Action, TrailEntry
from bot.domain.wording import WordRules
from bot.storage.engine import Database
from bot.storage.preferences import lock_guild
from bot.storage.tables import guilds
from bot.storage.trail import enter

MOST_NAMED = 50
"""Entries that the trail names of one change; of more it has the count."""

_WORDS = select(guilds.c.words).where(guilds.c.id == bindparam("guild"))


class SqlWordLists:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def words(self, guild_id: int) -> WordRules:
        found = await self._database.look(_WORDS, {"guild": guild_id})
        return (found[0]["words"] if found else None) or WordRules()

    async def change_words(
        self, guild_id: int, change: Callable[[WordRules], WordRules], by: int, now: datetime
    ) -> tuple[WordRules, WordRules]:
        async with self._database.write() as connection:
            await lock_guild(self._database, connection, guild_id)
            held = await connection.scalar(_WORDS, {"guild": guild_id}) or WordRules()
            changed = change(held)
            if changed != held:
                await connection.execute(update(guilds).where(guilds.c.id == guild_id).values(words=changed))
                await enter(self._database, connection, _entry(guild_id, held, changed, by, now))
            return held, changed


def _entry(guild_id: int, held: WordRules, changed: WordRules, by: int, now: datetime) -> TrailEntry:
    before, after = held.lines(), changed.lines()
    gone, new = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    return TrailEntry(
        guild_id,
        Action.WORDS,
        by,
        now,
        before={"entries": len(before)},
        after={
            "entries": len(after),
            **({"added": new[:MOST_NAMED]} if new else {}),
            **({"removed": gone[:MOST_NAMED]} if gone else {}),
        },
    )
