"""One quota unit, and a hundred requests for it at once over two processes on PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import pytest
import pytest_asyncio

from tests.process.deployment import Deployment, SharedDatabase, open_deployment
from tests.process.program import PATIENCE, EaselRun
from tests.storage.postgres_server import PostgresServer
from tests.wire.discord_server import Interaction
from tests.wire.timing import Clock

pytestmark = pytest.mark.asyncio(loop_scope="package")

REQUESTS, PROCESSES = 100, 2
REFUSED = "You have used your 1 picture for today"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def deployment(tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer) -> AsyncGenerator[Deployment]:
    shared = SharedDatabase(postgres, postgres.make_database())
    directory = tmp_path_factory.mktemp("quota")
    async with open_deployment(directory, shared=shared, EASEL_MEMBER_DAILY_PICTURES="1") as deployment:
        yield deployment
    postgres.drop_database(shared.name)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def processes(deployment: Deployment) -> AsyncGenerator[list[EaselRun]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(deployment.running(well=False)) for _ in range(PROCESSES)]


async def test_one_of_a_hundred_is_admitted(deployment: Deployment, processes: list[EaselRun]) -> None:
    """Discord tells both processes of each, so that two hundred admissions compete."""
    discord, member, channel = deployment.discord, deployment.guild.member("ann"), deployment.guild.channel()
    assert len({run.pid for run in processes}) == PROCESSES
    # A slow machine would answer two hundred at once later than Discord waits, and this isn't about that.
    discord.world.clock = Clock(stopped_at=datetime.now(UTC))
    interactions = await asyncio.gather(
        *(discord.slash(member, channel, "imagine", prompt=f"wish {wish}", quality="low") for wish in range(REQUESTS))
    )
    await asyncio.gather(*(each.answered() for each in interactions))
    await discord.until(lambda: all(outcome(each) for each in interactions), PATIENCE)

    (admitted,) = (each for each in interactions if outcome(each) == "pictures")
    for each in interactions:
        if each is not admitted:
            (refusal,) = (message for message in each.messages if not message.deleted)
            assert refusal.ephemeral
    (run,) = deployment.replicate.runs
    assert run is deployment.run_of(admitted)
    books = await deployment.settled(processes[0], channel)
    # Looked at before they are stopped, which cuts off what the one that came too late still had to say.
    assert not [line for each in processes for line in each.log if line.get("level") in {"error", "critical"}]
    assert [(kind, pictures) for kind, _, pictures in books.ledger] == [("hold", 1), ("capture", 1)]


def outcome(interaction: Interaction) -> str | None:
    """What its member has in the end, once that and nothing else is there."""
    there = [each for each in interaction.messages if not each.deleted]
    if len(there) != 1:
        return None
    return "pictures" if there[0].pictures else "refusal" if REFUSED in there[0].text else None
