"""Faults that a test orders from the stand-in for Replicate, and the middleware that serves them."""

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Respond:
    """This answer instead of the real one. A body that isn't bytes is sent as JSON. `done` says whether the work is
    done all the same, as where a proxy gave up waiting for the answer."""

    status: int
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    done: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset before anything is done."""


@dataclass(frozen=True, slots=True)
class LoseAnswer:
    """The work is done, and the connection is reset instead of an answer."""


@dataclass(frozen=True, slots=True)
class Hang:
    """No answer ever comes. `done` says whether the work is done all the same."""

    done: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """All is as usual, but only once `until` is set."""

    until: asyncio.Event


@dataclass(frozen=True, slots=True)
class Garble:
    """The work is done, and the answer has its usual status but this body."""

    body: bytes = b'{"id": "abc'


@dataclass(frozen=True, slots=True)
class Cut:
    """The work is done, and the connection closes after this many bytes of the answer's body."""

    after: int


Fault: TypeAlias = Respond | Reset | LoseAnswer | Hang | Wait | Garble | Cut


def throttled(seconds: int = 5, *, header: bool = True, field: bool = True) -> Respond:
    """A 429 as Replicate words it; the header and the field that tell how long are both optional there."""
    body: dict[str, Any] = {
        "detail": f"Request was throttled. Your rate limit resets in ~{seconds}s.",
        "status": 429,
    }
    if field:
        body["retry_after"] = seconds
    return Respond(429, body, {"Retry-After": str(seconds)} if header else {})


def out_of_credit() -> Respond:
    """A 402 as Replicate words it."""
    detail = "You have insufficient credit to run this model."
    return Respond(402, {"title": "Insufficient credit", "detail": detail, "status": 402})


ACCOUNT = web.RequestKey("account", str)
"""Under which a request holds the name of the account whose token came with it, "" for none that is known."""

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class _Order:
    fault: Fault
    method: str
    path: str
    left: int | None  # requests; None: all that come
    account: str = "*"

    def meets(self, request: web.Request) -> bool:
        asked = ((request.method, self.method), (request.path, self.path), (request.get(ACCOUNT, ""), self.account))
        return all(fnmatchcase(value, pattern) for value, pattern in asked)


class Faults:
    """Orders for faults, each served to the first requests that it matches; the oldest order first."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []
        self._closing = asyncio.Event()

    def order(
        self, fault: Fault, *, method: str = "*", path: str = "*", account: str = "*", times: int | None = 1
    ) -> None:
        """`method`, `path` (as `/v1/predictions/*`) and `account` are patterns with `*`. `times` None: until it is
        withdrawn."""
        self._orders.append(_Order(fault, method, path, times, account))

    def withdraw(self) -> None:
        """All goes well from here on."""
        self._orders.clear()

    @property
    def pending(self) -> int:
        """How many faults that were ordered by number were not served yet."""
        return sum(order.left or 0 for order in self._orders)

    def close(self) -> None:
        """Let go of the requests that hang."""
        self._closing.set()

    async def serve(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer the request by its handler, or by the fault that was ordered for it."""
        match self._take(request):
            case None:
                return await handler(request)
            case Respond(status, body, headers, done):
                if done:
                    await handler(request)
                return _as_response(status, body, headers)
            case Reset():
                return _reset(request)
            case LoseAnswer():
                await handler(request)
                return _reset(request)
            case Hang(done):
                if done:
                    await handler(request)
                await self._closing.wait()
                return _reset(request)
            case Wait(until):
                await until.wait()
                return await handler(request)
            case Garble(body):
                answer = await handler(request)
                return web.Response(status=answer.status, body=body, content_type="application/json")
            case Cut(after):
                return await _cut(request, await handler(request), after)

    def _take(self, request: web.Request) -> Fault | None:
        for order in self._orders:
            if order.meets(request):
                if order.left is not None:
                    order.left -= 1
                    if order.left == 0:
                        self._orders.remove(order)
                return order.fault
        return None


def _as_response(status: int, body: Any, headers: Mapping[str, str]) -> web.Response:
    if isinstance(body, bytes):
        return web.Response(status=status, body=body, headers=headers)
    media_type = "application/json" if status < 400 else "application/problem+json"
    return web.Response(status=status, body=json.dumps(body).encode(), content_type=media_type, headers=headers)


def _reset(request: web.Request) -> web.Response:
    """Reset the connection. The response that is returned goes nowhere."""
    transport = request.transport
    if transport is not None:
        # Lingering for no time turns the close into a reset.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()


async def _cut(request: web.Request, answer: web.StreamResponse, after: int) -> web.StreamResponse:
    body = answer.body if isinstance(answer, web.Response) else None
    if not isinstance(body, bytes):
        raise TypeError("only an answer whose body is at hand can be cut")
    cut = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    cut.content_length = len(body)
    await cut.prepare(request)
    await cut.write(body[:after])
    if request.transport is not None:
        request.transport.close()
    return cut
