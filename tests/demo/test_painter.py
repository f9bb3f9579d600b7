"""The painter: what a prediction's input asks for is what the pictures show."""

from collections.abc import Sequence
from io import BytesIO
from itertools import combinations
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.demo.painter import UnreadableInput, edit_region, output_size, paint
from bot.domain.catalog import CATALOG

MODEL = CATALOG["openai/gpt-image-2"]


def painted(prompt: str = "a fox", *inputs: bytes, **values: Any) -> Sequence[Image.Image]:
    values = {"prompt": prompt, "output_format": "png", "quality": "low", **values}
    return [Image.open(BytesIO(data)) for data in paint(values, inputs)]


def encode(image: Image.Image, name: str = "PNG", **options: Any) -> bytes:
    stream = BytesIO()
    image.save(stream, name, **options)
    return stream.getvalue()


def photograph(width: int, height: int) -> Image.Image:
    """No two of its neighbouring pixels are alike, so that only the very same ones match."""
    rows = [bytes(x * step % 251 for x in range(251)) for step in (7, 11, 13)]
    bands = [(row * (width * height // 251 + 1))[: width * height] for row in rows]
    return Image.merge("RGB", [Image.frombytes("L", (width, height), band) for band in bands])


def unlike(one: Image.Image, other: Image.Image) -> float:
    """The mean difference of their pixels, of 255."""
    difference = ImageChops.difference(one.convert("RGB"), other.convert("RGB"))
    return sum(ImageStat.Stat(difference).mean) / 3


@pytest.mark.parametrize("aspect_ratio", MODEL.choices("aspect_ratio"))
def test_every_aspect_ratio_has_its_size(aspect_ratio: str) -> None:
    (picture,) = painted(aspect_ratio=aspect_ratio)
    width, height = picture.size
    if aspect_ratio == "auto":
        assert picture.size == (1024, 1024)
    elif ":" in aspect_ratio:
        across, down = map(int, aspect_ratio.split(":"))
        assert width * down == height * across
        assert 1024 <= min(width, height) <= 1152
    else:
        assert f"{width}x{height}" == aspect_ratio


@pytest.mark.parametrize("aspect_ratio", ["7:5", "x", "12x", "99999x99999", "-1024x1024"])
def test_what_is_no_aspect_ratio_is_refused(aspect_ratio: str) -> None:
    with pytest.raises(ValueError, match="aspect_ratio"):
        output_size(aspect_ratio)


@pytest.mark.parametrize("output_format", MODEL.choices("output_format"))
def test_every_format(output_format: str) -> None:
    (picture,) = painted(output_format=output_format)
    assert picture.format == output_format.upper()
    assert picture.mode == "RGB"
    assert not picture.getexif()


@pytest.mark.parametrize("output_format", ["webp", "jpeg"])
def test_compression_is_heeded(output_format: str) -> None:
    sizes = [
        len(paint({"prompt": "a fox", "output_format": output_format, "output_compression": each}, [])[0])
        for each in (0, 50, 100)
    ]
    assert sizes == sorted(sizes)
    assert sizes[0] * 2 < sizes[2]


@pytest.mark.parametrize("prompt", ["a fox", "a lighthouse by the sea", "a rocket", "nothing that it knows"])
@pytest.mark.parametrize("output_format", ["png", "webp"])
def test_a_transparent_background_surrounds_the_picture(prompt: str, output_format: str) -> None:
    (picture,) = painted(prompt, background="transparent", output_format=output_format, quality="high")
    assert picture.mode == "RGBA"
    alpha = picture.getchannel("A")
    assert [alpha.getpixel(at) for at in ((0, 0), (1023, 0), (0, 800), (1023, 800), (30, 500), (990, 500))] == [0] * 6
    assert alpha.getpixel((512, 512)) == 255
    clear = alpha.histogram()[0] / (1024 * 1024)
    assert 0.3 < clear < 0.8


@pytest.mark.parametrize("background", ["auto", "opaque"])
def test_another_background_is_opaque(background: str) -> None:
    (picture,) = painted(background=background)
    assert not picture.has_transparency_data


def test_the_same_input_gives_the_same_bytes() -> None:
    values = {"prompt": "a fox in a forest", "number_of_images": 2, "quality": "high", "output_format": "webp"}
    assert paint(values, []) == paint(values, [])


def test_a_batch_holds_as_many_pictures_and_no_two_alike() -> None:
    pictures = painted("a lighthouse by the sea at sunset", number_of_images=10)
    assert len(pictures) == 10
    assert all(unlike(one, other) > 2 for one, other in combinations(pictures, 2))


def test_prompts_show() -> None:
    prompts = (
        "a city at night",
        "the sea at dawn",
        "a fox in a forest",
        "desert dunes",
        "abstract shapes",
        "a rocket in space",
    )
    pictures = [painted(prompt)[0] for prompt in prompts]
    assert all(unlike(one, other) > 10 for one, other in combinations(pictures, 2))
    night, dawn = pictures[:2]
    assert sum(ImageStat.Stat(night).mean) < sum(ImageStat.Stat(dawn).mean) / 2


def test_qualities_show() -> None:
    qualities = CATALOG["openai/gpt-image-2.5-flare"].choices("quality")
    pictures = [painted("a village in the mountains", quality=each)[0] for each in qualities if each != "auto"]
    assert all(unlike(one, other) > 1 for one, other in combinations(pictures, 2))


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        " \n\t ",
        "\0\x07\x1b[31m",
        "狐と森 🦊",
        "Füchse, müde",
        "שועל",
        "\ud800 alone",
        "“”·…%s{}",
        "x" * 32_000,
        "word " * 6400,
    ],
)
def test_any_prompt_can_be_painted(prompt: str) -> None:
    assert painted(prompt)[0].size == (1024, 1024)


def test_the_picture_says_what_it_is() -> None:
    # Light letters on a dark band at the foot, which a picture of light alone can't have.
    foot = painted("desert at noon")[0].crop((400, 960, 624, 1004)).convert("L")
    dark, light = foot.getextrema()
    assert (dark, light) < (60, 256)
    assert sum(foot.histogram()[200:]) > 300


# --------------------------------------------------------------------------------------------------------- edits


@pytest.mark.parametrize(
    ("aspect_ratio", "size", "background"),
    [
        ("1:1", (1600, 1200), "auto"),
        ("1:1", (640, 900), "transparent"),
        ("1:1", (50, 40), "opaque"),
        ("1:1", (1, 1), "auto"),
        ("16:9", (640, 900), "auto"),
        ("9:16", (1600, 1200), "transparent"),
        ("3:2", (50, 40), "auto"),
    ],
)
def test_an_edit_keeps_a_region_of_the_input(aspect_ratio: str, size: tuple[int, int], background: str) -> None:
    source = photograph(*size)
    (picture,) = painted("a cat", encode(source), aspect_ratio=aspect_ratio, background=background)
    there, here = edit_region(picture.size, size)
    assert picture.crop(there).convert("RGB").tobytes() == source.crop(here).tobytes()
    assert min(here[2] - here[0], here[3] - here[1]) == min(*size, min(picture.size) // 5)


@pytest.mark.parametrize("output_format", ["webp", "jpeg"])
def test_an_edit_is_recognised_through_lossy_compression(output_format: str) -> None:
    source = photograph(64, 64).resize((800, 600), Image.Resampling.BICUBIC)
    (picture,) = painted("a cat", encode(source, "JPEG", quality=95), output_format=output_format)
    there, here = edit_region(picture.size, source.size)
    assert unlike(picture.crop(there), source.crop(here)) < 8


def test_every_picture_of_a_batch_is_an_edit() -> None:
    source = photograph(500, 500)
    pictures = painted("a cat", encode(source), number_of_images=3)
    for picture in pictures:
        there, here = edit_region(picture.size, source.size)
        assert picture.crop(there).tobytes() == source.crop(here).tobytes()
    assert all(unlike(one, other) > 1 for one, other in combinations(pictures, 2))


@pytest.mark.parametrize("number", [2, 3, 6, 16])
def test_every_input_is_shown(number: int) -> None:
    colours = [(250 - 14 * n, 3 + 15 * n, 255 if n % 2 else 1) for n in range(number)]
    (picture,) = painted("a robot", *(encode(Image.new("RGB", (300, 200), colour)) for colour in colours))
    counted = {colour: count for count, colour in picture.getcolors(2**24) or []}
    assert all(counted.get(colour, 0) > 500 for colour in colours)


def test_an_edit_differs_by_its_prompt() -> None:
    source = encode(photograph(500, 500))
    assert unlike(painted("a cat at night", source)[0], painted("a rocket on the beach", source)[0]) > 5


def test_a_sideways_photograph_is_shown_upright() -> None:
    source = photograph(90, 60)
    tags = Image.Exif()
    tags[0x0112] = 6
    (picture,) = painted("a cat", encode(source, exif=tags.tobytes()))
    upright = source.transpose(Image.Transpose.ROTATE_270)
    there, here = edit_region(picture.size, upright.size)
    assert picture.crop(there).tobytes() == upright.crop(here).tobytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a picture",
        encode(photograph(200, 200))[:2000],
        encode(photograph(200, 200), "JPEG")[:2000],
        encode(photograph(20, 20), "GIF"),
        b"\0\0\0\x18ftypheic" + bytes(40),
    ],
)
def test_an_input_that_cannot_be_read_is_refused(data: bytes) -> None:
    good = encode(photograph(20, 20))
    with pytest.raises(UnreadableInput):
        paint({"prompt": "a cat"}, [good, data])


def test_a_grainy_picture_can_not_be_made_small() -> None:
    plain, grainy = (
        paint({"prompt": prompt, "output_format": "png", "quality": "low"}, [])[0]
        for prompt in ("a fox", "a grainy fox")
    )
    assert len(plain) < 1 << 20
    assert len(grainy) > 2 << 20
