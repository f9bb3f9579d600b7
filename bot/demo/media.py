"""The page's pictures, handed on as they are."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError
from simcord.backend.cdn import CDN_BASE
from simcord.preview._media import MediaInfo, MediaWorker
from simcord.preview._pages import _Page

# The reason is in bot/demo/page.py.
# ruff: noqa: SLF001
# pyright: reportPrivateUsage=false

_MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}


class PicturesAsTheyAre(MediaWorker):
    """Lets the browser decode what any browser decodes.

    SimCord decodes each picture in a process of its own and keeps it as a PNG of full size. That suits a stranger's
    files, but holds up the painter's by a quarter of a second each, and fills the memory set aside for them within some
    dozens.
    """

    async def validate(self, key: str, blob: bytes, *, media_time: float | None = None) -> Any:
        try:
            with Image.open(BytesIO(blob), formats=tuple(_MEDIA_TYPES)) as picture:
                if not getattr(picture, "is_animated", False) and picture.format is not None:
                    return MediaInfo(
                        format=picture.format,
                        width=picture.width,
                        height=picture.height,
                        frames=1,
                        decoded_bytes=4 * picture.width * picture.height,
                        normalized=blob,
                        content_type=_MEDIA_TYPES[picture.format],
                        transformation="none",
                    )
        except UnidentifiedImageError:
            pass
        return await super().validate(key, blob, media_time=media_time)


def show_quoted_attachments() -> None:
    """Let a message show what is attached to another, as Discord does by its address; SimCord shows nothing there."""
    resolve = _Page._resolve_blob

    def resolve_quoted(self: _Page, record: Any, metadata: Mapping[str, Any], source: tuple[Any, ...] | None) -> None:
        if source is not None and source[0] == "message" and str(metadata.get("url")).startswith(f"{CDN_BASE}/"):
            source = ("attachment", *source[1:])
        resolve(self, record, metadata, source)

    _Page._resolve_blob = resolve_quoted


show_quoted_attachments()
