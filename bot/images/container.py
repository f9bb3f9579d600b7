"""Picture files as containers: what they declare, and the same picture without anything else in the file.

Pure parsing of bytes, with no decoding: every length is checked against the file before it is believed. The formats'
own specifications are the ground: PNG (W3C), JPEG (ITU T.81), WebP (RFC 9649), GIF89a, BMP, and TIFF 6.0 inside EXIF.
"""

import re
import struct
import zlib
from dataclasses import dataclass, field
from typing import Any

MAX_PROFILE = 4 * 1024 * 1024
"""Bytes of an ICC profile, inflated. Real ones take up to about 2.5 MB (CMYK)."""

MAX_SCANS = 32
"""Scans of a progressive JPEG. Encoders write about 10; each costs a pass over the whole picture, however empty."""


class Malformed(Exception):
    """The file breaks off, or contradicts its own format."""


@dataclass(frozen=True, slots=True)
class Container:
    """What a file holds. Sizes are as declared, before any orientation."""

    format: str  # as Pillow names it
    still: bytes = field(repr=False)  # the first picture alone: no metadata, no other frame, nothing after its end
    width: int
    height: int
    frames: int = 1
    orientation: int = 1  # EXIF's, 1 to 8
    profile: bytes | None = field(default=None, repr=False)  # ICC
    trailing: bool = False  # bytes followed the picture's end
    lossless: bool = True
    deep: bool = False  # 16 bits a channel
    packed: tuple[bytes, ...] = field(default=(), repr=False)  # PNG's compressed pixels
    unpacked: int = 0  # bytes that they must become


def identify(data: bytes) -> str | None:
    """The format's name, by the bytes alone; None for what is no picture."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "WEBP"
    if data[:2] == b"BM" and len(data) >= 26 and _u32(data, 14) in _BMP_HEADERS:
        return "BMP"
    if data[4:8] == b"ftyp":
        return _iso_media(data)
    return next((name for magic, name in _MAGIC if data.startswith(magic)), None)


def parse(name: str, data: bytes) -> Container:
    """Take the file apart. `name` is PNG, JPEG, WEBP, GIF or BMP, as `identify` gave it. Raises `Malformed`."""
    try:
        container = _PARSERS[name](data)
    except (IndexError, struct.error) as error:
        raise Malformed from error
    if not (container.width and container.height):
        raise Malformed
    return container


def has_excess(container: Container) -> bool:
    """Whether more is compressed in a PNG than its pixels. Raises `Malformed` where less is, or it is corrupt.

    Pillow tells neither: it fills up with black, and stops at the last row. Costs what inflating the declared size
    does, so check that first. Nothing like it can be said of the other formats.
    """
    if not container.packed:
        return False
    inflater = zlib.decompressobj()
    left = container.unpacked
    try:
        for part in container.packed:
            while not inflater.eof:
                most = min(1 << 20, left + 1)
                got = len(inflater.decompress(part, most))
                left, part = left - got, inflater.unconsumed_tail  # noqa: PLW2901 # what is left of it
                if left < 0:
                    return True
                if not part and got < most:
                    break
            else:
                return True  # another part follows the end
    except zlib.error as error:
        raise Malformed from error
    if left or not inflater.eof:
        raise Malformed
    return bool(inflater.unused_data)


_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"II+\x00", "TIFF"),
    (b"MM\x00+", "TIFF"),
    (b"8BPS", "PSD"),
    (b"\x00\x00\x01\x00", "ICO"),
    (b"icns", "ICNS"),
    (b"\xff\x0a", "JPEG XL"),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
)
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}


def _iso_media(data: bytes) -> str | None:
    """HEIC and its relatives are told apart by the brands in the first box; other brands are videos."""
    end = min(_u32(data, 0), 256)
    brands = {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}:
        return "HEIC"
    return "HEIF" if brands & {b"mif1", b"mif2", b"msf1"} else None


def _u32(data: bytes, at: int) -> int:
    return int.from_bytes(_take(data, at, 4), "little")


def _u24(data: bytes, at: int) -> int:
    return int.from_bytes(_take(data, at, 3), "little")


def _u16(data: bytes, at: int) -> int:
    return int.from_bytes(_take(data, at, 2), "little")


def _take(data: bytes, at: int, length: int) -> bytes:
    taken = data[at : at + length]
    if len(taken) != length:
        raise Malformed
    return taken


def _orientation(exif: bytes) -> int:
    """EXIF's orientation (tag 0x0112 of IFD 0), or 1 where it says nothing that makes sense."""
    tiff = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, start)
        for entry in range(entries):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, start + 2 + 12 * entry)
            if tag == 0x0112:
                return value if kind == 3 and 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1


