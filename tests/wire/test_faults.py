"""Faults on demand: each strikes once, where it was aimed, and before or after the request had its effect."""

import asyncio
import errno
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.wire.clients import Api
from tests.wire.discord_server import DiscordServer, Route
from tests.wire.faults import KINDS, Babble, Hang, Reset, Respond, Scope, Wait, rate_limited, refused, server_error
from tests.wire.rules import Refusal
from tests.wire.world import Channel, Guild

BODY = {"content": "x"}


@pytest.fixture
def messages(channel: Channel) -> str:
    return f"/channels/{channel.id}/messages"


@pytest.fixture
async def raw(server: DiscordServer) -> AsyncIterator[aiohttp.ClientSession]:
    """For answers that aren't JSON."""
    async with aiohttp.ClientSession(headers={"Authorization": f"Bot {server.token}"}) as session:
        yield session


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
    assert server.requests[-1].payload == (BODY if handled else None), "the body was read, or it wasn't"
    assert server.requests[-1].status is None


async def test_a_rate_limit_comes_as_discord_sends_it(server: DiscordServer, api: Api, messages: str) -> None:
    limits = [rate_limited(64.57, scope=scope) for scope in (Scope.USER, Scope.SHARED, Scope.GLOBAL)]
    server.faults.inject("POST", Route.MESSAGES, *limits)
    assert len(server.faults.left) == 3
    answers = [await api("POST", messages, BODY) for _ in range(3)]
    assert [status for status, _ in answers] == [429, 429, 429]
    assert [(body["retry_after"], body["global"]) for _, body in answers] == [
        (64.57, False),
        (64.57, False),
        (64.57, True),
    ]
    headers = [call.answer_headers for call in server.requests]
    assert [each["Retry-After"] for each in headers] == ["65", "65", "65"]
    assert [each["X-RateLimit-Scope"] for each in headers] == ["user", "shared", "global"]
    assert [each.get("X-RateLimit-Remaining") for each in headers] == ["0", "4", None]
    assert [each.get("X-RateLimit-Global") for each in headers] == [None, None, "true"]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if not kind.startswith(("hang", "reset", "no HTTP"))])
async def test_an_answer_that_means_nothing(
    server: DiscordServer, channel: Channel, messages: str, kind: str, raw: aiohttp.ClientSession
) -> None:
    """As it comes over the wire, and whether the call had its effect all the same."""
    server.faults.inject("POST", Route.MESSAGES, KINDS[kind])
    async with raw.post(server.api_url + messages, json=BODY) as response:
        status, media_type, text = response.status, response.content_type, await response.text()
    assert len(channel.messages) == ("after" in kind or "malformed" in kind)
    assert status == (200 if "malformed" in kind else int(kind[:3]))
    if kind in {"429 of the proxy", "502", "502 after its effect"}:
        assert (media_type, "Via" in response.headers) == ("text/html", False)
    else:
        assert (media_type, response.headers["Via"]) == ("application/json", "1.1 google")
    readable = True
    try:
        json.loads(text)
    except ValueError:
        readable = False
    assert readable is (media_type == "application/json" and "malformed" not in kind)


@pytest.mark.parametrize("handled", [False, True])
async def test_an_answer_that_is_no_http(
    server: DiscordServer, api: Api, channel: Channel, messages: str, *, handled: bool
) -> None:
    server.faults.inject("POST", Route.MESSAGES, Babble(handled=handled))
    with pytest.raises(aiohttp.ClientResponseError):
        await api("POST", messages, BODY)
    assert len(channel.messages) == (1 if handled else 0)


async def test_the_next_so_many_calls_are_struck(server: DiscordServer, api: Api, messages: str) -> None:
    server.faults.inject("POST", Route.MESSAGES, server_error(), times=3)
    assert [(await api("POST", messages, BODY))[0] for _ in range(4)] == [500, 500, 500, 200]
    server.faults.inject("POST", Route.MESSAGES, server_error(), times=3)
    server.faults.lift()
    assert (await api("POST", messages, BODY))[0] == 200


async def test_a_fault_can_wait_for_one_channels_calls(
    server: DiscordServer, api: Api, guild: Guild, messages: str
) -> None:
    other = guild.channel()
    server.faults.inject("POST", Route.MESSAGES, server_error(), channel_id=other.id)
    assert (await api("POST", messages, BODY))[0] == 200
    assert (await api("POST", f"/channels/{other.id}/messages", BODY))[0] == 500


@pytest.mark.parametrize("handled", [False, True])
async def test_an_answer_waits_until_it_is_let_go(
    server: DiscordServer, api: Api, channel: Channel, messages: str, *, handled: bool
) -> None:
    gate = asyncio.Event()
    server.faults.inject("POST", Route.MESSAGES, Wait(gate, handled))
    call = asyncio.create_task(api("POST", messages, BODY))
    await server.until(lambda: server.requests and server.requests[0].payload)
    assert len(channel.messages) == (1 if handled else 0)
    assert not call.done()
    gate.set()
    assert (await call)[0] == 200
    assert len(channel.messages) == 1


async def test_an_error_of_discords_own_on_demand(server: DiscordServer, api: Api, messages: str) -> None:
    server.faults.inject("POST", Route.MESSAGES, refused(Refusal.MISSING_ACCESS))
    assert await api.refusal("POST", messages, BODY) == (403, 50001)


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
