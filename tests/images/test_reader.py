"""The reader against a real server, which behaves as badly as servers do."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from bot.domain.errors import PictureTooHeavy, PictureUnreadable
from bot.domain.hosts import AllowedHosts
from bot.domain.request import Attachment
from bot.images.reader import AttachmentReader

HOSTS = AllowedHosts(("127.0.0.1", "cdn.discordapp.com"))
PICTURE = bytes(range(256)) * 40

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncGenerator[TestServer]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    server = TestServer(app)
    await server.start_server()
    try:
        yield server
    finally:
        await server.close()


@pytest.fixture
async def reader() -> AsyncIterator[AttachmentReader]:
    async with AttachmentReader(HOSTS, limit_bytes=100_000) as reader:
        yield reader


def attachment(url: object, size: int = len(PICTURE)) -> Attachment:
    return Attachment(1, "cat.png", str(url), size, "image/png")


async def answer(_: web.Request) -> web.StreamResponse:
    return web.Response(body=PICTURE, content_type="image/png")


async def test_the_bytes_come_as_they_are(reader: AttachmentReader) -> None:
    async with serving(answer) as server:
        assert await reader.read(attachment(server.make_url("/cat.png"))) == PICTURE


async def test_a_signature_in_the_url_arrives_untouched(reader: AttachmentReader) -> None:
    seen: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append(request.raw_path)
        return await answer(request)

    async with serving(handler) as server:
        path = "/a%2Fb/c%20d.png?ex=65%2B&is=A+B&hm=%e2%9c%93&"
        await reader.read(attachment(f"{server.make_url('')}".rstrip("/") + path))
    assert seen == [path]


async def test_nothing_about_us_is_told_and_nothing_is_remembered(reader: AttachmentReader) -> None:
    seen: list[set[str]] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        seen.append({name.lower() for name in request.headers})
        response = web.Response(body=PICTURE)
        response.set_cookie("who", "you")
        return response

    async with serving(handler) as server:
        await reader.read(attachment(server.make_url("/1")))
        await reader.read(attachment(server.make_url("/2")))
    assert all(not headers & {"cookie", "authorization", "referer"} for headers in seen)
    assert len(seen) == 2


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/cat.png",
        "http://cdn.discordapp.com/cat.png",
        "https://cdn.discordapp.com.example.org/cat.png",
        "https://user:secret@cdn.discordapp.com/cat.png",
        "https://cdn.discordapp.com@example.org/cat.png",
        "https://example.org\\@cdn.discordapp.com/cat.png",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/cat.png",
        "http://[::1]/cat.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//cdn.discordapp.com/cat.png",
        "https:///cat.png",
        "https://cdn.discordapp.com:99999/cat.png",
        "cat.png",
        "",
    ],
)
async def test_other_hosts_are_never_asked(reader: AttachmentReader, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[URL] = []

    async def connect(_: aiohttp.TCPConnector, request: aiohttp.ClientRequest, **_more: object) -> None:
        asked.append(request.url)
        raise aiohttp.ClientConnectionError

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", connect)
    with pytest.raises(PictureUnreadable) as caught:
        await reader.read(attachment(url))
    assert caught.value == PictureUnreadable("cat.png")
    assert asked == []
    with pytest.raises(PictureUnreadable):
        await reader.read(attachment("https://cdn.discordapp.com/cat.png"))
    assert asked == [URL("https://cdn.discordapp.com/cat.png")]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(reader: AttachmentReader, status: int) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        if request.path == "/elsewhere":
            return await answer(request)
        return web.Response(status=status, headers={"Location": "/elsewhere"})

    async with serving(handler) as server:
        with pytest.raises(PictureUnreadable):
            await reader.read(attachment(server.make_url("/cat.png")))
    assert asked == ["/cat.png"]


@pytest.mark.parametrize("status", [204, 206, 403, 404, 410, 500, 503])
async def test_any_other_status_is_no_picture(reader: AttachmentReader, status: int) -> None:
    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(status=status, body=b"" if status == 204 else PICTURE)

    async with serving(handler) as server:
        with pytest.raises(PictureUnreadable):
            await reader.read(attachment(server.make_url("/cat.png")))


async def test_what_is_declared_too_heavy_is_not_asked_for(reader: AttachmentReader) -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.StreamResponse:
        asked.append(request.path)
        return await answer(request)

    async with serving(handler) as server:
        with pytest.raises(PictureTooHeavy) as caught:
            await reader.read(attachment(server.make_url("/cat.png"), size=60_000_000))
    assert caught.value == PictureTooHeavy("cat.png", 60_000_000, 100_000)
    assert asked == []


async def test_the_limit_is_exact(reader: AttachmentReader) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.Response(body=bytes(int(request.path[1:])))

    async with serving(handler) as server:
        assert len(await reader.read(attachment(server.make_url("/100000")))) == 100_000
        with pytest.raises(PictureTooHeavy):
            await reader.read(attachment(server.make_url("/100001")))


async def test_a_length_that_the_server_declares_is_believed_when_it_is_too_much(reader: AttachmentReader) -> None:
    sent = 0

    async def handler(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Length": "60000000"})
        await response.prepare(request)
        with suppress(ConnectionError):
            while sent < 60_000_000:
                await response.write(bytes(64_000))
                sent += 64_000
        return response

    async with serving(handler) as server:
        with pytest.raises(PictureTooHeavy) as caught:
            await reader.read(attachment(server.make_url("/cat.png")))
    assert caught.value.size == 60_000_000
    assert sent < 20_000_000  # what fits into the sockets' buffers


async def test_a_body_that_never_ends_is_cut_at_the_limit(reader: AttachmentReader) -> None:
    gone = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()  # chunked: it declares nothing
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(10_000))
        finally:
            gone.set()

    async with serving(handler) as server:
        with pytest.raises(PictureTooHeavy) as caught:
            await reader.read(attachment(server.make_url("/cat.png"), size=10))
        assert 100_000 < caught.value.size <= 100_000 + 64 * 1024
        await asyncio.wait_for(gone.wait(), 5)  # the connection is closed, not drained


async def test_a_body_that_unfolds_is_counted_as_it_came(reader: AttachmentReader) -> None:
    packed = b"\x1f\x8b" + bytes(500)

    async def handler(_: web.Request) -> web.StreamResponse:
        return web.Response(body=packed, headers={"Content-Encoding": "gzip"})

    async with serving(handler) as server:
        assert await reader.read(attachment(server.make_url("/cat.png"))) == packed


async def test_a_body_that_breaks_off_is_unreadable(reader: AttachmentReader) -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(bytes(500))
        assert request.transport is not None
        request.transport.close()
        return response

    async with serving(handler) as server:
        with pytest.raises(PictureUnreadable):
            await reader.read(attachment(server.make_url("/cat.png")))


@pytest.mark.parametrize("begun", [False, True])
async def test_a_server_that_falls_silent_is_given_up(*, begun: bool) -> None:
    over = asyncio.Event()

    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        if begun:
            await response.prepare(request)
            await response.write(bytes(500))
        await over.wait()
        return response

    async with serving(handler) as server, AttachmentReader(HOSTS, timeout=0.05) as reader:
        with pytest.raises(PictureUnreadable):
            await reader.read(attachment(server.make_url("/cat.png")))
        over.set()


async def test_a_server_that_is_not_there_is_unreadable(reader: AttachmentReader) -> None:
    async with serving(answer) as server:
        url = server.make_url("/cat.png")
    with pytest.raises(PictureUnreadable) as caught:
        await reader.read(attachment(url))
    # The URL is signed: it stays out of whatever is logged of this.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


async def test_it_must_be_started() -> None:
    with pytest.raises(RuntimeError):
        await AttachmentReader(HOSTS).read(attachment("https://cdn.discordapp.com/cat.png"))
