"""Draws the stand-in's pictures from a prediction's input, so that the demo needs no model.

A prompt's words choose the scene, the light and who is in it; the rest is drawn from randomness that prompt and index
seed, so that the same input gives the same pictures. Each picture says that no model ran.
"""

import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from io import BytesIO
from typing import Any, TypeAlias

from PIL import Image, ImageDraw, ImageFont, ImageOps

from bot.demo.canvas import WHITE, Canvas, Size, ellipse, rectangle, resized
from bot.demo.idea import imagine
from bot.demo.scenery import paint_figure, paint_scene

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom, in pixels; right and bottom lie outside."""

NOTICE = "drawn locally, no model ran"

_SIZES: Mapping[str, Size] = {
    "auto": (1024, 1024),
    "1:1": (1024, 1024),
    "3:2": (1536, 1024),
    "2:3": (1024, 1536),
    "4:3": (1536, 1152),
    "3:4": (1152, 1536),
    "16:9": (2048, 1152),
    "9:16": (1152, 2048),
}
_DETAIL: Mapping[str, int] = {"low": 0, "medium": 1, "high": 2, "auto": 2, "xhigh": 3, "max": 4}
GRAINY = r"\bgrainy\b"
"""What in a prompt makes large files as PNG: in 4K over Discord's limit for a file, ten wide ones for a request."""

_INPUT_FORMATS = ("PNG", "JPEG", "WEBP")


class UnreadableInput(ValueError):
    """One of the pictures to edit can't be decoded."""


def output_size(aspect_ratio: str) -> Size:
    """Width and height for a ratio or an explicit size of the catalogue. Raises `ValueError` for anything else."""
    if aspect_ratio in _SIZES:
        return _SIZES[aspect_ratio]
    explicit = re.fullmatch(r"(\d{3,4})x(\d{3,4})", aspect_ratio)
    if explicit is None:
        raise ValueError(f"unknown aspect_ratio {aspect_ratio!r}")
    return int(explicit[1]), int(explicit[2])


def edit_region(size: Size, input_size: Size) -> tuple[Box, Box]:
    """Where an edit of that size keeps pixels of its first input as they are: (box in output, box in input).

    Both boxes have one size. In a png, or any other lossless output, the pixels are equal where the input is opaque.
    """
    side = min(size) // 5
    width, height = min(side, input_size[0]), min(side, input_size[1])
    right, bottom = size[0] - min(size) // 16, size[1] - min(size) // 9
    left, top = (input_size[0] - width) // 2, (input_size[1] - height) // 2
    return (right - width, bottom - height, right, bottom), (left, top, left + width, top + height)


def paint(values: Mapping[str, Any], inputs: Sequence[bytes]) -> list[bytes]:
    """Draw `number_of_images` pictures for a prediction's input; edits, where `inputs` holds encoded pictures.

    Blocking and CPU-bound. An edit shows every input whole, as a print in the scene, and a part of the first at its
    own scale (`edit_region`). Raises `UnreadableInput`, and `ValueError` for an aspect ratio that isn't one.
    """
    prompt = str(values.get("prompt", ""))
    size = output_size(str(values.get("aspect_ratio") or "1:1"))
    detail = _DETAIL.get(str(values.get("quality") or "auto"), 2)
    cut_out = values.get("background") == "transparent"
    prints = [_decode(data) for data in inputs]
    painted: list[bytes] = []
    for index in range(int(values.get("number_of_images") or 1)):
        rng = random.Random(f"{index}\0{prompt}".encode(errors="replace"))  # noqa: S311 # pictures, not secrets
        canvas = Canvas(size, rng, detail)
        _compose(canvas, prompt, prints, cut_out=cut_out)
        _caption(canvas.image, prompt)
        if prints:  # last, so that nothing changes its pixels
            _detail_at_scale(canvas.image, prints[0])
        painted.append(
            _encode(canvas.image, str(values.get("output_format") or "webp"), values.get("output_compression"))
        )
    return painted


def _compose(canvas: Canvas, prompt: str, prints: Sequence[Image.Image], *, cut_out: bool) -> None:
    idea = imagine(prompt, canvas.rng)
    paint_scene(canvas, idea)
    if canvas.detail > 1:
        canvas.grain(0.16)
    if re.search(GRAINY, prompt, re.IGNORECASE):
        canvas.film(0.4)
    if cut_out and not prints:
        canvas.start_cut_out()
        paint_figure(canvas, idea, height=0.56, x=0.5, ground=0.84)
        middle, radius = (canvas.width / 2, canvas.height / 2), canvas.unit * 0.36
        canvas.finish_cut_out(ellipse(*middle, radius), border=0.012)
        return
    if cut_out:
        canvas.image.paste((*WHITE, 0), (0, 0, *canvas.image.size))
    if prints:
        _lay_out(canvas, prints)
        paint_figure(
            canvas, idea, height=0.3 if len(prints) == 1 else 0.22, x=0.17 if len(prints) == 1 else 0.14, ground=0.9
        )
    else:
        paint_figure(canvas, idea, height=0.4)


