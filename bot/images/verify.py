"""Proves that a file is a picture by decoding it whole, and leaves nothing in it but the picture."""

import asyncio
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from io import BytesIO
from typing import Any

from PIL import Image

from bot.domain.errors import DamagedPicture, NotAPicture, PictureTooLarge, UnsupportedPicture
from bot.domain.request import ACCEPTED_FORMATS
from bot.images.colour import plain, to_srgb
from bot.images.container import Container, Malformed, has_excess, identify, parse
from bot.service.ports import VerifiedPicture

_MEDIA_TYPES: Mapping[str, str] = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_TAKEN = (*_MEDIA_TYPES, "GIF", "BMP")  # the last two leave as PNG
_PLAIN_MODES = ("1", "L", "LA", "P", "RGB", "RGBA")
_LARGE = 16_000_000  # pixels

_UPRIGHT: Mapping[int, Image.Transpose] = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes a picture of that EXIF orientation upright."""


class PictureVerifier:
    """The port `Pictures`. PNG, JPEG and WebP stay what they are; GIF and BMP become PNG.

    A file is judged by its bytes, never by its name or declared type. One that needs no change of its pixels keeps
    its compressed data: only metadata, further frames and what stands after the end are left out. It is encoded anew
    (JPEG at quality 95 without chroma subsampling, lossless ones losslessly) where it must be turned upright, where
    its colours are not sRGB, where it is animated, 16 bits deep or CMYK, and where something hid behind its end.

    What one picture may cost: `limit_pixels` (width times height, from the header, before anything is decoded) lets
    the 48-megapixel pictures of telephones through. The worst of 50 megapixels were measured at a few seconds and
    0.6 GB (WebP: 0.95 GB, as its decoder keeps two canvases), so large ones, from 16 megapixels, take turns, and
    others run `at_once` at a time. All run in threads of their own: the event loop never waits.
    """

    def __init__(self, *, limit_pixels: int = 50_000_000, at_once: int = 2) -> None:
        if limit_pixels > (Image.MAX_IMAGE_PIXELS or limit_pixels):
            raise ValueError(f"limit_pixels is beyond {Image.MAX_IMAGE_PIXELS}, where Pillow itself objects")
        self._limit_pixels = limit_pixels
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="pictures")
        self._large_one = threading.Lock()

    def close(self) -> None:
        """Stop after the pictures that are being decoded now."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def verify(self, filename: str, data: bytes) -> VerifiedPicture:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._verify, filename, data)

    def _verify(self, filename: str, data: bytes) -> VerifiedPicture:
        name = identify(data)
        if name is None:
            raise NotAPicture(filename)
        if name not in _TAKEN:
            raise UnsupportedPicture(filename, name, ACCEPTED_FORMATS)
        try:
            container = parse(name, data)
        except Malformed:
            raise DamagedPicture(filename) from None
        pixels = container.width * container.height
        if pixels > self._limit_pixels:
            raise PictureTooLarge(filename, container.width, container.height, self._limit_pixels)
        with self._large_one if pixels > _LARGE else nullcontext():
            try:
                excess = has_excess(container)
                image = _decode(container)
            except MemoryError:
                raise PictureTooLarge(filename, container.width, container.height, self._limit_pixels) from None
            except Exception:  # noqa: BLE001 # whatever a decoder trips over, the file is at fault
                raise DamagedPicture(filename) from None
            return _clean(container, image, polluted=container.trailing or excess)


def _decode(container: Container) -> Image.Image:
    """The whole first picture. Pillow sees only what the container's parser has left."""
    image = Image.open(BytesIO(container.still), formats=[container.format])
    if image.size != (container.width, container.height):
        raise Malformed  # the limit was checked against another size
    image.load()
    # WebP's decoder holds two more canvases for as long as its picture lives.
    return image.copy() if container.format == "WEBP" else image


def _clean(container: Container, image: Image.Image, *, polluted: bool) -> VerifiedPicture:
    converted = None if container.profile is None else to_srgb(image, container.profile)
    keep = (
        converted is None
        and container.format in _MEDIA_TYPES
        and container.orientation == 1
        and not polluted
        and not container.deep
        and image.mode in _PLAIN_MODES
        and (container.frames == 1 or container.format == "PNG")  # an APNG without its frames is a plain PNG
    )
    name = container.format if container.format in _MEDIA_TYPES else "PNG"
    if keep:
        data = container.still
    else:
        image = plain(image) if converted is None else converted
        if container.orientation != 1:
            image = image.transpose(_UPRIGHT[container.orientation])
        data = _encode(image, name, lossless=container.lossless)
    return VerifiedPicture(data, _MEDIA_TYPES[name], image.width, image.height, container.frames)


def _encode(image: Image.Image, name: str, *, lossless: bool) -> bytes:
    options: Mapping[str, dict[str, Any]] = {
        "PNG": {},
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": lossless, "quality": 80 if lossless else 95, "exact": lossless},
    }
    image.info.clear()  # Pillow writes some of it back
    stream = BytesIO()
    image.save(stream, name, **options[name])
    return stream.getvalue()
