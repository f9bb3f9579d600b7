"""Picture files to be verified: legal, odd and hostile ones, made as they are needed."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms

SECRET = "behind-the-blue-door"
"""Stands in every piece of metadata that these files carry."""


def colours(mode: str = "RGB", size: tuple[int, int] = (48, 32)) -> Image.Image:
    """Four flat quarters (red, green, blue, yellow from the upper left), so that every turn of it looks different."""
    width, height = size
    image = Image.new("RGB", size, (255, 220, 0))
    image.paste((220, 0, 0), (0, 0, width // 2, height // 2))
    image.paste((0, 200, 0), (width // 2, 0, width, height // 2))
    image.paste((0, 0, 210), (0, height // 2, width // 2, height))
    return image.convert(mode)


def encode(image: Image.Image, name: str, **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


def decode(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def exif(orientation: int = 1) -> bytes:
    """With a place, a thumbnail's worth of text, and an orientation."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = SECRET
    place = tags.get_ifd(0x8825)
    place[1], place[2], place[3], place[4] = "N", (52.0, 31.0, 12.0), "E", (13.0, 24.0, 18.0)
    return tags.tobytes()


XMP = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><!-- {SECRET} --></x:xmpmeta>'.encode()


def srgb() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def swapped_profile() -> bytes:
    """An sRGB profile whose red and green are exchanged: whether it is heeded is plain to see."""
    profile = bytearray(srgb())
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    profile[entries[b"rXYZ"] : entries[b"rXYZ"] + 4] = b"gXYZ"
    profile[entries[b"gXYZ"] : entries[b"gXYZ"] + 4] = b"rXYZ"
    return bytes(profile)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, pixels: bytes, *, depth: int = 8, colour: int = 2, extra: bytes = b"") -> bytes:
    """A PNG with these compressed pixels, which needn't be what the header promises; `extra` chunks before them."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def png_with(data: bytes, *chunks: bytes) -> bytes:
    """The PNG with more chunks after its header."""
    return data[:33] + b"".join(chunks) + data[33:]


def png_texts() -> tuple[bytes, ...]:
    text = SECRET.encode()
    return (
        chunk(b"tEXt", b"Comment\0" + text),
        chunk(b"zTXt", b"Raw\0\0" + zlib.compress(text)),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + XMP),
        chunk(b"tIME", b"\x07\xea\x01\x02\x03\x04\x05"),
        chunk(b"pHYs", b"\0\0\x0b\x13\0\0\x0b\x13\x01"),
        chunk(b"eXIf", exif().removeprefix(b"Exif\0\0")),
        chunk(b"prVt", text),
    )


def jpeg_with(data: bytes, *segments: tuple[int, bytes]) -> bytes:
    """The JPEG with more segments after its start."""
    more = b"".join(struct.pack(">BBH", 0xFF, code, len(body) + 2) + body for code, body in segments)
    return data[:2] + more + data[2:]


def frames(count: int) -> list[Image.Image]:
    return [Image.new("RGB", (24, 16), ((40 * n) % 256, 30, 200)) for n in range(count)]


def animation(name: str, count: int = 5, **options: Any) -> bytes:
    first, *others = frames(count)
    return encode(first, name, save_all=True, append_images=others, duration=100, **options)


def heic(brand: bytes = b"heic", *compatible: bytes) -> bytes:
    body = brand + bytes(4) + b"".join(compatible or (b"mif1", brand))
    return struct.pack(">I", 8 + len(body)) + b"ftyp" + body + bytes(64)


def samples() -> dict[str, bytes]:
    """One or more of every kind that is taken, by name."""
    photo = colours()
    return {
        "plain.png": encode(photo, "PNG"),
        "alpha.png": encode(_see_through(), "PNG"),
        "grey.png": encode(photo.convert("L"), "PNG"),
        "palette.png": encode(photo.quantize(16), "PNG"),
        "bits.png": encode(photo.convert("1"), "PNG"),
        "texts.png": png_with(encode(photo, "PNG"), *png_texts()),
        "moving.png": animation("PNG"),
        "plain.jpg": encode(photo, "JPEG"),
        "progressive.jpg": encode(photo, "JPEG", progressive=True),
        "grey.jpg": encode(photo.convert("L"), "JPEG"),
        "cmyk.jpg": encode(photo.convert("CMYK"), "JPEG"),
        "exif.jpg": encode(photo, "JPEG", exif=exif(6), icc_profile=swapped_profile(), comment=SECRET, xmp=XMP),
        "plain.webp": encode(photo, "WEBP"),
        "lossless.webp": encode(_see_through(), "WEBP", lossless=True),
        "alpha.webp": encode(_see_through(), "WEBP"),
        "exif.webp": encode(photo, "WEBP", exif=exif(3), xmp=XMP, icc_profile=srgb()),
        "moving.webp": animation("WEBP"),
        "plain.gif": encode(photo, "GIF", comment=SECRET),
        "moving.gif": animation("GIF"),
        "plain.bmp": encode(photo, "BMP"),
    }


def _see_through() -> Image.Image:
    image = colours("RGBA")
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    return image
