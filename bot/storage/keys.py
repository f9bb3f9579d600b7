"""The keys that guilds have brought: `Keys` of `bot.service.ports` over SQL."""

import secrets
from collections.abc import Sequence
from datetime import datetime

import structlog
from pydantic import SecretStr
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.account import Vendor
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import KeySet, KeysHeld, Retirement
from bot.storage.engine import Database, Turn
from bot.storage.errors import Undecipherable
from bot.storage.people import person
from bot.storage.rows import LIVE
from bot.storage.tables import credentials, jobs, people
from bot.storage.trail import enter

_log = structlog.get_logger(__name__)

IN_USE = credentials.c.retired_at.is_(None)
"""Accounts that take new jobs: their guilds have neither removed nor replaced the key."""

_HELD = (
    select(credentials.c.account, people.c.discord_id, credentials.c.added_at)
    .join_from(credentials, people, credentials.c.added_by == people.c.id)
    .where(credentials.c.guild_id == bindparam("guild"), IN_USE)
)
_KEYS = select(credentials.c.secrets).where(credentials.c.account == bindparam("account"))


class SqlKeys:
    """An account is retired between two admissions, so none of its jobs is admitted after that."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def bring(self, guild_id: int, keys: KeySet, by: int, now: datetime) -> Retirement | None:
        async with self._database.write() as connection:
            await self._database.take_turn(connection, Turn.ADMISSION)
            retired = await retire(connection, guild_id, now)
            row = {
                "account": f"guild:{guild_id}:{secrets.token_hex(8)}",
                "guild_id": guild_id,
                "billing": keys.billing,
                "secrets": {vendor.value: key.get_secret_value() for vendor, key in keys.by_vendor.items()},
                "added_by": await person(self._database, connection, by),
                "added_at": now,
            }
            await connection.execute(credentials.insert(), row)
            facts = {"account": row["account"], "vendors": sorted(vendor.value for vendor in keys.by_vendor)}
            entry = TrailEntry(guild_id, Action.KEY, by, now, before=_facts(retired), after=facts)
            await enter(self._database, connection, entry)
            return retired

    async def retire(self, guild_id: int, by: int | None, now: datetime) -> Retirement | None:
        async with self._database.write() as connection:
            await self._database.take_turn(connection, Turn.ADMISSION)
            retired = await retire(connection, guild_id, now)
            if retired is not None:
                entry = TrailEntry(guild_id, Action.KEY, by, now, before=_facts(retired))
                await enter(self._database, connection, entry)
            return retired

    async def held(self, guild_id: int) -> KeysHeld | None:
        found = await self._database.look(_HELD, {"guild": guild_id})
        if not found:
            return None
        [row] = found
        keys = await self.of_account(row["account"]) or KeySet()
        return KeysHeld(row["account"], frozenset(keys.by_vendor), row["discord_id"], row["added_at"])

    async def of_account(self, account: str) -> KeySet | None:
        try:
            found = await self._database.look(_KEYS, {"account": account})
        except Undecipherable:
            _log.error("a server's keys can't be read: they are damaged, or of another key", account=account)
            return None
        if not found:
            return None
        kept = found[0]["secrets"]
        token, key = (kept.get(each.value) for each in (Vendor.REPLICATE, Vendor.OPENAI))
        return KeySet(SecretStr(token) if token else None, SecretStr(key) if key else None)

    async def accounts(self) -> Sequence[str]:
        async with self._database.read(brief=True) as connection:
            return (await connection.scalars(select(credentials.c.account).order_by(credentials.c.account))).all()

    async def forget_retired(self) -> int:
        live = select(jobs.c.id).where(LIVE, jobs.c.account == credentials.c.account)
        over = credentials.delete().where(credentials.c.retired_at.is_not(None), ~live.exists())
        async with self._database.write() as connection:
            return (await connection.execute(over)).rowcount


async def retire(connection: AsyncConnection, guild_id: int, now: datetime) -> Retirement | None:
    """In a transaction that has taken the turn of admissions."""
    own = (credentials.c.guild_id == guild_id, IN_USE)
    account = await connection.scalar(select(credentials.c.account).where(*own))
    if account is None:
        return None
    live = await connection.scalar(select(func.count()).select_from(jobs).where(LIVE, jobs.c.account == account))
    if live:
        await connection.execute(update(credentials).where(*own).values(retired_at=now))
    else:
        await connection.execute(credentials.delete().where(*own))
    return Retirement(account, live or 0)


def _facts(retired: Retirement | None) -> dict[str, str] | None:
    """What the trail says of keys that are no longer used."""
    return None if retired is None else {"account": retired.account}
