"""The client against everything that can go wrong between it and Replicate, over real sockets."""

import asyncio
import socket
import traceback
from collections.abc import AsyncGenerator, Callable

import pytest

from bot.demo.replicate_faults import (
    Cut,
    Fault,
    Garble,
    Hang,
    LoseAnswer,
    Reset,
    Respond,
    Wait,
    out_of_credit,
    throttled,
)
from bot.demo.replicate_server import ReplicateServer
from bot.domain.account import OPERATOR
from bot.domain.errors import BadToken, InputRejected, OutOfCredit, PicturesGone
from bot.replicate import client as client_module
from bot.replicate.client import BACKOFF, ReplicateClient
from bot.service.ports import AnswerLost, NeverSent, Throttled
from tests.clocks import LeapingClock
from tests.replicate import support
from tests.replicate.receiver import Receiver
from tests.replicate.support import ACCOUNT, MISTYPED_ACCOUNT, REVOKED_ACCOUNT, submission

SOON = 0.2  # seconds


@pytest.fixture
async def hasty(replicate: ReplicateServer, clock: LeapingClock) -> AsyncGenerator[ReplicateClient]:
    """A client for what never gets an answer anyway."""
    async with support.client(replicate.url, clock, api_seconds=SOON) as client:
        yield client


# -------------------------------------------------------------------------------------------------- creates

REFUSED: list[tuple[Fault, Exception]] = [
    (Respond(401, {"title": "Unauthenticated", "detail": "no", "status": 401}), BadToken()),
    (Respond(403), BadToken()),
    (out_of_credit(), OutOfCredit()),
    (throttled(7), Throttled(7)),
    (Respond(404, {"title": "Not found", "detail": "No such model.", "status": 404}), InputRejected("No such model.")),
    (Respond(413, b"<html>too large"), InputRejected("HTTP 413")),
]

LOST_ON_THE_WAY: list[Fault] = [
    Hang(),
    Reset(),
    Respond(500),
    Respond(502, b"<html>bad gateway"),
    Respond(503, b"", {"Retry-After": "1"}),
    Respond(408),
    Respond(307, b"", {"Location": "/v1/account"}),
]

UNREADABLE: list[Fault] = [Respond(200, b"<html>all is well"), Respond(201, {"status": "starting"})]

DONE_BUT_LOST: list[Fault] = [LoseAnswer(), Hang(done=True), Garble(), Garble(b"[]"), Cut(40)]


@pytest.mark.parametrize(("fault", "expected"), REFUSED, ids=lambda each: repr(each)[:40])
async def test_a_refused_create_says_so(
    replicate: ReplicateServer, client: ReplicateClient, fault: Fault, expected: Exception
) -> None:
    replicate.faults.order(fault)
    with pytest.raises(type(expected)) as caught:
        await client.create(ACCOUNT, submission())
    assert caught.value == expected
    assert len(replicate.requests) == 1


@pytest.mark.parametrize("fault", LOST_ON_THE_WAY + UNREADABLE + DONE_BUT_LOST, ids=lambda each: repr(each)[:40])
async def test_a_create_without_a_trustworthy_answer_is_lost_and_not_sent_again(
    replicate: ReplicateServer, client: ReplicateClient, hasty: ReplicateClient, fault: Fault
) -> None:
    replicate.faults.order(fault)
    with pytest.raises(AnswerLost):
        await (hasty if isinstance(fault, Hang) else client).create(ACCOUNT, submission())
    expected_runs = 1 if fault in DONE_BUT_LOST else 0
    await replicate.until(lambda: replicate.requests and len(replicate.runs) == expected_runs)
    assert len(replicate.requests) == 1


async def test_a_create_that_found_no_server_was_never_sent(clock: LeapingClock) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and not listening: nobody else gets the port, and connections fail
        async with support.client(f"http://127.0.0.1:{taken.getsockname()[1]}/v1", clock) as client:
            with pytest.raises(NeverSent):
                await client.create(ACCOUNT, submission())