def _lay_out(canvas: Canvas, prints: Sequence[Image.Image]) -> None:
    """Hang the first print large and the others in rows of five below it, each whole, with a white border."""
    width, height = canvas.image.size
    others = prints[1:]
    _hang(canvas, prints[0], (0.07 * width, 0.06 * height, 0.93 * width, (0.64 if others else 0.8) * height))
    columns = min(5, max(2, len(others)))
    wide, tall = 0.44 * width / columns, 0.22 * height / max(1, -(-len(others) // columns))
    for n, each in enumerate(others):
        left, top = 0.26 * width + n % columns * wide, 0.66 * height + n // columns * tall
        _hang(canvas, each, (left, top, left + wide * 0.94, top + tall * 0.94))


def _hang(canvas: Canvas, picture: Image.Image, space: tuple[float, float, float, float]) -> None:
    border = min(canvas.unit * 0.012, (space[2] - space[0]) * 0.05)
    left, top, right, bottom = space
    scale = min((right - left - 2 * border) / picture.width, (bottom - top - 2 * border) / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    x, y = round((left + right - size[0]) / 2), round((top + bottom - size[1]) / 2)
    frame = (x - border, y - border, x + size[0] + border, y + size[1] + border)
    canvas.soft((20, 16, 24), 0.5, 0.012, rectangle(frame[0], frame[1] + border, frame[2], frame[3] + border))
    canvas.fill(WHITE, rectangle(*frame))
    fitted = resized(picture, size)
    canvas.image.paste(fitted, (x, y), fitted if fitted.mode == "RGBA" else None)


def _detail_at_scale(image: Image.Image, picture: Image.Image) -> None:
    region, source = edit_region(image.size, picture.size)
    border = max(2, min(image.size) // 128)
    frame = (region[0] - border, region[1] - border, region[2] + border, region[3] + border)
    ImageDraw.Draw(image).rectangle((frame[0], frame[1], frame[2] - 1, frame[3] - 1), fill=(*WHITE, 255))
    patch = picture.crop(source)
    image.paste(patch, region, patch if patch.mode == "RGBA" else None)


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _caption(image: Image.Image, prompt: str) -> None:
    """The prompt's words and the notice, small, on a dark band at the bottom."""
    unit, (width, height) = min(image.size), image.size
    font = _font(round(unit * 0.021))
    # The built-in font knows little beyond ASCII.
    plain = unicodedata.normalize("NFKD", prompt[:400]).encode("ascii", "ignore").decode()
    words = " ".join(re.sub(r"[^ -~]", " ", plain).split())
    text = f"“{words}” · {NOTICE}" if words else NOTICE
    while words and font.getlength(text) > width * 0.86:
        words = words[:-4].rstrip()
        text = f"“{words}…” · {NOTICE}"
    middle, half = height - unit * 0.042, unit * 0.021
    reach = font.getlength(text) / 2 + unit * 0.022
    overlay = Image.new("RGBA", image.size, (20, 16, 28, 0))
    draw = ImageDraw.Draw(overlay)
    draw.rounded_rectangle(
        (width / 2 - reach, middle - half, width / 2 + reach, middle + half), half, fill=(20, 16, 28, 200)
    )
    image.alpha_composite(overlay)
    ImageDraw.Draw(image).text((width / 2, middle), text, font=font, fill=(255, 255, 255, 255), anchor="mm")


def _decode(data: bytes) -> Image.Image:
    try:
        with Image.open(BytesIO(data), formats=_INPUT_FORMATS) as image:
            image.load()
            upright = ImageOps.exif_transpose(image)
            return upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise UnreadableInput("an input picture can't be decoded") from error


def _encode(image: Image.Image, output_format: str, compression: int | None) -> bytes:
    quality = 90 if compression is None else compression
    options: dict[str, dict[str, Any]] = {
        "png": {"compress_level": 3},
        "webp": {"quality": quality, "method": 1},
        "jpeg": {"quality": quality},
    }
    see_through = image.getextrema()[-1] != (255, 255)
    if output_format == "jpeg" or not see_through:
        image = image.convert("RGB")
    stream = BytesIO()
    image.save(stream, output_format, **options[output_format])
    return stream.getvalue()
