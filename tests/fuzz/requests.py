"""Whatever is sent to the port, over the whole of HTTP: each gets an answer that is meant, and nothing is logged as an
error."""

import asyncio
import logging
import re
from functools import cache
from typing import Any

import structlog

from bot.web import connections
from bot.web.connections import Connections
from bot.web.limits import AddressLimit
from tests.fuzz.target import Target
from tests.web.stage import NEWS, PATH, Heard, delivered, web_server

_MEANT = {b"100", b"200", b"400", b"401", b"404", b"405", b"413", b"417", b"503"}
_STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) ", re.MULTILINE)

_UNLIMITED = 10**9
_TURNS = 40  # of the event loop: more than any request takes that needn't wait for its sender


class _Wire(asyncio.Transport):
    """A connection without a socket, from somewhere else."""

    def __init__(self) -> None:
        super().__init__({"peername": ("203.0.113.7", 4711)})
        self.sent = bytearray()
        self._closing = False

    def write(self, data: Any) -> None:
        self.sent += data

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        self._closing = True

    def abort(self) -> None:
        self._closing = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(self.format(record))


class _Port:
    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.errors = _Errors()
        logging.getLogger().addHandler(self.errors)
        structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())
        connections.LINGERING_SECONDS = 0.0  # nothing comes on a connection that has broken off
        self.heard = Heard()
        self.connections = self.loop.run_until_complete(self._connections())

    async def _connections(self) -> Connections:
        self._server = web_server(self.heard, limit=AddressLimit(burst=_UNLIMITED))
        return await self._server.connections()

    def answers(self, *parts: bytes) -> bytes:
        """What comes back on a connection over which that is sent, which then breaks off."""
        return self.loop.run_until_complete(self._answers(parts))

    async def _answers(self, parts: tuple[bytes, ...]) -> bytes:
        wire, connection = _Wire(), self.connections()
        connection.connection_made(wire)
        await self._turns()
        for part in parts:
            if part and not wire.is_closing():
                connection.data_received(part)
                await self._turns()
        sent = bytes(wire.sent)
        connection.connection_lost(None)
        for each in asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait({each})
        return sent

    async def _turns(self) -> None:
        for _ in range(_TURNS):
            await asyncio.sleep(0)


@cache
def _port() -> _Port:
    return _Port()


def _request(data: bytes) -> None:
    """The first byte tells what the rest is (all of what comes in, a body that Replicate has signed, the parts of a
    delivery); the second, where what comes in is cut in two."""
    kind, cut, rest = data[:1], (data[1:2] or b"\0")[0], data[2:]
    port = _port()
    port.heard.news.clear()
    port.errors.said.clear()
    if kind == b"s":
        sent = _post(PATH.encode(), delivered(rest), rest)
    elif kind == b"p":
        path, names, values, body = (rest.split(b"\n", 3) + [b""] * 4)[:4]
        headers = dict(zip(names.decode("latin-1").split(","), values.decode("latin-1").split(","), strict=False))
        sent = _post(path, delivered(body) | headers, body)
    else:
        sent = rest
    answered = port.answers(sent[: cut * 4], sent[cut * 4 :])
    statuses = set(_STATUS.findall(answered))
    assert statuses <= _MEANT, answered
    assert port.errors.said == []
    assert all(job_id == PATH[-16:] or len(job_id) == 16 for _, job_id, _ in port.heard.news)


def _post(path: bytes, headers: dict[str, str], body: bytes) -> bytes:
    head = b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in headers.items())
    return b"POST %b HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%b\r\n%b" % (path, len(body), head, body)


def _seeds() -> list[bytes]:
    path = PATH.encode()
    chunked = b'POST %b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n%b\r\n4\r\n{"id\r\n0\r\n\r\n'
    head = b"".join(f"{name}: {value}\r\n".encode() for name, value in delivered().items())
    return [
        b"h\0GET /readyz HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.1, ::1\r\n\r\n",
        b"h\x04GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\n\r\n",
        b"h\0" + _post(path, delivered(), NEWS),
        b"h\x09" + chunked % (path, head),
        b"h\0POST %b HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 99999999\r\n%b\r\n" % (path, head),
        b"h\0OPTIONS * HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
        b"s\0" + NEWS,
        b"s\x20[]",
        b"p\0" + path + b"\nwebhook-id,webhook-timestamp\nmsg_2,1763640000\n{}",
        b"p\0/webhooks/replicate/%00%e2%82%28\nContent-Encoding,webhook-signature\ngzip,v1,v1a,\n{}",
    ]


TARGETS = (Target("requests", _request, _seeds, 4_096),)