async def test_wrong_input_names_the_fields(client: ReplicateClient) -> None:
    with pytest.raises(InputRejected) as caught:
        await client.create(ACCOUNT, submission(quality="best", number_of_images=11))
    assert "quality: Must be one of" in caught.value.detail
    assert "number_of_images: Must be less than or equal to 10" in caught.value.detail


@pytest.mark.parametrize("account", [REVOKED_ACCOUNT, MISTYPED_ACCOUNT])
async def test_a_token_that_replicate_does_not_know(client: ReplicateClient, account: str) -> None:
    with pytest.raises(BadToken):
        await client.create(account, submission())
    with pytest.raises(BadToken):
        await client.check_account(account)


# -------------------------------------------------------------------------------- calls that may be repeated


@pytest.mark.parametrize("fault", [*LOST_ON_THE_WAY[1:], LoseAnswer()], ids=lambda each: repr(each)[:40])
async def test_a_read_is_tried_three_times(
    replicate: ReplicateServer, client: ReplicateClient, clock: LeapingClock, fault: Fault
) -> None:
    created = await client.create(ACCOUNT, submission())
    # After a reset aiohttp asks once more by itself, where that is safe.
    replicate.faults.order(fault, method="GET", times=4 if isinstance(fault, Reset | LoseAnswer) else 2)
    assert (await client.get(ACCOUNT, created.id)).id == created.id
    assert replicate.faults.pending == 0
    assert clock.slept == list(BACKOFF)


async def test_a_read_is_given_up_after_the_third_try(
    replicate: ReplicateServer, client: ReplicateClient, clock: LeapingClock
) -> None:
    replicate.faults.order(Respond(500), times=10)
    with pytest.raises(AnswerLost):
        await client.check_account(ACCOUNT)
    assert len(replicate.requests) == 3
    assert clock.slept == list(BACKOFF)


async def test_a_read_that_hangs_is_given_up_each_time(replicate: ReplicateServer, hasty: ReplicateClient) -> None:
    replicate.faults.order(Hang(), times=3)
    with pytest.raises(AnswerLost):
        await hasty.check_account(ACCOUNT)
    await replicate.until(lambda: replicate.faults.pending == 0)


@pytest.mark.parametrize("fault", [*UNREADABLE, Garble()], ids=lambda each: repr(each)[:40])
async def test_an_answer_that_cant_be_read_is_lost(
    replicate: ReplicateServer, client: ReplicateClient, fault: Fault
) -> None:
    replicate.faults.order(fault, times=3)
    with pytest.raises(AnswerLost):
        await client.check_account(ACCOUNT)
    assert len(replicate.requests) == 3


async def test_a_cancel_and_an_upload_are_repeated_too(replicate: ReplicateServer, client: ReplicateClient) -> None:
    replicate.end_gate.hold()
    created = await client.create(ACCOUNT, submission())
    replicate.faults.order(LoseAnswer(), path="*/cancel")
    assert (await client.cancel(ACCOUNT, created.id)).status == "canceled"
    replicate.faults.order(Reset(), path="/v1/files")
    assert await client.upload(ACCOUNT, "a.png", "image/png", b"data")


async def test_no_redirect_takes_the_token_along(
    replicate: ReplicateServer, client: ReplicateClient, receiver: Receiver
) -> None:
    for status in (301, 302, 307, 308):
        replicate.faults.order(Respond(status, b"", {"Location": f"{receiver.url}/v1/account"}), times=3)
        with pytest.raises(AnswerLost):
            await client.check_account(ACCOUNT)
        replicate.faults.order(Respond(status, b"", {"Location": f"{receiver.url}/v1/account"}))
        with pytest.raises(AnswerLost):
            await client.create(ACCOUNT, submission())
    assert receiver.received == []


# ----------------------------------------------------------------------------------------------- throttling


