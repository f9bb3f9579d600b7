"""A picture over a place's limit is made to fit; transparency and likeness are kept."""

import random
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.domain.errors import DamagedPicture
from bot.images.refit import PictureRefitter


@pytest.fixture
def refitter() -> Iterator[PictureRefitter]:
    refitter = PictureRefitter()
    yield refitter
    refitter.close()


def heavy_png(mode: str = "RGB", side: int = 300) -> bytes:
    """Noise over a gradient: what no lossless format makes small."""
    channels = len(mode)
    noise = Image.frombytes(mode, (side, side), random.Random(7).randbytes(side * side * channels))
    smooth = Image.merge(mode, [Image.linear_gradient("L").resize((side, side))] * channels)
    output = BytesIO()
    Image.blend(smooth, noise, 0.2).save(output, "PNG")
    return output.getvalue()


@pytest.mark.parametrize("share", [0.6, 0.2, 0.03])
async def test_it_fits_below_the_limit_and_looks_alike(refitter: PictureRefitter, share: float) -> None:
    original = heavy_png()
    limit = int(len(original) * share)
    refitted = await refitter.refit("a.png", original, limit)
    assert len(refitted) <= limit
    shown, was = Image.open(BytesIO(refitted)), Image.open(BytesIO(original))
    assert shown.format == "WEBP"
    assert shown.width * was.height == pytest.approx(shown.height * was.width, rel=0.02)
    difference = ImageChops.difference(shown.convert("RGB").resize(was.size), was)
    assert max(ImageStat.Stat(difference).mean) < 16


async def test_no_more_is_lost_than_needed(refitter: PictureRefitter) -> None:
    original = heavy_png()
    refitted = await refitter.refit("a.png", original, int(len(original) * 0.6))
    assert Image.open(BytesIO(refitted)).size == (300, 300), "a lower quality comes before a smaller size"


async def test_nothing_is_lost_where_that_does(refitter: PictureRefitter) -> None:
    picture = Image.open(BytesIO(heavy_png()))
    picture.putalpha(Image.linear_gradient("L").resize(picture.size).point([max(each, 1) for each in range(256)]))
    output = BytesIO()
    picture.save(output, "PNG", compress_level=1)
    original = output.getvalue()
    refitted = await refitter.refit("a.png", original, len(original) - 1)
    shown, was = Image.open(BytesIO(refitted)).convert("RGBA"), Image.open(BytesIO(original))
    assert not ImageChops.difference(shown.convert("RGB"), was.convert("RGB")).getbbox()
    assert not ImageChops.difference(shown.getchannel("A"), was.getchannel("A")).getbbox()


async def test_transparency_is_kept(refitter: PictureRefitter) -> None:
    picture = Image.open(BytesIO(heavy_png()))
    picture.putalpha(Image.linear_gradient("L").resize(picture.size))
    output = BytesIO()
    picture.save(output, "PNG")
    refitted = Image.open(BytesIO(await refitter.refit("a.png", output.getvalue(), len(output.getvalue()) // 2)))
    low, high = refitted.getchannel("A").getextrema()
    assert (low, high) == (0, 255)


@pytest.mark.parametrize("data", [b"", b"no picture", heavy_png()[:5000]])
async def test_what_is_no_picture_is_refused(refitter: PictureRefitter, data: bytes) -> None:
    with pytest.raises(DamagedPicture):
        await refitter.refit("a.png", data, 1000)


async def test_an_impossible_limit_is_refused(refitter: PictureRefitter) -> None:
    with pytest.raises(DamagedPicture):
        await refitter.refit("a.png", heavy_png(), 100)
