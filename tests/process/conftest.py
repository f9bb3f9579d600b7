"""One process of Easel for all tests of this package whose state allows it."""

from collections.abc import AsyncGenerator, Generator

import pytest
import pytest_asyncio

from tests.process.deployment import Deployment, open_deployment
from tests.process.program import EaselRun
from tests.storage.postgres_server import PostgresServer, postgres_server, why_not
from tests.wire.world import Channel, Member


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def deployment(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Deployment]:
    """With webhooks. Its process is the fixture `easel`."""
    directory = tmp_path_factory.mktemp("deployment")
    async with open_deployment(directory, new=True, EASEL_DAILY_SPEND_USD="1000") as deployment:
        yield deployment


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def easel(deployment: Deployment) -> AsyncGenerator[EaselRun]:
    """Started as its operator starts it. Those of single tests are forked, to save time."""
    async with deployment.running(forked=False, idle=True) as run:
        yield run


@pytest.fixture(scope="session")
def postgres() -> Generator[PostgresServer]:
    """A server for all tests of this process (one of several, where they are spread)."""
    if reason := why_not():
        pytest.skip(reason)
    with postgres_server() as server:
        yield server


@pytest.fixture
def channel(deployment: Deployment) -> Generator[Channel]:
    """A channel of this test's own. Nothing that was ordered to go wrong may be left for the next test."""
    yield deployment.guild.channel()
    deployment.replicate.start_gate.release()
    deployment.replicate.end_gate.release()
    assert deployment.replicate.faults.pending == 0
    assert deployment.discord.faults.left == []


@pytest.fixture
def ann(deployment: Deployment) -> Member:
    """A member of this test's own."""
    return deployment.guild.member("ann")
