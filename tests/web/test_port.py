"""What the port takes from strangers, over real sockets."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from io import BytesIO
from ipaddress import ip_network

import aiohttp
import pytest
from structlog.testing import capture_logs

from bot.web import connections, webhook
from bot.web.limits import AddressLimit
from bot.web.server import WebServer
from tests.web.stage import NEWS, PATH, Heard, delivered, web_server

PROXY = (ip_network("127.0.0.1/32"),)


@asynccontextmanager
async def serving(server: WebServer) -> AsyncGenerator[aiohttp.ClientSession]:
    await server.start()
    try:
        async with aiohttp.ClientSession(f"http://127.0.0.1:{server.port}") as http:
            yield http
    finally:
        await server.close()


async def get(http: aiohttp.ClientSession, path: str, **headers: str) -> int:
    async with http.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}) as answer:
        return answer.status


async def post(http: aiohttp.ClientSession, body: bytes, headers: dict[str, str], path: str = PATH) -> int:
    async with http.post(path, data=BytesIO(body), headers=headers) as answer:
        return answer.status


async def sent(server: WebServer, request: bytes) -> bytes:
    """All that comes back until the port closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


def still() -> float:
    """A clock that stands still."""
    return 0.0


async def test_one_address_is_kept_within_its_limit_and_no_other_suffers() -> None:
    now = 0.0
    heard = Heard()
    limit = AddressLimit(per_second=2, burst=3, now=lambda: now)
    async with serving(web_server(heard, trusted_proxies=PROXY, limit=limit)) as http:
        flood = [await get(http, path, X_Forwarded_For="192.0.2.1") for path in ("/livez", "/nowhere", PATH, "/livez")]
        assert flood == [200, 404, 405, 429], "whatever is asked for counts"
        async with http.get("/livez", headers={"X-Forwarded-For": "192.0.2.1"}) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (429, "1")
        assert await get(http, "/livez", X_Forwarded_For="192.0.2.2") == 200
        headers = {"X-Forwarded-For": "192.0.2.3"}
        news = [await post(http, NEWS, delivered(webhook_id=f"msg_{n}") | headers) for n in range(10)]
        assert news == [200] * 10, "what Replicate has signed isn't counted"
        now = 1.0
        assert [await get(http, "/livez", X_Forwarded_For="192.0.2.1") for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    ("trusted", "forwarded", "same"),
    [
        ((), ("192.0.2.1", "192.0.2.2"), True),  # anybody may write the header
        (("127.0.0.1",), ("192.0.2.1", "192.0.2.2"), False),
        (("127.0.0.1",), ("192.0.2.1, 198.51.100.7", "192.0.2.2, 198.51.100.7"), True),  # a client's own words before
        (("127.0.0.1", "198.51.100.0/24"), ("192.0.2.1, 198.51.100.7", "192.0.2.2, 198.51.100.7"), False),
        (("127.0.0.1",), ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"), True),  # one customer's
        (("127.0.0.1",), ("2001:db8:0:1::1", "2001:db8:0:2::1"), False),
        (("127.0.0.1",), ("::ffff:192.0.2.1", "192.0.2.1"), True),
        (("127.0.0.1",), ("nonsense", "more of it"), True),
    ],
)
async def test_whose_request_it_is(trusted: tuple[str, ...], forwarded: tuple[str, str], same: bool) -> None:
    limit = AddressLimit(burst=1, now=still)
    async with serving(web_server(Heard(), trusted_proxies=[*map(ip_network, trusted)], limit=limit)) as http:
        assert [await get(http, "/livez", X_Forwarded_For=each) for each in forwarded] == [200, 429 if same else 200]


def test_no_flood_of_addresses_takes_memory() -> None:
    limit = AddressLimit(burst=1, most=100, now=still)
    assert not limit.take("the first")
    assert limit.take("the first")
    assert not any(limit.take(f"192.0.2.{n}") for n in range(1_000))
    assert len(limit._full_at) == 100


async def test_a_body_is_not_read_that_can_be_no_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection would stay open, and the answer out, while the port waits for the rest of the body."""
    monkeypatch.setattr(connections, "LINGERING_SECONDS", 0.0)
    heard = Heard()
    server = web_server(heard)
    head = "POST {} HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n{}\r\n"
    stale = {**delivered(), "webhook-timestamp": "1"}
    async with serving(server):
        for headers in ({}, stale, {**delivered(), "webhook-signature": ""}, {**delivered(), "webhook-id": "m\xe4"}):
            lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            answer = await sent(server, head.format(PATH, lines).encode("latin-1"))
            assert answer.startswith(b"HTTP/1.1 401 ")
        assert heard.asked_for == [], "nor is the database asked"
        for path in ("/webhooks/replicate/0123", "/webhooks/replicate/" + "g" * 16, "/webhooks/replicate/%00"):
            assert (await sent(server, head.format(path, "").encode())).startswith(b"HTTP/1.1 404 ")


async def test_a_body_is_capped_however_it_is_sent() -> None:
    server = web_server(Heard())
    large = NEWS + b" " * webhook.LARGEST_BODY
    async with serving(server) as http:
        assert await post(http, large, delivered(large)) == 413

        async def chunks() -> AsyncGenerator[bytes]:
            for at in range(0, len(large), 65_536):
                yield large[at : at + 65_536]

        async with http.post(PATH, data=chunks(), headers=delivered(large)) as answer:
            assert answer.status == 413
        fitting = NEWS + b" " * (webhook.LARGEST_BODY - len(NEWS))
        assert await post(http, fitting, delivered(fitting)) == 200
        zipped = delivered() | {"Content-Encoding": "gzip"}
        assert await post(http, NEWS, zipped) == 200, "signed as it came, and never unfolded"


async def test_slow_senders_keep_nobody_else_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """All the room that one address may take is taken by bodies that never end."""
    monkeypatch.setattr(connections, "LINGERING_SECONDS", 0.0)
    heard = Heard()
    server = web_server(heard, trusted_proxies=PROXY)
    head = "".join(f"{name}: {value}\r\n" for name, value in delivered().items())
    slow = f"POST {PATH} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1\r\nContent-Length: 9\r\n{head}\r\n".encode()
    async with serving(server) as http:
        crowd = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(webhook.BODIES_AT_ONCE)]
        for _, writer in crowd:
            writer.write(slow)
        for _ in crowd:
            await heard.asked.acquire()
        async with asyncio.timeout(webhook.BODY_SECONDS / 2):
            assert await post(http, NEWS, delivered() | {"X-Forwarded-For": "192.0.2.2"}) == 200
        for _, writer in crowd:
            writer.close()
        monkeypatch.setattr(webhook, "BODY_SECONDS", 0.0)
        assert (await sent(server, slow)).startswith(b"HTTP/1.1 408 ")


async def test_connections_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "MOST_OF_ONE_ADDRESS", 3)
    server = web_server(Heard())
    async with serving(server):
        crowd = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await reader.read() == b""
        writer.close()
        crowd[0][1].close()
        await crowd[0][1].wait_closed()
        request = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        crowd[1][1].write(request)
        assert (await crowd[1][0].read()).startswith(b"HTTP/1.1 200 ")
        assert (await sent(server, request)).startswith(b"HTTP/1.1 200 "), "there is room again"
        for _, writer in crowd[1:]:
            writer.close()


async def test_who_never_ends_a_head_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "IDLE_SECONDS", 0.01)
    server = web_server(Heard())
    async with serving(server):
        assert await sent(server, b"GET /livez HTTP/1.1\r\nHost: a\r\nX-Slow: ") == b""


ODD = [
    (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 404),
    (b"DELETE /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 405),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (b"GET /livez\nlevel=error HTTP/1.1\r\n\r\n", 400),
    (b"GET /livez HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 20_000 + b"\r\n\r\n", 400),
    (b"GET /livez HTTP/1.1\r\n" + b"X: y\r\n" * 500 + b"\r\n", 400),
    (b"GET /livez HTTP/1.1\r\nHost: a\r\nExpect: \xd0\r\nConnection: close\r\n\r\n", 400),
    (b"GET /livez HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nConnection: close\r\n\r\n", 417),
    (
        b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        400,
    ),
    (b"POST " + PATH.encode() + b" HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
]


async def test_what_is_odd_gets_its_status_and_leaves_no_trace(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server = web_server(Heard())
    with capture_logs() as events:
        async with serving(server):
            answers = [await sent(server, request) for request, _ in ODD]
    assert [int(answer.split()[1]) for answer in answers] == [status for _, status in ODD]
    for answer in answers:
        assert b"\r\nServer: Easel\r\n" in answer
        assert not any(each in answer.lower() for each in (b"python", b"aiohttp", b"xxxx", b"level=error"))
    assert not [each for each in caplog.records if each.exc_info or each.levelno >= logging.ERROR]
    assert "level=error" not in f"{caplog.text}{events}"
    assert [each["event"] for each in events] == ["a request that is no HTTP"], "which is told once a minute"


async def test_a_sender_who_breaks_off_leaves_no_error(caplog: pytest.LogCaptureFixture) -> None:
    heard = Heard()
    server = web_server(heard)
    head = "".join(f"{name}: {value}\r\n" for name, value in delivered().items())
    with capture_logs() as events:
        async with serving(server):
            _, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(f"POST {PATH} HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n{head}\r\n{{".encode())
            await heard.asked.acquire()
            writer.close()
            await writer.wait_closed()
    assert [each["event"] for each in events] == ["a delivery broke off"]
    assert not [each for each in caplog.records if each.exc_info or each.levelno >= logging.ERROR]


async def test_only_this_machine_learns_what_is_wrong() -> None:
    async with serving(web_server(Heard(), trusted_proxies=PROXY)) as http:
        async with http.get("/readyz") as answer:
            assert await answer.json() == {"ready": True, "checks": {"database": "ok"}}
        async with http.get("/readyz", headers={"X-Forwarded-For": "127.0.0.1"}) as answer:
            assert await answer.json() == {"ready": True}, "a proxy on this machine speaks for others"


async def test_the_database_out_of_reach() -> None:
    heard = Heard()
    heard.trouble = True
    async with serving(web_server(heard)) as http:
        assert await post(http, NEWS, delivered()) == 503
        heard.trouble = False
        assert await post(http, NEWS, delivered()) == 200
        assert [json.loads(NEWS)["id"]] == [prediction.id for _, _, prediction in heard.news]
