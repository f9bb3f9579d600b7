"""A network that can die: nothing is passed on, and nobody is told."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


@dataclass(eq=False, slots=True)
class Side:
    """One end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    cut: bool = False  # before anything more comes from here
    sent: bytes = b""


@dataclass(frozen=True, slots=True)
class Order:
    statement: bytes
    delivered: bool
    dying: bool
    after: bytes

    def meets(self, sent: bytes, data: bytes) -> bool:
        return self.statement in data and self.after in sent


class Network:
    """Between Unix sockets of PostgreSQL."""

    def __init__(self, target: Path) -> None:
        self._target = target / SOCKET
        self._tasks: set[asyncio.Task[None]] = set()
        self._cable = asyncio.Event()
        self._ordered: Order | None = None
        self.revive()

    def die(self) -> None:
        """Lose what is under way for good; new connections wait."""
        self._cable.clear()
        self._cable = asyncio.Event()

    def revive(self) -> None:
        self._cable.set()

    def cut_at(self, statement: bytes, *, delivered: bool, dying: bool = False, after: bytes = b"") -> None:
        """Cut the next connection that sends this, once it has sent what has to come before: before it arrives, or
        before its answer does. `dying` is for the network to die with it."""
        self._ordered = Order(statement, delivered=delivered, dying=dying, after=after)

    @property
    def met(self) -> bool:
        """Whether what was ordered has happened."""
        return self._ordered is None

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._target)
        client, server = Side(reader, writer), Side(there, back)
        for source, target in ((client, server), (server, client)):
            task = asyncio.create_task(self._pass_on(source, target, self._cable))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _pass_on(self, source: Side, target: Side, cable: asyncio.Event) -> None:
        try:
            with suppress(ConnectionError):
                while data := await source.reader.read(1 << 16):
                    await cable.wait()
                    if source.cut:
                        break
                    source.sent += data
                    if self._ordered is not None and self._ordered.meets(source.sent, data):
                        order, self._ordered = self._ordered, None
                        target.cut = True  # its answer goes nowhere
                        if not order.delivered:
                            break
                        if order.dying:
                            self.die()
                            target.writer.write(data)
                            break
                    target.writer.write(data)
                    await target.writer.drain()
        finally:
            source.writer.close()
            target.writer.close()


@asynccontextmanager
async def network_to(url: str) -> AsyncGenerator[tuple[Network, str]]:
    """A network to the server of that URL, and the URL through it."""
    address, _, server = url.partition("?host=")
    # Not in pytest's directory: the path of a socket has to be short.
    with tempfile.TemporaryDirectory(prefix="easel-network-") as directory:
        network = Network(Path(server))
        listener = await asyncio.start_unix_server(network.accept, Path(directory) / SOCKET)
        try:
            yield network, f"{address}?host={directory}"
        finally:
            listener.close()
            network.close()
            await listener.wait_closed()
