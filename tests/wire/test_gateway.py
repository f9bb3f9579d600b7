"""The gateway by bare websockets: its opcodes, its compression, its close codes."""

import json
import zlib
from typing import Any

import aiohttp
import pytest
import zstandard

from tests.wire.clients import Api
from tests.wire.conftest import IMAGINE
from tests.wire.discord_server import DiscordServer
from tests.wire.gateway import NotConnected
from tests.wire.rules import JSON
from tests.wire.world import Channel, Member


def identify(server: DiscordServer, **changes: Any) -> JSON:
    return {"op": 2, "d": {"token": server.token, "intents": 1, "properties": {}} | changes}


@pytest.mark.parametrize("compress", ["zlib-stream", "zstd-stream", None])
async def test_payloads_are_compressed_as_one_stream(
    server: DiscordServer, api: Api, channel: Channel, compress: str | None
) -> None:
    inflate: Any = {"zlib-stream": zlib.decompressobj(), "zstd-stream": zstandard.ZstdDecompressor().decompressobj()}
    query = {} if compress is None else {"compress": compress}

    async def receive(socket: aiohttp.ClientWebSocketResponse) -> JSON:
        message = await socket.receive(timeout=10)
        if compress is None:
            return json.loads(message.data)
        assert isinstance(message.data, bytes)
        assert compress != "zlib-stream" or message.data.endswith(b"\x00\x00\xff\xff")
        return json.loads(inflate[compress].decompress(message.data))

    async with await api.websocket(**query) as socket:
        assert (await receive(socket))["op"] == 10
        await socket.send_json({"op": 1, "d": None})
        assert (await receive(socket))["op"] == 11
        await socket.send_json(identify(server))
        ready, guild = await receive(socket), await receive(socket)
    assert (ready["t"], ready["s"]) == ("READY", 1)
    assert ready["d"]["guilds"] == [{"id": guild["d"]["id"], "unavailable": True}]
    assert (guild["t"], guild["s"]) == ("GUILD_CREATE", 2)
    assert guild["d"]["channels"][0]["id"] == str(channel.id)


async def test_a_heartbeat_can_be_asked_for_and_what_befalls_all(server: DiscordServer, api: Api) -> None:
    async with await api.websocket() as socket:
        await socket.receive_json(timeout=10)
        await socket.send_json(identify(server, intents=0))
        await socket.receive_json(timeout=10)
        await server.gateway.request_heartbeat()
        await server.gateway.reconnect()
        await server.gateway.invalidate(resumable=True)
        heard = [await socket.receive_json(timeout=10) for _ in range(3)]
    assert [(each["op"], each["d"]) for each in heard] == [(1, None), (7, None), (9, True)]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"token": "wrong"}, 4004, id="token"),
        pytest.param({"shard": [1, 1]}, 4010, id="shard"),
        pytest.param({"intents": 1 << 15}, 4014, id="intents"),
    ],
)
async def test_an_identify_is_refused(server: DiscordServer, api: Api, changes: JSON, code: int) -> None:
    async with await api.websocket() as socket:
        await socket.receive_json(timeout=10)
        await socket.send_json(identify(server, **changes))
        await socket.receive(timeout=10)
        assert socket.close_code == code
    assert server.gateway.identifies == 0


async def test_a_session_is_resumed_from_where_it_was(
    server: DiscordServer, api: Api, channel: Channel, ann: Member
) -> None:
    await api.sync(IMAGINE)
    async with await api.websocket() as socket:
        await socket.receive_json(timeout=10)
        await socket.send_json(identify(server, intents=0))
        ready = await socket.receive_json(timeout=10)
        await server.gateway.ready()
        await socket.close(code=4000)
    await server.until(lambda: all(each.connection is None for each in server.gateway.sessions.values()))
    interaction = await server.slash(ann, channel, "imagine", prompt="x")

    async with await api.websocket() as socket:
        await socket.receive_json(timeout=10)
        resume = {"token": server.token, "session_id": ready["d"]["session_id"], "seq": ready["s"]}
        await socket.send_json({"op": 6, "d": resume})
        missed, resumed = await socket.receive_json(timeout=10), await socket.receive_json(timeout=10)
        assert (missed["t"], missed["d"]["token"]) == ("INTERACTION_CREATE", interaction.token)
        assert resumed["t"] == "RESUMED"
        await socket.close(code=1000)
    await server.until(lambda: not server.gateway.sessions)

    async with await api.websocket() as socket:
        await socket.receive_json(timeout=10)
        await socket.send_json({"op": 6, "d": resume})
        assert await socket.receive_json(timeout=10) == {"op": 9, "d": False, "s": None, "t": None}


async def test_without_a_bot_nothing_listens(server: DiscordServer, api: Api, channel: Channel, ann: Member) -> None:
    await api.sync(IMAGINE)
    with pytest.raises(NotConnected):
        await server.slash(ann, channel, "imagine", prompt="x")


async def test_each_shard_hears_of_its_own_guilds(server: DiscordServer, api: Api) -> None:
    server.gateway.shards = 2
    guilds = [server.world.guild(f"guild {number}") for number in range(2)]
    guilds[1].id = guilds[0].id + (1 << 22)  # the next shard's
    server.world.guilds = {guild.id: guild for guild in guilds}
    assert (await api("GET", "/gateway/bot"))[1]["shards"] == 2
    heard: set[str] = set()
    for shard in range(2):
        async with await api.websocket() as socket:
            await socket.receive_json(timeout=10)
            await socket.send_json(identify(server, shard=[shard, 2]))
            ready = await socket.receive_json(timeout=10)
            [guild] = ready["d"]["guilds"]
            heard.add(guild["id"])
    assert heard == {str(guild.id) for guild in guilds}
    assert (await api("GET", "/gateway/bot"))[1]["session_start_limit"]["remaining"] == 998
