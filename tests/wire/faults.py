"""What went over the wire, and what may go wrong there on demand."""

import asyncio
import math
import struct
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from socket import SO_LINGER, SOL_SOCKET
from types import MappingProxyType
from typing import Any, ClassVar

from tests.wire.messages import File
from tests.wire.rules import VIA, ApiError, Refusal


@dataclass(slots=True)
class RecordedRequest:
    """One call of the REST API, without its headers, and its answer once there is one.

    `route` is the template that it matched (a `Route`), None where the server knows none. `at` is on the monotonic
    clock, in seconds. `gone`: its caller left in the middle of it.
    """

    method: str
    path: str
    route: str | None
    at: float
    params: Mapping[str, str] = field(default_factory=dict[str, str])
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    payload: Any = None
    files: Sequence[File] = ()
    status: int | None = None
    answer: Any = None
    answer_headers: Mapping[str, str] = field(default_factory=dict[str, str])
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer this instead of what would be the answer: JSON, or HTML where the body is a text.

    `handled`: the request has had its effect by then.
    """

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    handled: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """Cut the connection: once the request's head is there and before its body is read, or `handled`."""

    handled: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Never answer; the connection stays open until the server closes."""

    handled: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """All is as usual, but only once `until` is set: nothing has had its effect before, or with `handled` all has."""

    until: asyncio.Event
    handled: bool = False


@dataclass(frozen=True, slots=True)
class Garble:
    """The request has its effect, and the answer its usual status and type, but this body."""

    body: bytes = b'{"id": "1'
    handled: ClassVar[bool] = True

    def garble(self, answer: Respond) -> Respond:
        return replace(answer, status=200 if answer.status == 204 else answer.status, body=self.body)


@dataclass(frozen=True, slots=True)
class Babble:
    """Answer with something that isn't HTTP. `handled`: the request has had its effect by then."""

    data: bytes = b"HTTP/1.1 banana\r\n\r\n"
    handled: bool = False


Fault = Respond | Reset | Hang | Wait | Garble | Babble


class Scope(StrEnum):
    """Whom a rate limit is for."""

    USER = "user"
    SHARED = "shared"
    GLOBAL = "global"


def limit_headers(limit: int, remaining: int, reset_after: float, bucket: str) -> dict[str, str]:
    """The state of a bucket, as every answer of a limited route tells it; `reset_after` in seconds from now."""
    return {
        "X-RateLimit-Limit": str(limit),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": f"{time.time() + reset_after:.3f}",
        "X-RateLimit-Reset-After": f"{reset_after:.3f}",
        "X-RateLimit-Bucket": bucket,
    }


def rate_limited(
    retry_after: float, *, scope: Scope = Scope.USER, limit: int = 5, bucket: str = "0" * 32, handled: bool = False
) -> Respond:
    """Discord's 429, for that many seconds. `shared` limits strike where requests remain in one's own bucket."""
    resource = "The resource is" if scope is Scope.SHARED else "You are"
    body = {
        "message": f"{resource} being rate limited.",
        "retry_after": retry_after,
        "global": scope is Scope.GLOBAL,
    }
    headers = {**VIA, "Retry-After": str(math.ceil(retry_after)), "X-RateLimit-Scope": scope}
    if scope is Scope.GLOBAL:
        headers["X-RateLimit-Global"] = "true"
    else:
        headers |= limit_headers(limit, limit - 1 if scope is Scope.SHARED else 0, retry_after, bucket)
    return Respond(429, body, headers, handled)


def blocked(retry_after: int = 600) -> Respond:
    """The proxy's 429 to an address that sent too many bad requests: no JSON, and not from Discord itself."""
    page = "<!doctype html><title>Access denied | discord.com</title><h1>Error 1015</h1><p>You are being rate limited."
    return Respond(429, page, {"Retry-After": str(retry_after)})


def refused(refusal: Refusal, *, handled: bool = False) -> Respond:
    """One of the errors that Discord has a code for."""
    error = ApiError(refusal)
    return Respond(error.status, error.payload, error.headers, handled)


def server_error(status: int = 500, *, handled: bool = False) -> Respond:
    """Discord's own 5xx, in JSON."""
    words = {500: "Internal Server Error", 503: "Service Unavailable", 504: "Gateway Timeout"}
    return Respond(status, {"message": f"{status}: {words[status]}", "code": 0}, dict(VIA), handled)


def bad_gateway(*, handled: bool = False) -> Respond:
    """The proxy's 502, a page in HTML."""
    page = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1><hr>cloudflare</body></html>"
    return Respond(502, page, {}, handled)


KINDS: Mapping[str, Fault] = MappingProxyType(
    {
        "hang": Hang(),
        "hang after its effect": Hang(handled=True),
        "reset": Reset(),
        "reset after its effect": Reset(handled=True),
        "429": rate_limited(0.05),
        "429 for all": rate_limited(0.05, scope=Scope.GLOBAL),
        "429 of a shared resource": rate_limited(0.05, scope=Scope.SHARED),
        "429 for 10 minutes": rate_limited(600),
        "429 of the proxy": blocked(),
        "500": server_error(),
        "500 after its effect": server_error(handled=True),
        "502": bad_gateway(),
        "502 after its effect": bad_gateway(handled=True),
        "malformed": Garble(),
        "malformed, a page": Garble(b"<!doctype html>"),
        "malformed, empty": Garble(b""),
        "no HTTP": Babble(),
        "no HTTP after its effect": Babble(handled=True),
    }
)
"""Every way in which a call can go wrong without an answer that means anything; a matrix crosses it with the routes.

The two 429s that last are for a caller that gives up long before they end."""


@dataclass(frozen=True, slots=True)
class _Order:
    fault: Fault
    params: Mapping[str, str]


class Faults:
    """Faults to come, in the order in which they were injected. Each strikes one request."""

    def __init__(self) -> None:
        self._orders: defaultdict[tuple[str, str], list[_Order]] = defaultdict(list)

    def inject(self, method: str, route: str, *faults: Fault, times: int = 1, **params: object) -> None:
        """The next requests of this method and route meet these faults, one each; all of them, so many times over.

        `params` are those of the path that a request must have, such as its `channel_id`.
        """
        wanted = {name: str(value) for name, value in params.items()}
        self._orders[method, route] += [_Order(fault, wanted) for fault in faults * times]

    def lift(self) -> None:
        """Forget those that no request has met yet."""
        self._orders.clear()

    def take(self, method: str, route: str | None, params: Mapping[str, str]) -> Fault | None:
        orders = self._orders[method, route or ""]
        order = next((each for each in orders if each.params.items() <= params.items()), None)
        if order is None:
            return None
        orders.remove(order)
        return order.fault

    @property
    def left(self) -> list[tuple[str, str, Fault]]:
        """Those that no request has met yet."""
        return [(method, route, each.fault) for (method, route), orders in self._orders.items() for each in orders]


def reset(transport: asyncio.Transport) -> None:
    """Close a connection with a TCP reset, so that its peer learns that it was cut."""
    transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
