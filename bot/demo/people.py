"""Who is in the room, and what they look like."""

import random
from dataclasses import dataclass
from io import BytesIO

from bot.demo.canvas import WHITE, Canvas, Colour, Shape, ellipse, rectangle
from bot.demo.idea import imagine
from bot.demo.scenery import paint_figure, paint_scene

SIDE = 128  # pixels

_WOOD: Colour = (150, 98, 58)


@dataclass(frozen=True, slots=True)
class Person:
    """`user_name` is unique and hashes their picture, too; `name` is what people call them."""

    user_name: str
    name: str
    looks: str  # a prompt


MEMBER = Person("member", "Member", "a fox in a golden forest")
OTHER_MEMBER = Person("other_member", "Other member", "a rabbit at dawn")
MODERATOR = Person("moderator", "Moderator", "a panda at night")


def portrait(prompt: str) -> bytes:
    """A square PNG of the prompt's figure. Blocking, for some hundredths of a second."""
    canvas = Canvas((SIDE, SIDE), random.Random(prompt), 1)  # noqa: S311 # a picture, no secret
    idea = imagine(prompt, canvas.rng)
    paint_scene(canvas, idea)
    paint_figure(canvas, idea, height=0.85, x=0.5, ground=0.95)
    return _png(canvas)


def easel() -> bytes:
    """The bot's own: a painting on an easel, as a square PNG. Blocking, as `portrait` is."""
    canvas = Canvas((SIDE, SIDE), random.Random(0), 1)  # noqa: S311 # a picture, no secret
    canvas.backdrop((88, 101, 242), (120, 110, 246), (166, 128, 250))
    _fill(canvas, _WOOD, [(0.46, 0.1), (0.54, 0.1), (0.54, 0.3), (0.46, 0.3)])
    for foot in (0.22, 0.5, 0.78):
        _fill(canvas, _WOOD, [(0.47, 0.3), (0.53, 0.3), (foot + 0.035, 0.92), (foot - 0.035, 0.92)])
    _fill(canvas, WHITE, rectangle(0.2, 0.2, 0.8, 0.68))
    _fill(canvas, (255, 196, 120), rectangle(0.24, 0.24, 0.76, 0.64), below=(250, 120, 130))
    _fill(canvas, (255, 244, 200), ellipse(0.6, 0.37, 0.07))
    _fill(canvas, (70, 60, 120), [(0.24, 0.64), (0.24, 0.56), (0.4, 0.38), (0.54, 0.55), (0.64, 0.47), (0.76, 0.64)])
    _fill(canvas, _WOOD, rectangle(0.16, 0.68, 0.84, 0.73))
    return _png(canvas)


def _fill(canvas: Canvas, colour: Colour, shape: Shape, *, below: Colour | None = None) -> None:
    canvas.fill(colour, [(x * SIDE, y * SIDE) for x, y in shape], below=below)


def _png(canvas: Canvas) -> bytes:
    stream = BytesIO()
    canvas.image.convert("RGB").save(stream, "png")
    return stream.getvalue()
