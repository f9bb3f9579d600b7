"""A network that can die: nothing is passed on, and nobody is told."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

SOCKET = ".s.PGSQL.5432"


class Network:
    """Between Unix sockets of PostgreSQL."""

    def __init__(self, target: Path) -> None:
        self._target = target / SOCKET
        self._tasks: set[asyncio.Task[None]] = set()
        self._cable = asyncio.Event()
        self.revive()

    def die(self) -> None:
        """Lose what is under way for good; new connections wait."""
        self._cable.clear()
        self._cable = asyncio.Event()

    def revive(self) -> None:
        self._cable.set()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._target)
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(self._pass_on(source, target, self._cable))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _pass_on(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, cable: asyncio.Event) -> None:
        try:
            with suppress(ConnectionError):
                while data := await source.read(1 << 16):
                    await cable.wait()
                    target.write(data)
                    await target.drain()
        finally:
            target.close()


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
