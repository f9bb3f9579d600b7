"""The stand-in, its clock stopped, and a guild in it with a channel and a member."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.wire.clients import Api, Imagine, Run, SketchClient, running
from tests.wire.discord_server import DiscordServer, Interaction
from tests.wire.rules import JSON
from tests.wire.timing import Clock
from tests.wire.world import Channel, Guild, Member

IMAGINE: JSON = {
    "name": "imagine",
    "description": "Make pictures",
    "options": [
        {"type": 3, "name": "prompt", "description": "what to see", "required": True, "max_length": 4000},
        {"type": 11, "name": "image", "description": "a picture to start from"},
    ],
}


@pytest.fixture
async def server() -> AsyncIterator[DiscordServer]:
    async with DiscordServer(clock=Clock(stopped_at=datetime.now(UTC))) as server:
        yield server


@pytest.fixture
def guild(server: DiscordServer) -> Guild:
    return server.world.guild()


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel()


@pytest.fixture
def ann(guild: Guild) -> Member:
    return guild.member("ann")


@pytest.fixture
async def api(server: DiscordServer) -> AsyncIterator[Api]:
    async with Api(server) as api:
        yield api


@pytest.fixture
async def bare(api: Api) -> Api:
    """Bare calls beside a session that only listens, with `/imagine` synced: the answers are up to the test."""
    await api.listen()
    await api.sync(IMAGINE)
    return api


@pytest.fixture
async def interaction(server: DiscordServer, bare: Api, ann: Member, channel: Channel) -> Interaction:
    return await server.slash(ann, channel, "imagine", prompt="a fox")


@pytest.fixture
def run(server: DiscordServer) -> Run:
    @asynccontextmanager
    async def start(imagine: Imagine, **options: Any) -> AsyncGenerator[SketchClient]:
        client = SketchClient(imagine, **options)
        async with running(server, client):
            yield client
        assert client.errors == []
        assert server.unknown_requests == []

    return start
