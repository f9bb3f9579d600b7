"""A picture to draw on: smooth polygons, gradients, soft light. The scenes and figures know no other drawing."""

import colorsys
import math
import random
from collections.abc import Sequence
from typing import TypeAlias, cast

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Size: TypeAlias = tuple[int, int]
Colour: TypeAlias = tuple[int, int, int]
Point: TypeAlias = tuple[float, float]
Shape: TypeAlias = Sequence[Point]
"""A polygon, in pixels."""

WHITE: Colour = (255, 255, 255)


class Canvas:
    """An RGBA picture, transparent at first. `unit` is its short side; `detail` runs from 0 (low) to 4 (max)."""

    def __init__(self, size: Size, rng: random.Random, detail: int) -> None:
        self.width, self.height = size
        self.unit = min(size)
        self.rng = rng
        self.detail = detail
        self.image = Image.new("RGBA", size, (*WHITE, 0))
        self._cut: Image.Image | None = None

    def backdrop(self, top: Colour, middle: Colour, bottom: Colour) -> None:
        """Cover everything with a gradient of three colours, from the top down."""
        self.image.paste(_gradient(self.image.size, top, middle, bottom))

    def fill(self, colour: Colour, *shapes: Shape, below: Colour | None = None, opacity: float = 1) -> None:
        """Paint polygons with smooth edges, shading down to the colour `below`."""
        xs, ys = [x for shape in shapes for x, _ in shape], [y for shape in shapes for _, y in shape]
        if not xs:
            return
        left, top = max(0, math.floor(min(xs))), max(0, math.floor(min(ys)))
        right, bottom = min(self.width, math.ceil(max(xs))), min(self.height, math.ceil(max(ys)))
        if left >= right or top >= bottom:
            return
        size = (right - left, bottom - top)
        mask = Image.new("L", (size[0] * 2, size[1] * 2))
        draw = ImageDraw.Draw(mask)
        for shape in shapes:
            draw.polygon([((x - left) * 2, (y - top) * 2) for x, y in shape], fill=round(opacity * 255))
        mask, at = mask.reduce(2), (left, top)
        self._blend(colour if below is None else _gradient(size, colour, below), mask, at)
        if self._cut is not None and opacity > 0.5:  # a shadow or a beam of light is no part of a figure
            self._cut.paste(255, at, mask)

    def soft(self, colour: Colour, opacity: float, blur: float, *shapes: Shape) -> None:
        """Paint blurred polygons, as light and vapour are; `blur` in parts of the unit."""
        if not shapes:
            return
        scale = 8
        mask = Image.new("L", (self.width // scale, self.height // scale))
        draw = ImageDraw.Draw(mask)
        for shape in shapes:
            draw.polygon([(x / scale, y / scale) for x, y in shape], fill=round(opacity * 255))
        mask = mask.filter(ImageFilter.GaussianBlur(blur * self.unit / scale))
        touched = mask.getbbox()
        if touched is None:
            return
        mask = mask.crop(touched)
        large = resized(mask, (mask.width * scale, mask.height * scale))
        self._blend(colour, large, (touched[0] * scale, touched[1] * scale))

    def mirror(self, horizon: float, tint: Colour, share: float) -> None:
        """Let what lies above the horizon (in pixels) be seen in still water below it."""
        top = round(horizon)
        depth = self.height - top
        above = self.image.crop((0, max(0, top - depth), self.width, top)).transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        above = resized(resized(above, (self.width // 4, max(1, depth // 8))), (self.width, depth))
        self.image.paste(Image.blend(above, Image.new("RGBA", above.size, (*tint, 255)), share), (0, top))

    def grain(self, amount: float) -> None:
        """Roughen the picture as paper does; also hides the steps of long gradients."""
        tile = Image.frombytes("L", (256, 256), self.rng.randbytes(256 * 256)).filter(ImageFilter.GaussianBlur(0.6))
        paper = Image.new("L", self.image.size)
        for y in range(0, self.height, 256):
            for x in range(0, self.width, 256):
                paper.paste(tile, (x, y))
        *bands, alpha = self.image.split()
        rough = Image.merge("RGB", [ImageChops.soft_light(band, paper) for band in bands])
        mixed = Image.blend(Image.merge("RGB", bands), rough, amount)
        mixed.putalpha(alpha)
        self.image = mixed

    def film(self, amount: float) -> None:
        """Cover everything with film's grain: each pixel has its own, so that no format can make its file small."""
        pixels = self.width * self.height
        noise = Image.frombytes("RGB", self.image.size, self.rng.randbytes(3 * pixels))
        *bands, alpha = self.image.split()
        self.image = Image.blend(Image.merge("RGB", bands), noise, amount)
        self.image.putalpha(alpha)

    def start_cut_out(self) -> None:
        """From here on, remember what is filled: `finish_cut_out` makes all else transparent."""
        self._cut = Image.new("L", self.image.size)

    def finish_cut_out(self, shape: Shape, border: float) -> None:
        """Keep a polygon and what was filled since `start_cut_out`, with a white border (in parts of the unit)."""
        if self._cut is None:
            raise RuntimeError("no cut-out was started")
        medallion = Image.new("L", (self.width * 2, self.height * 2))
        ImageDraw.Draw(medallion).polygon([(x * 2, y * 2) for x, y in shape], fill=255)
        inner, self._cut = ImageChops.lighter(self._cut, medallion.reduce(2)), None
        small = inner.reduce(4).filter(ImageFilter.GaussianBlur(border * self.unit / 4))
        outline = resized(ImageChops.add(small, small, scale=0.08), self.image.size)
        sticker = Image.new("RGBA", self.image.size, (*WHITE, 0))
        sticker.paste(WHITE, mask=outline)
        sticker.paste(self.image, mask=inner)
        self.image = sticker

    def _blend(self, paint: Colour | Image.Image, mask: Image.Image, at: tuple[int, int]) -> None:
        box = (*at, at[0] + mask.width, at[1] + mask.height)
        self.image.paste(paint, box, mask)


def resized(image: Image.Image, size: Size) -> Image.Image:
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2)  # pyright: ignore[reportUnknownMemberType] # its type names numpy's, which isn't installed


def _gradient(size: Size, top: Colour, second: Colour, third: Colour | None = None) -> Image.Image:
    wedge = Image.linear_gradient("L").crop((0, 0, 1, 256))
    shaded = ImageOps.colorize(wedge, top, second) if third is None else ImageOps.colorize(wedge, top, third, second)
    return resized(shaded, size)


# ---------------------------------------------------------------------------------------- shapes and colours


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> list[Point]:
    ry = rx if ry is None else ry
    turns = [math.tau * step / 56 for step in range(56)]
    return [(x + rx * math.cos(turn), y + ry * math.sin(turn)) for turn in turns]


def rectangle(x0: float, y0: float, x1: float, y1: float) -> list[Point]:
    return [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """From `a` (share 0) to `b` (share 1)."""
    return cast("Colour", tuple(round(x + (y - x) * share) for x, y in zip(a, b, strict=True)))


def hsv(hue: float, saturation: float, value: float) -> Colour:
    return cast("Colour", tuple(round(part * 255) for part in colorsys.hsv_to_rgb(hue % 1, saturation, value)))


def turned(colour: Colour, turn: float) -> Colour:
    """The colour with its hue turned, in parts of a whole turn."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(part / 255 for part in colour))
    return hsv(hue + turn, saturation, value)
