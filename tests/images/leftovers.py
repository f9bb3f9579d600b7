"""What is in a picture file besides the picture: a second opinion, apart from the code under test."""

import re
import struct

PNG = {b"IHDR", b"PLTE", b"tRNS", b"sRGB", b"gAMA", b"cHRM", b"cICP", b"IDAT", b"IEND"}
WEBP = {b"VP8X", b"VP8 ", b"VP8L", b"ALPH"}


def leftovers(data: bytes) -> list[str]:
    """Everything that is neither pixels nor says how they look; empty for a clean file."""
    if data.startswith(b"\x89PNG"):
        return _png(data)
    if data.startswith(b"\xff\xd8"):
        return _jpeg(data)
    return _webp(data)


def _png(data: bytes) -> list[str]:
    found: list[str] = []
    at = 8
    while at < len(data):
        (length,), kind = struct.unpack_from(">I", data, at), data[at + 4 : at + 8]
        if kind not in PNG:
            found.append(repr(kind))
        at += 12 + length
        if kind == b"IEND" and at != len(data):
            return [*found, f"{len(data) - at} bytes after the end"]
    return found


def _jpeg(data: bytes) -> list[str]:
    found: list[str] = []
    at = 2
    while data[at + 1] != 0xD9:
        assert data[at] == 0xFF
        code, (length,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        body = data[at + 4 : at + 2 + length]
        allowed = (code == 0xE0 and body[:5] == b"JFIF\0" and len(body) == 14) or (
            code == 0xEE and body[:5] == b"Adobe" and len(body) == 12
        )
        if (0xE0 <= code <= 0xEF or code == 0xFE) and not allowed:
            found.append(f"segment {code:x}")
        at += 2 + length
        if code == 0xDA:
            at += re.search(rb"\xff[^\x00\xff\xd0-\xd7]", data[at:], re.DOTALL).start()  # type: ignore[union-attr] # clean files end
    if at + 2 != len(data):
        found.append(f"{len(data) - at - 2} bytes after the end")
    return found


def _webp(data: bytes) -> list[str]:
    assert data[:4] + data[8:12] == b"RIFFWEBP"
    found: list[str] = []
    if 8 + struct.unpack_from("<I", data, 4)[0] != len(data):
        found.append("bytes after the end")
    at = 12
    while at < len(data):
        kind, (length,) = data[at : at + 4], struct.unpack_from("<I", data, at + 4)
        if kind not in WEBP:
            found.append(repr(kind))
        if kind == b"VP8X" and data[at + 8] & ~0x10:
            found.append("flags that promise metadata")
        at += 8 + length + length % 2
    return found
