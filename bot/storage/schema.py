"""Bringing a database up to date with this version, and making sure that it is, under the right key."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, LargeBinary, inspect, select, type_coerce
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.cipher import Cipher, Root
from bot.storage.engine import Database
from bot.storage.errors import (
    IncompleteSchema,
    KeysNotShared,
    Moved,
    NotMigrated,
    Undecipherable,
    UnsupportedDatabase,
    WrongSecretKey,
)
from bot.storage.lock import DatabaseLock
from bot.storage.postgres import PostgresDatabase
from bot.storage.processes import keys_of_the_living
from bot.storage.revisions import MIGRATIONS, REVISION, is_current
from bot.storage.shape import lacking
from bot.storage.sqlite import SqliteDatabase, sqlite_path
from bot.storage.tables import deployment

if TYPE_CHECKING:
    from alembic.config import Config

KEY_CHECK = "key_check"
"""The name of a fact in `deployment` that is there to be decrypted."""

ROOT = "root"
"""The name of the fact that keys for other purposes are derived from: 32 bytes in hexadecimal."""

MOVED = "moved_to"
"""The name of the fact that the database was moved, and to where."""


def connect(url: str, cipher: Cipher) -> Database:
    """The database of a DATABASE_URL, not yet connected to. Raises `UnsupportedDatabase`."""
    parsed = _parsed(url)
    return SqliteDatabase(parsed, cipher) if _is_sqlite(parsed) else PostgresDatabase(parsed, cipher)


def hold_database(url: str) -> AbstractContextManager[object]:
    """Keeps what serves one process alone for this one, from `with` to its end: the lock of a SQLite file.

    A PostgreSQL database serves many, so there it holds nothing. Raises `UnsupportedDatabase`; entering it raises
    `DatabaseInUse`.
    """
    parsed = _parsed(url)
    return DatabaseLock(sqlite_path(parsed)) if _is_sqlite(parsed) else nullcontext()


def database_file(url: str) -> Path | None:
    """The file of a SQLite database; None of another. Raises `UnsupportedDatabase`."""
    parsed = _parsed(url)
    return sqlite_path(parsed) if _is_sqlite(parsed) else None


def is_absent(url: str) -> bool:
    """Whether it is plain without connecting that there is no database yet. It blocks. Raises `UnsupportedDatabase`."""
    parsed = _parsed(url)
    return _is_sqlite(parsed) and not sqlite_path(parsed).exists()


def is_shared(url: str) -> bool:
    """Whether several processes can use the database at once. Raises `UnsupportedDatabase`."""
    return not _is_sqlite(_parsed(url))


def name_of(url: str) -> str:
    """The database in words for the operator, without what is secret of its URL. Raises `UnsupportedDatabase`."""
    parsed = _parsed(url)
    return (
        str(sqlite_path(parsed))
        if _is_sqlite(parsed)
        else f"the PostgreSQL database {parsed.database or 'of its user'}"
    )


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):  # whose words may hold a part of the password
        raise UnsupportedDatabase("DATABASE_URL is no URL, such as sqlite:///data/easel.db.") from None
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise UnsupportedDatabase(
            f"Easel has no use for {parsed.get_backend_name()} databases, only for sqlite and postgresql."
        )
    return parsed


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


async def migrate(url: str, cipher: Cipher) -> None:
    """Make the database or bring it up to date, all or nothing; a no-op where it is.

    Raises `UnsupportedDatabase`, `SchemaTooNew`, `WrongSecretKey`, `KeysNotShared`, `Moved`, or `StoreUnavailable` of
    `bot.domain.errors`.
    """
    database = connect(url, cipher)
    try:
        await asyncio.to_thread(database.make)
        async with database.migrating() as connection:
            await connection.run_sync(_upgrade)
            await connection.execute(database.insert_or_ignore(deployment).values(name=KEY_CHECK, value="easel"))
            await _verify_key(connection)
            await _keep_root(database, connection)
            await _verify_keys_of_others(database, connection)
    finally:
        await database.close()


async def verify(database: Database) -> None:
    """Raises `NotMigrated`, `SchemaTooNew`, `IncompleteSchema`, `WrongSecretKey`, `Moved`, or `StoreUnavailable` of
    `bot.domain.errors`."""
    if not await asyncio.to_thread(database.exists):
        raise NotMigrated  # connecting would make an empty one
    async with database.read() as connection:
        await connection.run_sync(_verify_revision)
        await _verify_key(connection)
        database.root = await _root(connection)
    database.guard()


def _upgrade(connection: Connection) -> None:
    if not _is_current(connection):
        from alembic import command  # noqa: PLC0415 # most starts have no use for it

        command.upgrade(_config(connection), "head")


def _verify_revision(connection: Connection) -> None:
    if not _is_current(connection):
        raise NotMigrated
    if missing := lacking(connection):
        raise IncompleteSchema(missing)


def _is_current(connection: Connection) -> bool:
    known = inspect(connection).has_table("alembic_version")
    return is_current(connection.scalar(REVISION) if known else None)


def _config(connection: Connection) -> "Config":
    """Alembic's configuration without its file: the migrations are part of the package."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


async def _verify_key(connection: AsyncConnection) -> None:
    facts = select(deployment.c.name, deployment.c.value).where(deployment.c.name.in_((KEY_CHECK, MOVED)))
    try:
        known = {row.name: row.value for row in await connection.execute(facts)}
    except Undecipherable:
        raise WrongSecretKey from None
    if MOVED in known:
        raise Moved(known[MOVED])


async def _keep_root(database: Database, connection: AsyncConnection) -> None:
    """The first time, the root of the key that the database was made with: what was derived from it before stays."""
    made_with = select(type_coerce(deployment.c.value, LargeBinary)).where(deployment.c.name == KEY_CHECK)
    root = database.cipher.root_of((await connection.scalars(made_with)).one())
    await connection.execute(database.insert_or_ignore(deployment).values(name=ROOT, value=root.secret.hex()))


async def _root(connection: AsyncConnection) -> Root:
    secret = await connection.scalar(select(deployment.c.value).where(deployment.c.name == ROOT))
    if secret is None:
        raise NotMigrated
    return Root(bytes.fromhex(secret))


async def _verify_keys_of_others(database: Database, connection: AsyncConnection) -> None:
    own = database.cipher.fingerprints
    for process, theirs in (await keys_of_the_living(database, connection)).items():
        if own[0] not in theirs or theirs[0] not in own:
            raise KeysNotShared(process)
