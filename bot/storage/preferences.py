"""What members and guilds have chosen for good: `Preferences` of `bot.service.ports` over SQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.errors import StyleNameTaken, TooManyStyles
from bot.domain.moderation import Policy
from bot.domain.options import Options
from bot.domain.style import MOST_STYLES, Style, same_name
from bot.storage.engine import Database
from bot.storage.people import person
from bot.storage.tables import guilds, member_defaults, people, styles


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    style: Style


class SqlPreferences:
    """Changes of one member, or of one guild, take turns on a row that each locks first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def defaults(self, member_id: int) -> Options:
        owned = select(member_defaults.c.options).join(people).where(people.c.discord_id == member_id)
        async with self._database.read() as connection:
            return await connection.scalar(owned) or Options()

    async def change_defaults(self, member_id: int, change: Callable[[Options], Options]) -> Options:
        async with self._database.write() as connection:
            person_id = await person(self._database, connection, member_id)
            row = {"person_id": person_id, "options": Options()}
            await connection.execute(self._database.insert_or_ignore(member_defaults), row)
            own = member_defaults.c.person_id == person_id
            held = (await connection.scalars(select(member_defaults.c.options).where(own).with_for_update())).one()
            changed = change(held)
            await connection.execute(update(member_defaults).where(own).values(options=changed))
            return changed

    async def policy(self, guild_id: int) -> Policy:
        async with self._database.read() as connection:
            return await connection.scalar(select(guilds.c.policy).where(guilds.c.id == guild_id)) or Policy()

    async def policies(self) -> Mapping[int, Policy]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(guilds.c.id, guilds.c.policy))
            return {row.id: row.policy for row in rows}

    async def change_policy(self, guild_id: int, change: Callable[[Policy], Policy]) -> Policy:
        async with self._database.write() as connection:
            changed = change(await self._lock(connection, guild_id))
            await connection.execute(update(guilds).where(guilds.c.id == guild_id).values(policy=changed))
            return changed

    async def styles(self, guild_id: int) -> Sequence[Style]:
        async with self._database.read() as connection:
            return [row.style for row in await _rows(connection, guild_id)]

    async def save_style(self, guild_id: int, style: Style) -> Style | None:
        async with self._database.write() as connection:
            await self._lock(connection, guild_id)
            rows = await _rows(connection, guild_id)
            if row := _named(rows, style.name):
                await _put(connection, row, style)
                return row.style
            if len(rows) >= MOST_STYLES:
                raise TooManyStyles(MOST_STYLES)
            await connection.execute(styles.insert().values(guild_id=guild_id, style=style))
            return None

    async def rename_style(self, guild_id: int, name: str, new_name: str) -> Style | None:
        async with self._database.write() as connection:
            await self._lock(connection, guild_id)
            rows = await _rows(connection, guild_id)
            row, other = _named(rows, name), _named(rows, new_name)
            if row is None:
                return None
            if other not in (None, row):
                raise StyleNameTaken(other.style.name)
            renamed = replace(row.style, name=new_name)
            await _put(connection, row, renamed)
            return renamed

    async def remove_style(self, guild_id: int, name: str) -> Style | None:
        async with self._database.write() as connection:
            await self._lock(connection, guild_id)
            row = _named(await _rows(connection, guild_id), name)
            if row is None:
                return None
            await connection.execute(styles.delete().where(styles.c.id == row.id))
            return row.style

    async def _lock(self, connection: AsyncConnection, guild_id: int) -> Policy:
        return await lock_guild(self._database, connection, guild_id)


async def lock_guild(database: Database, connection: AsyncConnection, guild_id: int) -> Policy:
    """Lock the guild's row until the transaction ends, and answer its policy."""
    await connection.execute(database.insert_or_ignore(guilds), {"id": guild_id, "policy": Policy()})
    own = select(guilds.c.policy).where(guilds.c.id == guild_id).with_for_update()
    return (await connection.scalars(own)).one()


async def _rows(connection: AsyncConnection, guild_id: int) -> list[_Row]:
    found = await connection.execute(select(styles.c.id, styles.c.style).where(styles.c.guild_id == guild_id))
    return sorted((_Row(*row) for row in found), key=lambda row: row.style.name.casefold())


def _named(rows: Sequence[_Row], name: str) -> _Row | None:
    return next((row for row in rows if same_name(row.style.name, name)), None)


async def _put(connection: AsyncConnection, row: _Row, style: Style) -> None:
    await connection.execute(update(styles).where(styles.c.id == row.id).values(style=style))
