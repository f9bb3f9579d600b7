"""Refit: make a picture fit below a size, losing as little as will do."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

from PIL import Image, ImageOps

from bot.domain.errors import DamagedPicture
from bot.images.container import Malformed, identify, parse

_FORMATS = ("PNG", "JPEG", "WEBP")
_QUALITIES = (95, 90, 80)
_SHRINK = 0.8
_PNG = b"\x89PNG"
_LOSSLESS_SHARE = 0.75
"""Of a PNG's bytes: lossless WebP takes 5 to 15 % fewer, so below that it isn't worth its second of work."""
_MOST_PIXELS = 50_000_000
"""That are decoded: no model makes so many, but a few bytes can declare them, and decoded they take memory."""
_SMALLEST = 64  # pixels; below it nothing that could be called the picture is left


class PictureRefitter:
    """Re-encodes away from the event loop, one picture at a time: each can take hundreds of megabytes."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="refit")

    def close(self) -> None:
        """Stop after the picture that is being encoded now."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def refit(self, filename: str, data: bytes, limit: int) -> bytes:
        """The picture as WebP of at most `limit` bytes: without loss, else at the highest quality that fits, else
        smaller; transparency is kept. Raises `DamagedPicture` where it can't be decoded or no size would fit."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, _refit, filename, data, limit)


def _refit(filename: str, data: bytes, limit: int) -> bytes:
    try:
        picture = _decode(data)
    except (Malformed, OSError, ValueError, SyntaxError):
        raise DamagedPicture(filename) from None
    if data.startswith(_PNG) and limit >= len(data) * _LOSSLESS_SHARE:
        encoded = _encode(picture, 50, lossless=True, method=2)
        if len(encoded) <= limit:
            return encoded
    for quality in _QUALITIES:
        if len(encoded := _encode(picture, quality)) <= limit:
            return encoded
    while min(picture.size) * _SHRINK >= _SMALLEST:
        picture = ImageOps.scale(picture, _SHRINK, Image.Resampling.LANCZOS)
        if len(encoded := _encode(picture, _QUALITIES[-1])) <= limit:
            return encoded
    raise DamagedPicture(filename)


def _decode(data: bytes) -> Image.Image:
    """As RGB or RGBA. Raises `Malformed`, and whatever Pillow does. Nothing of the file is held on to."""
    container = parse(_format(data), data)
    if container.width * container.height > _MOST_PIXELS:
        raise Malformed
    picture = Image.open(BytesIO(data), formats=[container.format])
    if picture.size != (container.width, container.height):
        raise Malformed
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _format(data: bytes) -> str:
    """Raises `Malformed` for what isn't among those that the models make."""
    name = identify(data)
    if name not in _FORMATS:
        raise Malformed
    return name


def _encode(picture: Image.Image, quality: int, *, lossless: bool = False, method: int = 4) -> bytes:
    output = BytesIO()
    picture.save(output, "WEBP", quality=quality, lossless=lossless, method=method)
    return output.getvalue()
