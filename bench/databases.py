"""Both databases, empty and of a benchmark's own, as a deployment would run them."""

import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from cryptography.fernet import Fernet

from bot.storage.cipher import Cipher
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store
from tests.storage.postgres_server import PostgresServer, postgres_server, why_not

DATABASES = ("SQLite", "PostgreSQL")

_AS_DEPLOYED = {"fsync": "on", "full_page_writes": "on", "autovacuum": "on", "shared_buffers": "128MB"}


class Unavailable(Exception):
    """There can be no such database here; the message says why."""


@asynccontextmanager
async def empty_store(database: str) -> AsyncGenerator[SqlStore]:
    """A store in a database that is gone with it. Raises `Unavailable`."""
    if database == "SQLite":
        with tempfile.TemporaryDirectory(prefix="easel-bench-") as directory:
            async with _opened(f"sqlite:///{Path(directory) / 'easel.db'}") as store:
                yield store
        return
    with server_as_deployed() as server:
        async with _opened(server.url(server.make_database())) as store:
            yield store


@contextmanager
def server_as_deployed() -> Generator[PostgresServer]:
    """A server that is gone with it. Raises `Unavailable`."""
    if reason := why_not():
        raise Unavailable(reason)
    with postgres_server(**_AS_DEPLOYED) as server:
        yield server


@asynccontextmanager
async def _opened(url: str) -> AsyncGenerator[SqlStore]:
    cipher = Cipher.from_key(Fernet.generate_key().decode())
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    try:
        yield store
    finally:
        await store.close()