async def test_a_throttled_read_waits_its_time_and_is_asked_again(
    replicate: ReplicateServer, client: ReplicateClient, clock: LeapingClock
) -> None:
    replicate.faults.order(throttled(5))
    assert await client.check_account(ACCOUNT) == "easel-demo"
    assert clock.slept == [5.0]
    assert len(replicate.requests) == 2


async def test_a_throttled_read_is_not_kept_waiting_for_minutes(
    replicate: ReplicateServer, client: ReplicateClient, clock: LeapingClock
) -> None:
    replicate.faults.order(throttled(120))
    with pytest.raises(Throttled) as caught:
        await client.check_account(ACCOUNT)
    assert caught.value.retry_after == 120
    assert (clock.slept, len(replicate.requests)) == ([], 1)


async def test_no_create_is_sent_before_the_throttle_opens(
    replicate: ReplicateServer, client: ReplicateClient, clock: LeapingClock
) -> None:
    replicate.faults.order(throttled(5))
    with pytest.raises(Throttled):
        await client.create(ACCOUNT, submission())
    clock.advance(3)
    with pytest.raises(Throttled) as caught:
        await client.create(ACCOUNT, submission())
    assert caught.value.retry_after == 2
    assert len(replicate.requests) == 1

    await client.check_account(ACCOUNT)  # reads have their own limit
    with pytest.raises(BadToken):
        await client.create(REVOKED_ACCOUNT, submission())  # and each account has its own
    assert len(replicate.requests) == 3

    clock.advance(2)
    await client.create(ACCOUNT, submission())
    await client.create(ACCOUNT, submission())
    assert (len(replicate.runs), clock.slept) == (2, [])


async def test_a_crowd_returns_to_a_throttle_one_by_one(
    replicate: ReplicateServer, client: ReplicateClient, clock: LeapingClock
) -> None:
    replicate.faults.order(throttled(5))
    with pytest.raises(Throttled):
        await client.create(ACCOUNT, submission())
    clock.advance(5)
    replicate.faults.order(throttled(9))
    answers = await asyncio.gather(*(client.create(ACCOUNT, submission()) for _ in range(20)), return_exceptions=True)
    assert [type(answer) for answer in answers] == [Throttled] * 20
    assert len(replicate.requests) == 2  # one of the twenty has asked for all of them
    clock.advance(9)
    await asyncio.gather(*(client.create(ACCOUNT, submission()) for _ in range(20)))
    assert len(replicate.runs) == 20


async def test_a_success_of_before_does_not_open_the_throttle(
    replicate: ReplicateServer, client: ReplicateClient
) -> None:
    late = asyncio.Event()
    replicate.faults.order(Wait(late))
    slow = asyncio.create_task(client.create(ACCOUNT, submission()))
    await replicate.until(lambda: len(replicate.requests) == 1)
    replicate.faults.order(throttled(5))
    with pytest.raises(Throttled):
        await client.create(ACCOUNT, submission())
    late.set()
    await slow
    with pytest.raises(Throttled):
        await client.create(ACCOUNT, submission())
    assert len(replicate.requests) == 2


# ------------------------------------------------------------------------------------------------ downloads


@pytest.fixture
async def picture_url(replicate: ReplicateServer, client: ReplicateClient) -> str:
    done = await support.ended(replicate, client, await client.create(ACCOUNT, submission()))
    replicate.requests.clear()
    return done.output[0]


async def test_a_picture_is_fetched_without_the_token(
    replicate: ReplicateServer, client: ReplicateClient, picture_url: str
) -> None:
    assert await client.fetch(picture_url) == support.JPEG + b"a lighthouse 0"
    (request,) = replicate.requests
    assert request.path.startswith("/delivery/")
    assert not request.with_token
    assert support.TOKEN not in str(request.headers)


