"""Picture files: from members, and from Replicate."""

import asyncio
from functools import cache

from bot.domain.errors import DamagedPicture, PictureRefused
from bot.images.refit import PictureRefitter
from bot.images.verify import PictureVerifier
from tests.fuzz.target import Target
from tests.images import files
from tests.images.leftovers import leftovers

_REFITTED = 4_000  # bytes: more than the samples have, so that some must shrink


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@cache
def _verifier() -> PictureVerifier:
    return PictureVerifier(limit_pixels=1_000_000, at_once=1)


@cache
def _refitter() -> PictureRefitter:
    return PictureRefitter()


def _verify(data: bytes) -> None:
    """Refused in words, or clean."""
    try:
        picture = _loop().run_until_complete(_verifier().verify("a.png", data))
    except PictureRefused:
        return
    assert leftovers(picture.data) == []
    seen = files.decode(picture.data)
    assert seen.size == (picture.width, picture.height)
    assert seen.width * seen.height <= 1_000_000
    assert picture.frames >= 1


def _refit(data: bytes) -> None:
    """Made to fit, or damaged."""
    try:
        fitting = _loop().run_until_complete(_refitter().refit("a.png", data, _REFITTED))
    except DamagedPicture:
        return
    assert len(fitting) <= _REFITTED
    assert files.decode(fitting).format == "WEBP"


def _seeds() -> list[bytes]:
    return list(files.samples().values())


TARGETS = (
    Target("pictures", _verify, _seeds, 16_384),
    Target("refit", _refit, _seeds, 16_384),
)
