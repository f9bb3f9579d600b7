"""A logged-in client with its announcer, against the stand-in for Discord, and a job whose card is there."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from discord.http import Route as HttpRoute

from bot.chat.client import EaselClient, use_api
from tests.delivery.stage import Stage
from tests.wire.clients import Api
from tests.wire.conftest import IMAGINE
from tests.wire.discord_server import DiscordServer
from tests.wire.specification import Specification, discord_specification


@pytest.fixture(scope="session")
def specification() -> Specification | None:
    return discord_specification()


@pytest.fixture
async def stage(specification: Specification | None) -> AsyncIterator[Stage]:
    """What went over the wire is held against Discord's file in the end, where that is at hand."""
    base = HttpRoute.BASE
    async with DiscordServer() as server, Api(server) as api:
        use_api(server.api_url)
        client = EaselClient(connector=aiohttp.TCPConnector(limit=50))
        try:
            await api.listen()
            await api.sync(IMAGINE)
            await client.login(server.token, sync=False)
            stage = Stage(server, client, api)
            await stage.ask()
            server.requests.clear()
            yield stage
        finally:
            await client.close()
            HttpRoute.BASE = base
        assert server.unknown_requests == []
        for call in server.requests if specification else ():
            if call.status is not None and call.status < 500 and not isinstance(call.answer, str | bytes):
                assert specification is not None
                assert specification.problems(call) == []
