"""Attached pictures that can't be used."""

from dataclasses import dataclass

from bot.domain.errors.base import RequestRefused


class PictureRefused(RequestRefused):
    """One of the attached pictures can't be used."""


@dataclass(unsafe_hash=True)
class NotAPicture(PictureRefused, code="not_a_picture"):
    filename: str


@dataclass(unsafe_hash=True)
class UnsupportedPicture(PictureRefused, code="unsupported_picture"):
    """A real picture in a format that isn't taken, HEIC above all."""

    filename: str
    format: str
    accepted: tuple[str, ...]


@dataclass(unsafe_hash=True)
class DamagedPicture(PictureRefused, code="damaged_picture"):
    """Its header is a picture's, but it can't be decoded to the end: truncated or corrupt."""

    filename: str


@dataclass(unsafe_hash=True)
class PictureNotKept(PictureRefused, code="picture_not_kept"):
    """It belongs to an earlier request or to a style, and isn't kept any longer."""

    filename: str


@dataclass(unsafe_hash=True)
class PictureTooHeavy(PictureRefused, code="picture_too_heavy"):
    filename: str
    size: int  # bytes; where reading was stopped at the limit, what was declared or read until then
    limit: int  # bytes


@dataclass(unsafe_hash=True)
class PictureTooLarge(PictureRefused, code="picture_too_large"):
    """More pixels than are decoded: a decompression bomb, or a picture beyond any use here."""

    filename: str
    width: int
    height: int
    limit: int  # pixels, width times height


@dataclass(unsafe_hash=True)
class PictureUnreadable(PictureRefused, code="picture_unreadable"):
    """It could not be fetched: gone, expired, or on a host that is not allowed."""

    filename: str
