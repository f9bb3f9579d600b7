"""Colours as everything downstream takes them: sRGB, 8 bits a channel."""

from collections.abc import Mapping
from io import BytesIO
from itertools import product
from typing import Final

from PIL import Image, ImageChops, ImageCms

# By the colour space that a profile's header names (ICC.1, 7.2.6).
_MODES: Mapping[bytes, str] = {b"RGB ": "RGB", b"GRAY": "L", b"CMYK": "CMYK"}
_SRGB: Final = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] # untyped in Pillow


def plain(image: Image.Image) -> Image.Image:
    """As L, RGB or RGBA, 8 bits a channel."""
    if image.mode == "I;16":
        return Image.frombytes("L", image.size, image.tobytes()[1::2])  # Pillow's own conversion clips at 255
    if image.has_transparency_data:
        return image.convert("RGBA")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB; None where the profile changes nothing, or isn't one for this picture."""
    pixels = image if image.mode == "CMYK" else plain(image)
    try:
        mode = _MODES.get(profile[16:20])
        base = pixels.convert("RGB") if mode == "RGB" and pixels.mode in ("L", "RGBA") else pixels
        if mode is None or base.mode != mode:
            return None
        transform = ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(BytesIO(profile)),
            _SRGB,
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
        if mode == "RGB" and _changes_nothing(transform):
            return None
        if mode == "RGB":
            ImageCms.applyTransform(base, transform, inPlace=True)  # a large picture is in memory often enough
            converted = base
        else:
            converted = ImageCms.applyTransform(base, transform)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    if converted is not None and pixels.mode == "RGBA":
        converted.putalpha(pixels.getchannel("A"))
    return converted


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether it leaves a sample of all colours as it is, by the name of sRGB or another."""
    levels = range(0, 256, 51)
    sample = Image.frombytes("RGB", (6, 36), bytes(part for colour in product(levels, repeat=3) for part in colour))
    seen = ImageCms.applyTransform(sample, transform)
    return seen is not None and max(ImageChops.difference(sample, seen).tobytes()) <= 2
