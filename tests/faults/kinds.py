"""The ways in which one call can go wrong."""

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import aiohttp
import pytest

from bot.demo.replicate_faults import Fault, Garble, Hang, LoseAnswer, Reset, Respond, throttled

_HTML = b"<html><head><title>502 Bad Gateway</title></head></html>"


@dataclass(frozen=True, slots=True)
class Refuse:
    """No connection comes about: the one trouble after which it is known that nothing was sent."""


KINDS: Mapping[str, Fault | Refuse] = {
    "refused": Refuse(),
    "reset before": Reset(),
    "reset after": LoseAnswer(),
    "timeout before": Hang(),
    "timeout after": Hang(done=True),
    "429": throttled(5),
    "500": Respond(500, {"detail": "Internal server error"}),
    "502": Respond(502, _HTML),
    "502 after": Respond(502, _HTML, done=True),
    "malformed": Garble(),
}
"""Before and after: whether the call has had its effect."""


class Doors:
    """Connections that are refused on demand. No server can do that to a request, so it is done where this process
    connects."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._orders: list[tuple[str, str]] = []
        self._shut: set[tuple[str, str]] = set()
        connect = aiohttp.TCPConnector.connect

        async def connect_or_not(
            connector: aiohttp.TCPConnector, request: aiohttp.ClientRequest, *args: Any, **options: Any
        ) -> Any:
            if self._refuses(request.method, request.url.path):
                refused = ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
                raise aiohttp.ClientConnectorError(request.connection_key, refused)
            return await connect(connector, request, *args, **options)

        monkeypatch.setattr(aiohttp.TCPConnector, "connect", connect_or_not)

    def refuse(self, method: str, path: str, times: int | None) -> None:
        """`method` and `path` are patterns with `*`; `times` None: for ever."""
        if times is None:
            self._shut.add((method, path))
        else:
            self._orders += [(method, path)] * times

    def open(self) -> None:
        """Refuse nothing from here on."""
        self._orders.clear()
        self._shut.clear()

    @property
    def pending(self) -> int:
        """How many connections are yet to be refused."""
        return len(self._orders)

    def _refuses(self, method: str, path: str) -> bool:
        for order in self._orders:
            if fnmatchcase(method, order[0]) and fnmatchcase(path, order[1]):
                self._orders.remove(order)
                return True
        return any(fnmatchcase(method, order[0]) and fnmatchcase(path, order[1]) for order in self._shut)
