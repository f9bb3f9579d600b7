"""What the bot and the process that draws say to each other: messages of four bytes of length and a pickle.

A pickle may run code; both ends are Easel, joined by pipes that nobody else holds.
"""

import pickle
import struct
from dataclasses import dataclass
from typing import Any

from bot.domain.chart import Chart

_LENGTH = struct.Struct(">I")
HEAD = _LENGTH.size


@dataclass(frozen=True, slots=True)
class Drawn:
    """`png` is None where it could not be drawn, and `trouble` says why."""

    png: bytes | None
    trouble: str = ""


def packed(message: Chart | Drawn) -> bytes:
    body = pickle.dumps(message)
    return _LENGTH.pack(len(body)) + body


def length(head: bytes) -> int:
    """Of the body that follows a head."""
    return _LENGTH.unpack(head)[0]


def unpacked(body: bytes) -> Any:
    return pickle.loads(body)  # noqa: S301 # the reason is above
