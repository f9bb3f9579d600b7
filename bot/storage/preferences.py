"""What members and guilds have chosen for good: `Preferences` of `bot.service.ports` over SQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.account import Account
from bot.domain.errors import StyleNameTaken, TooManyStyles
from bot.domain.moderation import Policy
from bot.domain.options import Options
from bot.domain.quota import GuildLimits
from bot.domain.style import MOST_STYLES, Style, same_name
from bot.domain.trail import Action, TrailEntry, difference
from bot.domain.wording import WordRules
from bot.service.ports import RequestContext, Terms
from bot.storage import records
from bot.storage.engine import Database
from bot.storage.people import person
from bot.storage.tables import credentials, guilds, member_defaults, people, styles
from bot.storage.trail import enter, enter_change

_DEFAULTS = select(member_defaults.c.options).join(people).where(people.c.discord_id == bindparam("member"))
_POLICY = select(guilds.c.policy).where(guilds.c.id == bindparam("guild"))
_asked = select(
    bindparam("guild_id", type_=guilds.c.id.type).label("guild_id"),
    bindparam("member_id", type_=people.c.discord_id.type).label("member_id"),
).subquery()
_CONTEXT = (
    select(member_defaults.c.options, guilds.c.policy, guilds.c.words, guilds.c.limits)
    .add_columns(credentials.c.account, credentials.c.billing)
    .select_from(
        _asked.outerjoin(people, people.c.discord_id == _asked.c.member_id)
        .outerjoin(member_defaults, member_defaults.c.person_id == people.c.id)
        .outerjoin(guilds, guilds.c.id == _asked.c.guild_id)
        .outerjoin(credentials, and_(credentials.c.guild_id == _asked.c.guild_id, credentials.c.retired_at.is_(None)))
    )
)
"""One row, whatever there is of it."""


@dataclass(frozen=True, slots=True)
class _Row:
    id: int
    style: Style


class SqlPreferences:
    """Changes of one member, or of one guild, take turns on a row that each locks first."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def context(self, guild_id: int | None, member_id: int) -> RequestContext:
        (row,) = await self._database.look(_CONTEXT, {"guild_id": guild_id, "member_id": member_id})
        policy = row["policy"] or Policy()
        account = None if row["account"] is None else Account(row["account"], row["billing"])
        terms = Terms(account, policy.time_zone, row["limits"] or GuildLimits())
        return RequestContext(row["options"] or Options(), policy, row["words"] or WordRules(), terms)

    async def defaults(self, member_id: int) -> Options:
        found = await self._database.look(_DEFAULTS, {"member": member_id})
        return found[0]["options"] if found else Options()

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
        found = await self._database.look(_POLICY, {"guild": guild_id})
        return found[0]["policy"] if found else Policy()

    async def policies(self) -> Mapping[int, Policy]:
        async with self._database.read() as connection:
            rows = await connection.execute(select(guilds.c.id, guilds.c.policy))
            return {row.id: row.policy for row in rows}

    async def change_policy(
        self, guild_id: int, change: Callable[[Policy], Policy], by: int | None, now: datetime
    ) -> Policy:
        async with self._database.write() as connection:
            held = await self._lock(connection, guild_id)
            changed = change(held)
            values: dict[str, Any] = {"policy": changed}
            if changed.log_channel_id != held.log_channel_id:
                values["mirror_at"] = None  # what another channel kept from being posted is tried at once
            await connection.execute(update(guilds).where(guilds.c.id == guild_id).values(values))
            before, after = records.POLICY.dump(held), records.POLICY.dump(changed)
            entry = TrailEntry(guild_id, Action.POLICY, by, now, before=before, after=after)
            await enter_change(self._database, connection, entry)
            return changed

    async def styles(self, guild_id: int) -> Sequence[Style]:
        async with self._database.read(brief=True) as connection:
            return [row.style for row in await _rows(connection, guild_id)]

    async def save_style(self, guild_id: int, style: Style, by: int | None, now: datetime) -> Style | None:
        async with self._database.write() as connection:
            await self._lock(connection, guild_id)
            rows = await _rows(connection, guild_id)
            row = _named(rows, style.name)
            entry = TrailEntry(guild_id, Action.STYLE, by, now, after=_facts(style))
            if row is not None:
                await _put(connection, row, style)
                before, after = difference(_facts(row.style), _facts(style))
                named = {"name": style.name}
                entry = replace(entry, before={"name": row.style.name} | before, after=named | after)
            elif len(rows) >= MOST_STYLES:
                raise TooManyStyles(MOST_STYLES)
            else:
                await connection.execute(styles.insert().values(guild_id=guild_id, style=style))
            await enter(self._database, connection, entry)
            return None if row is None else row.style

    async def rename_style(
        self, guild_id: int, name: str, new_name: str, by: int | None, now: datetime
    ) -> Style | None:
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
            was, now_named = {"name": row.style.name}, {"name": new_name}
            entry = TrailEntry(guild_id, Action.STYLE, by, now, before=was, after=now_named)
            await enter_change(self._database, connection, entry)
            return renamed

    async def remove_style(self, guild_id: int, name: str, by: int | None, now: datetime) -> Style | None:
        async with self._database.write() as connection:
            await self._lock(connection, guild_id)
            row = _named(await _rows(connection, guild_id), name)
            if row is None:
                return None
            await connection.execute(styles.delete().where(styles.c.id == row.id))
            entry = TrailEntry(guild_id, Action.STYLE, by, now, before=_facts(row.style))
            await enter(self._database, connection, entry)
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


def _facts(style: Style) -> dict[str, Any]:
    """What the trail says of a style: of its pictures, how many there are."""
    options = {name: value for name, value in asdict(style.options).items() if value is not None}
    return {"name": style.name, "suffix": style.suffix, "pictures": len(style.pictures)} | options
