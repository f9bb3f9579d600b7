"""Rows in every table, of whatever its columns take: for what goes through all that is kept, whatever it means."""

import itertools
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, LargeBinary, String, Table, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.cipher import Cipher
from bot.storage.columns import Entrusted
from bot.storage.engine import Database
from bot.storage.moderation_tables import metadata
from bot.storage.raw import encrypted_columns, raw
from bot.storage.tables import deployment

Rows = Mapping[str, Sequence[Mapping[str, Any]]]

BIGGEST, SMALLEST = 2**63 - 1, -(2**63)
WORDS = ["", "a fox", "é ☃ 🦊", "\u202e'; DROP TABLE jobs; --", "\\x00\\N\t\n", "x" * 3_000, "NULL"]
FLOATS = [0.0, -0.0, 1e-308, 1.7976931348623157e308, 0.1 + 0.2, float("inf")]

_NOW = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp()) * 10**6

# What constraints ask for, by the table; all else is anything.
_FIXED: Mapping[str, Mapping[str, Any]] = {
    "jobs": {"status": "succeeded", "finished_at": 1, "owner": None, "claimed_at": None, "billing": "token"},
    "ledger": {"kind": "hold", "pictures": 3, "amount": 2**53, "committed_amount": -(2**53)},  # which can be summed
    "processes": {"beat_at": 1},  # dead
    "turns": {"kind": "guild"},
    "grants": {"role_id": None},
    "credentials": {"billing": "picture"},
    "reviews": {"decision": "approved", "decided_at": SMALLEST},
}


async def plant(database: Database, cipher: Cipher, seed: int = 0, most: int = 7) -> Rows:
    """Up to so many rows in each table, and every value that its columns take at least once; answers them as the
    database keeps them. What was there stays. The encrypted words are such that no codec could read them."""
    planted: dict[str, list[dict[str, Any]]] = {}
    some = random.Random(seed)
    async with database.write() as connection:
        for table in metadata.sorted_tables:
            if table is not deployment:
                planted[table.name] = [_row(table, number, cipher, planted, some) for number in range(1, most + 1)]
                await connection.execute(insert(raw(table)), planted[table.name])
    return planted


async def kept(connection: AsyncConnection, table: Table) -> list[dict[str, Any]]:
    """All rows of a table, as the database keeps them, by primary key."""
    shown = raw(table)
    rows = await connection.execute(shown.select().order_by(*shown.primary_key.columns))
    return [dict(row) for row in rows.mappings()]


async def everything(database: Database) -> dict[str, list[dict[str, Any]]]:
    async with database.read() as connection:
        return {table.name: await kept(connection, table) for table in metadata.sorted_tables}


async def words_of(database: Database, cipher: Cipher) -> dict[str, list[dict[str, Any]]]:
    """All that is kept, with the encrypted values in clear."""
    shown = await everything(database)
    for table in metadata.sorted_tables:
        for row, name in itertools.product(shown[table.name], encrypted_columns(table)):
            row[name] = row[name] and cipher.decrypt(row[name])
    return shown


def _row(
    table: Table, number: int, cipher: Cipher, planted: Mapping[str, list[dict[str, Any]]], some: random.Random
) -> dict[str, Any]:
    row = {each.name: _value(each, number, cipher, planted, some) for each in table.columns}
    if table.name == "ledger":
        row["job_id"] = f"planted-{number}"  # of a job that need not be there any more
    return {**row, **_FIXED.get(table.name, {})}


def _value(
    column: Column[Any], number: int, cipher: Cipher, planted: Mapping[str, list[dict[str, Any]]], some: random.Random
) -> Any:
    for key in column.foreign_keys:
        there = planted[key.column.table.name]
        return there[(number - 1) % len(there)][key.column.name]
    if column.nullable and some.random() < 0.3 and not column.unique:
        return None
    kind = raw(column.table).c[column.name].type
    if isinstance(kind, LargeBinary):
        word = WORDS[number % len(WORDS)]
        return cipher.encrypt_json(word) if isinstance(column.type, Entrusted) else cipher.encrypt(word.encode())
    if isinstance(kind, Boolean):
        return bool(number % 2)
    if isinstance(kind, BigInteger) and not column.primary_key:
        return (BIGGEST - number, SMALLEST + number, number, _NOW + number)[number % 4]
    if isinstance(kind, Integer):
        return number
    if isinstance(kind, Float):
        return FLOATS[number % len(FLOATS)]
    assert isinstance(kind, String), column
    word = f"{column.name}-{number}" if column.primary_key or column.unique else WORDS[number % len(WORDS)]
    return word[: kind.length] if kind.length else word
