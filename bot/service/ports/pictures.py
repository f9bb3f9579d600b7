"""What the use cases need to read, check, refit and keep pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.request import Attachment


@dataclass(frozen=True, slots=True)
class VerifiedPicture:
    """A picture that decodes to its end, upright, without metadata."""

    data: bytes = field(repr=False)
    media_type: str  # image/png, image/jpeg or image/webp
    width: int
    height: int
    frames: int = 1  # in the original


class Attachments(Protocol):
    async def read(self, attachment: Attachment) -> bytes:
        """The file's bytes. Raises `PictureTooHeavy` once more than the limit was read, `PictureUnreadable` where it
        can't be had."""
        ...


class Pictures(Protocol):
    async def verify(self, filename: str, data: bytes) -> VerifiedPicture:
        """Decode the whole picture away from the event loop. Raises a `PictureRefused` of `bot.domain.errors`."""
        ...


class Refitter(Protocol):
    async def refit(self, filename: str, data: bytes, limit: int) -> bytes:
        """The picture as WebP of at most `limit` bytes, made away from the event loop; its transparency is kept.
        Raises `DamagedPicture`."""
        ...


class Blobs(Protocol):
    """Bytes kept for a later step, encrypted. Keys are paths of letters, digits, `-`, `_` and `/`."""

    async def put(self, key: str, data: bytes, *, keep_until: datetime) -> None: ...

    async def get(self, key: str) -> bytes | None: ...

    async def delete(self, key: str) -> None: ...

    async def keys(self) -> Sequence[str]:
        """Those of all that is kept."""
        ...

    async def expire(self, now: datetime) -> int:
        """Delete what was to be kept until before now; answers how many."""
        ...
