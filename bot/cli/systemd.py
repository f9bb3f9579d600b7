"""What systemd is told of `easel run`, where it has started it: that it is up, that it still turns over, that it ends.

The protocol is that of sd_notify(3): a datagram a piece of news, to the socket that `NOTIFY_SOCKET` names.
"""

import asyncio
import os
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def told_to_systemd() -> AsyncGenerator[None]:
    """Entered once the program is up. While the block lasts, the event loop says that it turns over as often as the
    unit's `WatchdogSec=` asks for; elsewhere than under systemd nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        yield
        return
    _tell(address, "READY=1")
    watchdog = asyncio.create_task(_turning_over(address, _watchdog_seconds() / 2))
    try:
        yield
    finally:
        watchdog.cancel()
        _tell(address, "STOPPING=1")


async def _turning_over(address: str, seconds: float) -> None:
    while seconds:
        await asyncio.sleep(seconds)
        _tell(address, "WATCHDOG=1")


def _watchdog_seconds() -> float:
    """0 where no watchdog waits for this process."""
    meant = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000 if meant else 0


def _tell(address: str, state: str) -> None:
    """Best effort, as in systemd's own library: whoever doesn't listen is no reason to stop work."""
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as news:
        # A leading @ means Linux's abstract namespace.
        news.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)
