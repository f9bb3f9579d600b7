"""A store to test, over each database that Easel runs on."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.storage.cipher import Cipher
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store

Opener = Callable[[], Awaitable[SqlStore]]


@pytest.fixture(scope="session")
def cipher() -> Cipher:
    return Cipher.from_key(Fernet.generate_key().decode())


@pytest.fixture(scope="session")
def migrated_file(cipher: Cipher, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database, to copy instead of migrating anew for every test."""
    path = tmp_path_factory.mktemp("migrated") / "easel.db"
    asyncio.run(migrate(f"sqlite:///{path}", cipher))
    return path


@pytest.fixture
def sqlite_file(migrated_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated_file, tmp_path / "easel.db"))


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated and otherwise empty database of the test's own."""
    match request.param:
        case "sqlite":
            yield f"sqlite:///{request.getfixturevalue('sqlite_file')}"
        case other:
            raise NotImplementedError(other)


@pytest.fixture
async def open_another(database_url: str, cipher: Cipher) -> AsyncIterator[Opener]:
    """Opens the test's database once more, as a restart would; all is closed with the test."""
    async with AsyncExitStack() as stack:

        async def opener() -> SqlStore:
            store = await open_store(database_url, cipher)
            stack.push_async_callback(store.close)
            return store

        yield opener


@pytest.fixture
async def store(open_another: Opener) -> SqlStore:
    return await open_another()
