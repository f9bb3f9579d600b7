"""Faults on demand: each strikes once, where it was aimed, and before or after the request had its effect."""

import asyncio
import errno

import aiohttp
import pytest

from tests.wire.clients import Api
from tests.wire.discord_server import DiscordServer, Route
from tests.wire.faults import Hang, Reset, Respond, rate_limited
from tests.wire.world import Channel

BODY = {"content": "x"}


@pytest.fixture
def messages(channel: Channel) -> str:
    return f"/channels/{channel.id}/messages"


@pytest.mark.parametrize("handled", [False, True])
async def test_an_answer_is_replaced_once(
    server: DiscordServer, api: Api, channel: Channel, messages: str, *, handled: bool
) -> None:
    server.faults.inject("POST", Route.MESSAGES, Respond(502, {"message": "502: Bad Gateway"}, handled=handled))
    assert (await api("GET", f"/channels/{channel.id}"))[0] == 200
    assert await api("POST", messages, BODY) == (502, {"message": "502: Bad Gateway"})
    assert len(channel.messages) == (1 if handled else 0)
    assert server.faults.left == []
    assert (await api("POST", messages, BODY))[0] == 200
    assert [request.status for request in server.requests] == [200, 502, 200]


@pytest.mark.parametrize("handled", [False, True])
async def test_a_connection_is_cut(
    server: DiscordServer, api: Api, channel: Channel, messages: str, *, handled: bool
) -> None:
    server.faults.inject("POST", Route.MESSAGES, Reset(handled=handled))
    with pytest.raises(aiohttp.ClientOSError) as caught:
        await api("POST", messages, BODY)
    assert caught.value.errno == errno.ECONNRESET
    assert len(channel.messages) == (1 if handled else 0)
    assert server.requests[-1].payload == BODY
    assert server.requests[-1].status is None


async def test_a_rate_limit_comes_as_discord_sends_it(server: DiscordServer, api: Api, messages: str) -> None:
    server.faults.inject("POST", Route.MESSAGES, rate_limited(0.25), rate_limited(1, shared_by_all=True))
    assert len(server.faults.left) == 2
    first, second = await api("POST", messages, BODY), await api("POST", messages, BODY)
    assert [status for status, _ in (first, second)] == [429, 429]
    assert [(body["retry_after"], body["global"]) for _, body in (first, second)] == [(0.25, False), (1, True)]


async def test_a_hanging_request_does_not_keep_the_server_from_closing() -> None:
    async with DiscordServer() as server:
        api = Api(server)
        path = f"/channels/{server.world.guild().channel().id}/messages"
        server.faults.inject("POST", Route.MESSAGES, Hang())
        call = asyncio.create_task(api("POST", path, BODY))
        await server.until(lambda: server.faults.left == [])
        assert not call.done()
    async with api:
        with pytest.raises(aiohttp.ClientOSError) as caught:
            await call
        assert caught.value.errno == errno.ECONNRESET


async def test_a_caller_that_goes_away_is_forgotten(
    server: DiscordServer, messages: str, channel: Channel, caplog: pytest.LogCaptureFixture
) -> None:
    host, port = server.origin.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /api/v10{messages} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000\r\n\r\n"
    writer.write(head.encode() + b'{"content"')
    await writer.drain()
    await server.until(lambda: server.requests)
    writer.transport.abort()
    await server.until(lambda: server.requests[0].gone)
    assert server.requests[0].status is None
    assert channel.messages == []
    assert caplog.records == []


async def test_what_fails_in_the_stand_in_fails_the_test() -> None:
    async def send_nonsense() -> None:
        async with DiscordServer() as server, Api(server) as api:
            channel = server.world.guild().channel()
            status, _ = await api("POST", f"/channels/{channel.id}/messages", {"components": "nonsense"})
            assert status == 400

    with pytest.raises(ExceptionGroup):
        await send_nonsense()