@pytest.mark.parametrize(
    "fault",
    [Reset(), Hang(), Cut(0), Cut(5), Respond(500), Respond(503), Respond(429), Respond(200, b""), Garble()],
    ids=lambda each: repr(each)[:40],
)
async def test_a_download_that_another_try_may_mend(
    replicate: ReplicateServer, client: ReplicateClient, hasty: ReplicateClient, picture_url: str, fault: Fault
) -> None:
    replicate.faults.order(fault, times=2)  # aiohttp itself asks once more where a kept connection was dead
    with pytest.raises(AnswerLost):
        await (hasty if isinstance(fault, Hang) else client).fetch(picture_url)


@pytest.mark.parametrize(
    "fault",
    [Respond(404), Respond(410), Respond(403), Respond(204), Respond(302, b"", {"Location": "/delivery/elsewhere"})],
    ids=lambda each: repr(each)[:40],
)
async def test_a_download_that_is_hopeless(
    replicate: ReplicateServer, client: ReplicateClient, picture_url: str, fault: Fault
) -> None:
    replicate.faults.order(fault)
    with pytest.raises(PicturesGone):
        await client.fetch(picture_url)
    assert len(replicate.requests) == 1


async def test_a_download_ends_at_the_size_limit(replicate: ReplicateServer, clock: LeapingClock) -> None:
    async with support.client(replicate.url, clock, largest_file=17) as client:
        done = await support.ended(replicate, client, await client.create(ACCOUNT, submission()))
        assert len(await client.fetch(done.output[0])) == 17
        longer = await support.ended(replicate, client, await client.create(ACCOUNT, submission("a lighthouse!")))
        with pytest.raises(PicturesGone):
            await client.fetch(longer.output[0])
        assert await client.fetch("data:,seventeen%20bytes!!") == b"seventeen bytes!!"
        with pytest.raises(PicturesGone):
            await client.fetch("data:,just%20eighteen%20byte")


async def _endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    try:
        while True:
            writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
            await writer.drain()
    except ConnectionError:
        writer.close()


async def test_an_endless_download_ends_at_the_size_limit(clock: LeapingClock) -> None:
    async with _Listening(_endless) as url, support.client(url, clock, largest_file=1_000_000) as client:
        with pytest.raises(PicturesGone):
            await client.fetch(f"{url}/endless.png")


async def test_an_endless_answer_is_lost(clock: LeapingClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "LARGEST_ANSWER", 1_000_000)
    async with _Listening(_endless) as url, support.client(url, clock) as client:
        with pytest.raises(AnswerLost, match="no end"):
            await client.get(OPERATOR, "q3xk1m")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:{port}/delivery/a.png",  # the loopback by a name that isn't allowed
        "http://user@127.0.0.1:{port}/delivery/a.png",
        "file:///etc/hostname",
        "http://127.0.0.1:{port}@evil.example/a.png",
        "https://127.0.0.1.evil.example/a.png",
        "//127.0.0.1:{port}/a.png",
        "",
        "no url",
    ],
)
async def test_only_allowed_hosts_are_asked(replicate: ReplicateServer, client: ReplicateClient, url: str) -> None:
    with pytest.raises(PicturesGone):
        await client.fetch(url.format(port=replicate.url.split(":")[2].split("/")[0]))
    assert replicate.requests == []


# -------------------------------------------------------------------------------------------------- secrets


class _Listening:
    """A bare TCP server for answers that no HTTP server would give; entered, it is its URL."""

    def __init__(self, answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]) -> None:
        self._answer = answer

    async def __aenter__(self) -> str:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)  # pyright: ignore[reportArgumentType] # a callback of either kind
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()


async def test_what_is_not_http_is_a_lost_answer_that_tells_no_secret(clock: LeapingClock) -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.example ready\r\n\r\n")
        writer.close()

    async with _Listening(babble) as url, support.client(url, clock) as client:
        with pytest.raises(AnswerLost) as caught:
            await client.create(support.KEYED_ACCOUNT, submission())
    error: BaseException | None = caught.value
    assert error.__context__ is None  # aiohttp's error holds the request's headers
    told = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(client)) + repr(client)
    assert support.TOKEN not in told
    assert support.OPENAI_KEY not in told