# ------------------------------------------------------------------------------------------------------------ PNG

# What decides how the pixels look stays, with the length that it must have; any other ancillary chunk goes.
_PNG_COLOUR = {b"sRGB": 1, b"gAMA": 4, b"cHRM": 32, b"cICP": 4}
_PNG_CRITICAL = {b"IHDR", b"PLTE", b"IDAT", b"IEND"}
_PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
# The passes of an interlaced picture: first column and row, and the distance to the next.
_ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def _png(data: bytes) -> Container:
    at, kept = 8, [data[:8]]
    found: dict[str, Any] = {}
    packed: list[bytes] = []
    frames = 0
    kind = b""
    while kind != b"IEND":
        length = int.from_bytes(_take(data, at, 4), "big")
        chunk = _take(data, at, 12 + length)
        kind, body = chunk[4:8], chunk[8:-4]
        if zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(chunk[-4:], "big"):
            raise Malformed
        if (kind == b"IHDR") != (at == 8) or (kind[0] < 0x60 and kind not in _PNG_CRITICAL):
            raise Malformed
        at += len(chunk)
        if kind in _PNG_CRITICAL or kind == b"tRNS" or _PNG_COLOUR.get(kind) == length:
            kept.append(chunk)
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            found |= {"width": width, "height": height, "deep": depth == 16}
            found["unpacked"] = _png_size(
                width, height, depth * _PNG_CHANNELS.get(colour, 0), interlaced=interlaced == 1
            )
        elif kind == b"IDAT":
            packed.append(body)
        elif kind == b"fcTL":
            frames += 1
        elif kind == b"eXIf":
            found["orientation"] = _orientation(body)
        elif kind == b"iCCP":
            found["profile"] = _inflate(body.partition(b"\0")[2][1:])
    # Every frame of an animation has its fcTL; what IDAT holds is the still picture that is meant to stand for it.
    return Container(
        "PNG", b"".join(kept), frames=max(1, frames), trailing=at != len(data), packed=tuple(packed), **found
    )


def _png_size(width: int, height: int, bits: int, *, interlaced: bool) -> int:
    """Bytes of all rows, each with its filter's byte before it."""
    total = 0
    for x, y, right, down in _ADAM7 if interlaced else ((0, 0, 1, 1),):
        columns, rows = -(-(width - x) // right), -(-(height - y) // down)
        if columns > 0 and rows > 0:
            total += rows * (1 + (columns * bits + 7) // 8)
    return total


def _inflate(packed: bytes) -> bytes | None:
    try:
        inflater = zlib.decompressobj()
        profile = inflater.decompress(packed, MAX_PROFILE)
    except zlib.error:
        return None
    return profile if inflater.eof else None


# ----------------------------------------------------------------------------------------------------------- JPEG

_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])", re.DOTALL)  # 00 and D0–D7 belong to the compressed data
_STRETCH = 1 << 18  # bytes that are searched at once: other threads wait meanwhile
_SOI, _EOI, _SOS, _COM, _TEM = 0xD8, 0xD9, 0xDA, 0xFE, 0x01
_APP0, _APP1, _APP2, _APP14, _APP15 = 0xE0, 0xE1, 0xE2, 0xEE, 0xEF
_SIZES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}  # SOF: frame headers


def _jpeg(data: bytes) -> Container:
    at, kept = 2, [data[:2]]
    found: dict[str, Any] = {}
    profile: dict[int, bytes] = {}
    scans = 0
    while True:
        marker = _next_marker(data, at)
        code, at = marker[1][0], marker.end()
        if code == _EOI:
            break
        if code in (_SOI, _TEM):
            raise Malformed
        length = int.from_bytes(_take(data, at, 2), "big")
        if length < 2:
            raise Malformed
        body = _take(data, at, length)[2:]
        at += length
        if code in _SIZES:
            if "width" in found:
                raise Malformed
            _, found["height"], found["width"] = struct.unpack_from(">BHH", body)
        elif code == _APP0 and body.startswith(b"JFIF\0"):
            body = body[:12] + b"\0\0"  # no thumbnail
        elif code == _APP14 and body.startswith(b"Adobe"):
            body = body[:12]  # says which colour space the components are in
        elif _APP0 <= code <= _APP15 or code == _COM:
            if code == _APP1 and body.startswith(b"Exif\0\0"):
                found.setdefault("orientation", _orientation(body))
            elif code == _APP2 and body.startswith(b"ICC_PROFILE\0"):
                profile[body[12]] = body[14:]
            continue
        kept.append(struct.pack(">BBH", 0xFF, code, len(body) + 2) + body)
        if code == _SOS:
            scans += 1
            if scans > MAX_SCANS:
                raise Malformed
            end = _next_marker(data, at).start()
            kept.append(data[at:end].rstrip(b"\xff"))  # any number of them may stand before a marker
            at = end
    if not scans or "width" not in found:
        raise Malformed
    whole = b"".join(profile[number] for number in sorted(profile))  # at most 255 parts of 64 kB
    return Container(
        "JPEG",
        b"".join([*kept, b"\xff\xd9"]),
        profile=whole if 0 < len(whole) <= MAX_PROFILE else None,
        trailing=at != len(data),
        lossless=False,
        **found,
    )


