from collections.abc import AsyncGenerator

import pytest

from bot.demo.replicate_server import ReplicateServer
from bot.replicate.client import ReplicateClient
from tests.clocks import LeapingClock
from tests.replicate import support
from tests.replicate.receiver import Receiver


@pytest.fixture
def clock() -> LeapingClock:
    """The client's."""
    return LeapingClock()


@pytest.fixture
async def replicate() -> AsyncGenerator[ReplicateServer]:
    async with support.server(webhook_retry_delays=()) as server:
        yield server


@pytest.fixture
async def client(replicate: ReplicateServer, clock: LeapingClock) -> AsyncGenerator[ReplicateClient]:
    async with support.client(replicate.url, clock) as client:
        yield client


@pytest.fixture
async def receiver() -> AsyncGenerator[Receiver]:
    async with Receiver() as receiver:
        yield receiver
