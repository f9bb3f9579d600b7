"""What went over the wire, and what may go wrong there on demand."""

import struct
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from typing import TYPE_CHECKING, Any

from tests.wire.messages import File

if TYPE_CHECKING:
    import asyncio


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
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Respond:
    """Answer this instead of what would be the answer. `handled`: the request has had its effect by then."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    handled: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """Cut the connection instead of answering."""

    handled: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """Never answer; the connection stays open until the server closes."""

    handled: bool = False


Fault = Respond | Reset | Hang


def rate_limited(retry_after: float, *, shared_by_all: bool = False) -> Respond:
    """Discord's 429, from itself: one without `Via` comes from the proxy in front of it."""
    body = {"message": "You are being rate limited.", "retry_after": retry_after, "global": shared_by_all}
    scope = "global" if shared_by_all else "user"
    headers = {"Via": "1.1 google", "Retry-After": str(retry_after), "X-RateLimit-Scope": scope}
    return Respond(429, body, headers)


class Faults:
    """Faults to come, in the order in which they were injected. Each strikes one request."""

    def __init__(self) -> None:
        self._queues: defaultdict[tuple[str, str], deque[Fault]] = defaultdict(deque)

    def inject(self, method: str, route: str, *faults: Fault) -> None:
        self._queues[method, route].extend(faults)

    def take(self, method: str, route: str | None) -> Fault | None:
        queue = self._queues.get((method, route or ""))
        return queue.popleft() if queue else None

    @property
    def left(self) -> list[tuple[str, str, Fault]]:
        """Those that no request has met yet."""
        return [(method, route, fault) for (method, route), queue in self._queues.items() for fault in queue]


def reset(transport: "asyncio.Transport") -> None:
    """Close a connection with a TCP reset, so that its peer learns that it was cut."""
    transport.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