def _next_marker(data: bytes, at: int) -> re.Match[bytes]:
    while at < len(data):
        if marker := _MARKER.search(data, at, at + _STRETCH + 1):
            return marker
        at += _STRETCH
    raise Malformed


# ----------------------------------------------------------------------------------------------------------- WebP

_ALPHA, _ANIMATION = 0x10, 0x02  # flags of VP8X
_WEBP_SIDE = 16383  # an animation's canvas may be larger, but nothing could be drawn on all of it


def _webp(data: bytes) -> Container:
    end = 8 + _u32(data, 4)
    if end > len(data):
        raise Malformed
    found: dict[str, Any] = {}
    kept: list[bytes] = []
    frames = 0
    lossless = False
    canvas: tuple[int, int] | None = None
    for kind, body in _chunks(data[:end], 12):
        if kind == b"VP8X" and not kept:
            canvas = 1 + _u24(body, 4), 1 + _u24(body, 7)
            if max(canvas) > _WEBP_SIDE:
                raise Malformed
            body = bytes([body[0] & (_ALPHA | _ANIMATION)]) + body[1:]  # noqa: PLW2901 # no ICC, EXIF or XMP follows
        elif kind == b"ANIM" and canvas:
            pass
        elif kind == b"ANMF" and canvas:
            frames += 1
            if frames > 1:
                continue
            lossless = any(inner == b"VP8L" for inner, _ in _chunks(body, 16))
        elif kind in (b"VP8 ", b"VP8L", b"ALPH") and not frames:
            if kind != b"ALPH":
                size = _webp_size(kind, body)
                if "width" in found or (canvas or size) != size:
                    raise Malformed
                found["width"], found["height"] = size
                lossless = kind == b"VP8L"
        else:
            if kind == b"EXIF":
                found["orientation"] = _orientation(body)
            elif kind == b"ICCP" and len(body) <= MAX_PROFILE:
                found["profile"] = body
            continue
        kept.append(kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2))
    if frames and canvas:
        found["width"], found["height"] = canvas
    if "width" not in found:
        raise Malformed
    riff = b"".join([b"WEBP", *kept])
    still = b"RIFF" + len(riff).to_bytes(4, "little") + riff
    return Container("WEBP", still, frames=max(1, frames), trailing=end != len(data), lossless=lossless, **found)


def _chunks(data: bytes, at: int) -> "list[tuple[bytes, bytes]]":
    chunks: list[tuple[bytes, bytes]] = []
    while at < len(data):
        body = _take(data, at + 8, _u32(data, at + 4))
        chunks.append((data[at : at + 4], body))
        at += 8 + len(body) + len(body) % 2
    return chunks


def _webp_size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8 ":
        if body[3:6] != b"\x9d\x01\x2a":
            raise Malformed
        return _u16(body, 6) & 0x3FFF, _u16(body, 8) & 0x3FFF
    if body[:1] != b"\x2f":
        raise Malformed
    bits = _u32(body, 1)
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


# ------------------------------------------------------------------------------------------------------ GIF, BMP


def _gif(data: bytes) -> Container:
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + _gif_table(flags)
    frames, first = 0, at
    while (block := data[at]) != 0x3B:
        if block == 0x21:
            at = _gif_blocks(data, at + 2)
        elif block == 0x2C:
            left, top, wide, tall, flags = struct.unpack_from("<HHHHB", data, at + 1)
            at = _gif_blocks(data, at + 11 + _gif_table(flags))
            frames += 1
            if frames == 1:
                # A frame that reaches beyond the canvas makes it larger.
                width, height, first = max(width, left + wide), max(height, top + tall), at
        else:
            raise Malformed
    if not frames:
        raise Malformed
    return Container("GIF", data[:first] + b";", width, height, frames)


def _gif_table(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> int:
    while length := data[at]:
        at += 1 + length
    return at + 1


def _bmp(data: bytes) -> Container:
    header = _u32(data, 14)
    width, height = struct.unpack_from("<HH" if header == 12 else "<ii", data, 18)
    if width < 0:
        raise Malformed
    return Container("BMP", data, width, abs(height))


_PARSERS = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp, "GIF": _gif, "BMP": _bmp}
