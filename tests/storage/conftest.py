"""A store to test, over each database that Easel runs on."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from itertools import count
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.storage.cipher import Cipher
from bot.storage.moderation_tables import metadata
from bot.storage.schema import KEY_CHECK, ROOT, migrate
from bot.storage.store import SqlStore, open_store
from tests.storage.house import House
from tests.storage.postgres_server import PostgresServer, postgres_server, why_not

Opener = Callable[[], Awaitable[SqlStore]]
NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def secret_key() -> str:
    return Fernet.generate_key().decode()


@pytest.fixture(scope="session")
def cipher(secret_key: str) -> Cipher:
    return Cipher.from_key(secret_key)


@pytest.fixture(scope="session")
def migrated_file(cipher: Cipher, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database, to copy instead of migrating anew for every test."""
    path = tmp_path_factory.mktemp("migrated") / "easel.db"
    asyncio.run(migrate(f"sqlite:///{path}", cipher))
    return path


@pytest.fixture
def sqlite_file(migrated_file: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(migrated_file, tmp_path / "easel.db"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server for all tests of this process (one of several, where they are spread)."""
    if reason := why_not():
        pytest.skip(reason)
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated_name(postgres: PostgresServer, cipher: Cipher) -> str:
    """A PostgreSQL database, to empty for every test: making one takes longer."""
    name = postgres.make_database()
    asyncio.run(migrate(postgres.url(name), cipher))
    return name


@pytest.fixture(params=["sqlite", "postgresql"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """Answers the URL of a database that is migrated and otherwise empty. What it answered before is of no more use."""
    match request.param:
        case "sqlite":
            migrated: Path = request.getfixturevalue("migrated_file")
            numbers = count(1)
            return lambda: f"sqlite:///{shutil.copy(migrated, tmp_path / f'easel-{next(numbers)}.db')}"
        case "postgresql":
            postgres: PostgresServer = request.getfixturevalue("postgres")
            name: str = request.getfixturevalue("migrated_name")
            return lambda: emptied(postgres, name)
        case other:
            raise NotImplementedError(other)


@pytest.fixture
def postgres_url(postgres: PostgresServer, migrated_name: str) -> str:
    """The same on PostgreSQL alone."""
    return emptied(postgres, migrated_name)


@pytest.fixture
def own_postgres_url(postgres: PostgresServer, migrated_name: str) -> Iterator[str]:
    """A database that may be left as no other test could use it: under another key, say."""
    emptied(postgres, migrated_name)
    name = postgres.make_database(migrated_name)
    yield postgres.url(name)
    postgres.drop_database(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def own_url(request: pytest.FixtureRequest) -> str:
    """The same, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('sqlite_file')}"
    return request.getfixturevalue("own_postgres_url")


def emptied(postgres: PostgresServer, name: str) -> str:
    others = "datname = current_database() AND pid <> pg_backend_pid()"
    postgres.query(
        f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {others};"
        "SET session_replication_role = replica;"  # no triggers
        f"DELETE FROM deployment WHERE name NOT IN ('{KEY_CHECK}', '{ROOT}');"
        + "".join(f"DELETE FROM {table.name};" for table in metadata.sorted_tables if table.name != "deployment"),
        name,
    )
    return postgres.url(name)


@pytest.fixture
def database_url(new_database: NewDatabase) -> str:
    """A database of the test's own."""
    return new_database()


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


@pytest.fixture
def house(tmp_path: Path, migrated_file: Path, cipher: Cipher) -> House:
    """With a database that is empty."""
    (tmp_path / "data").mkdir(mode=0o700)
    shutil.copy(migrated_file, tmp_path / "data" / "easel.db")
    return House(tmp_path / "data", cipher)


@pytest.fixture
def another(tmp_path: Path, cipher: Cipher) -> House:
    """Where nothing is yet."""
    return House(tmp_path / "another", cipher)
