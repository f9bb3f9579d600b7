"""Troubles of a PostgreSQL server, met by a living process: it says what is the matter, waits, and goes on."""

from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager

import pytest
import pytest_asyncio

from tests.process.deployment import open_deployment
from tests.process.troubled import Site, Trouble, live_through
from tests.storage.postgres_server import postgres_server, why_not

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Site]:
    if reason := why_not():
        pytest.skip(reason)
    with postgres_server() as server:
        database = server.make_database()
        directory = tmp_path_factory.mktemp("troubled")
        async with open_deployment(directory, DATABASE_URL=server.url(database)) as deployment:
            async with deployment.running(well=False) as run:
                await run.logged("ready")
                yield Site(deployment, run, server, database)
            assert "Traceback" not in run.output


@contextmanager
def stopped(site: Site) -> Generator[None]:
    assert site.server is not None
    site.server.stop()
    try:
        yield
    finally:
        site.server.start()


@contextmanager
def read_only(site: Site) -> Generator[None]:
    """As a primary is that became a standby."""
    assert site.server is not None
    site.server.query("ALTER SYSTEM SET default_transaction_read_only = on")
    site.server.query("SELECT pg_reload_conf()")
    try:
        yield
    finally:
        site.server.query("ALTER SYSTEM RESET default_transaction_read_only")
        site.server.query("SELECT pg_reload_conf()")


@contextmanager
def migrated_by_another(site: Site) -> Generator[None]:
    assert site.server is not None
    [[revision]] = site.server.query("SELECT version_num FROM alembic_version", site.database)
    site.server.query("UPDATE alembic_version SET version_num = '9999'", site.database)
    try:
        yield
    finally:
        site.server.query(f"UPDATE alembic_version SET version_num = '{revision}'", site.database)


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        pytest.param(stopped, "the server can't be reached: see that it runs", id="stopped"),
        pytest.param(read_only, "it takes no writes: it is a standby, or was made read-only", id="read-only"),
        pytest.param(migrated_by_another, "The database was migrated by a newer version of Easel", id="newer"),
    ],
)
async def test_what_was_admitted_waits_and_is_delivered_once(
    site: Site, trouble: Trouble, words: str, request: pytest.FixtureRequest
) -> None:
    await live_through(site, trouble, words, request.node.name)
