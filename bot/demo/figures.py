"""Who or what stands in a scene: figures by the word that asks for them."""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import pairwise

from bot.demo.canvas import WHITE, Canvas, Colour, Point, Shape, ellipse, mix, rectangle

INK: Colour = (34, 28, 36)


class Figure:
    """Draws in a square of its own: x from -0.5 to 0.5, y from 0 (the ground) up to 1."""

    def __init__(self, canvas: Canvas, x: float, ground: float, height: float) -> None:
        """`x` (its middle), `ground` and `height` in pixels of the canvas."""
        self.canvas = canvas
        self._x, self._ground, self._height = x, ground, height

    def draw(self, colour: Colour, *shapes: Shape, below: Colour | None = None, opacity: float = 1) -> None:
        placed = [[(self._x + x * self._height, self._ground - y * self._height) for x, y in each] for each in shapes]
        self.canvas.fill(colour, *placed, below=below, opacity=opacity)

    def shadow(self, width: float) -> None:
        self.draw(INK, ellipse(0, 0.01, width, 0.035), opacity=0.3)


def _pair(shape: Shape) -> tuple[Shape, Shape]:
    """The shape and its mirror image."""
    return shape, [(-x, y) for x, y in shape]


def _stroke(width: float, *path: Point) -> list[Shape]:
    """A rounded line of that width along straight pieces."""
    blobs: list[Shape] = []
    for (x0, y0), (x1, y1) in pairwise(path):
        length = max(((x1 - x0) ** 2 + (y1 - y0) ** 2) ** 0.5, 1e-6)
        nx, ny = (y1 - y0) / length * width / 2, (x0 - x1) / length * width / 2
        blobs.append([(x0 + nx, y0 + ny), (x1 + nx, y1 + ny), (x1 - nx, y1 - ny), (x0 - nx, y0 - ny)])
        blobs += [ellipse(x0, y0, width / 2), ellipse(x1, y1, width / 2)]
    return blobs


def _animal(figure: Figure, accent: Colour, *, fur: Colour, pale: Colour, ears: str, tail: str) -> None:
    deep = mix(fur, INK, 0.35)
    figure.shadow(0.36)
    if tail == "brush":
        figure.draw(fur, *_stroke(0.17, (0.15, 0.1), (0.32, 0.12), (0.4, 0.26), (0.36, 0.4)), below=deep)
        figure.draw(pale, ellipse(0.355, 0.42, 0.075, 0.09))
    elif tail == "long":
        figure.draw(deep, *_stroke(0.065, (0.15, 0.06), (0.32, 0.06), (0.39, 0.16), (0.36, 0.3), (0.41, 0.38)))
    else:
        figure.draw(pale, ellipse(0.24, 0.12, 0.07))
    figure.draw(
        fur, ellipse(0, 0.28, 0.22, 0.28), ellipse(-0.15, 0.1, 0.13, 0.1), ellipse(0.15, 0.1, 0.13, 0.1), below=deep
    )
    figure.draw(pale, ellipse(0, 0.31, 0.115, 0.17))
    figure.draw(pale, *_pair(ellipse(0.085, 0.035, 0.075, 0.035)))
    shapes: Mapping[str, tuple[Shape, Shape]] = {
        "pointed": ([(0.05, 0.84), (0.17, 1.0), (0.225, 0.74)], [(0.1, 0.84), (0.165, 0.94), (0.195, 0.78)]),
        "floppy": (ellipse(0.215, 0.68, 0.07, 0.16), ellipse(0.215, 0.66, 0.035, 0.1)),
        "round": (ellipse(0.165, 0.86, 0.085), ellipse(0.165, 0.86, 0.045)),
        "long": (ellipse(0.095, 0.93, 0.055, 0.18), ellipse(0.095, 0.93, 0.028, 0.13)),
    }
    outer, inner = shapes[ears]
    behind = ears != "floppy"
    if behind:
        figure.draw(deep, *_pair(outer))
        figure.draw(mix(pale, (240, 150, 150), 0.5), *_pair(inner))
    figure.draw(fur, ellipse(0, 0.7, 0.235, 0.19), below=mix(fur, deep, 0.4))
    if not behind:
        figure.draw(deep, *_pair(outer))
    figure.draw(pale, *_pair([(0, 0.54), (0.0, 0.66), (0.09, 0.68), (0.19, 0.62), (0.12, 0.545)]))
    if ears == "round" and fur == WHITE:
        figure.draw(INK, *_pair(ellipse(0.095, 0.735, 0.062, 0.072)))
    figure.draw(INK, *_pair(ellipse(0.095, 0.73, 0.036, 0.046)))
    figure.draw(WHITE, *_pair(ellipse(0.085, 0.745, 0.013)))
    figure.draw(INK, [(-0.035, 0.645), (0.035, 0.645), (0, 0.608)], ellipse(0, 0.64, 0.03, 0.016))
    figure.draw(
        INK,
        *_pair(_stroke(0.01, (0, 0.61), (0, 0.588))[0]),
        *(line for x in (-1, 1) for line in _stroke(0.011, (0, 0.588), (0.025 * x, 0.575), (0.055 * x, 0.585))),
    )
    if figure.canvas.detail > 0:
        figure.draw(accent, *_stroke(0.045, (-0.14, 0.53), (0, 0.505), (0.14, 0.53)))
        figure.draw((250, 214, 110), ellipse(0, 0.475, 0.03))
    if figure.canvas.detail > 1:
        for y in (0.63, 0.6):
            figure.draw(WHITE, *_pair([(0.09, y), (0.3, y + 0.03), (0.3, y + 0.024), (0.09, y - 0.008)]), opacity=0.7)


def _boat(figure: Figure, accent: Colour) -> None:
    figure.draw(INK, rectangle(-0.012, 0.16, 0.012, 0.98))
    figure.draw(WHITE, [(0.03, 0.95), (0.03, 0.24), (0.4, 0.24), (0.24, 0.52)], below=(222, 216, 206))
    figure.draw(accent, [(-0.03, 0.86), (-0.03, 0.24), (-0.3, 0.24), (-0.2, 0.5)], below=mix(accent, INK, 0.2))
    figure.draw((142, 84, 58), [(-0.42, 0.2), (0.48, 0.2), (0.34, 0.02), (-0.3, 0.02)], below=(84, 46, 40))
    figure.draw(WHITE, [(-0.42, 0.2), (0.48, 0.2), (0.465, 0.165), (-0.4, 0.165)], opacity=0.85)
    figure.draw(WHITE, ellipse(0.02, 0.02, 0.46, 0.018), opacity=0.5)


def _lighthouse(figure: Figure, accent: Colour) -> None:
    figure.shadow(0.3)
    figure.draw((92, 86, 88), [(-0.42, 0), (-0.3, 0.07), (-0.1, 0.1), (0.16, 0.09), (0.34, 0.05), (0.44, 0)])
    for step in range(5):
        y, half = 0.08 + step * 0.12, 0.13 - step * 0.011
        band = [(-half, y), (half, y), (half - 0.011, y + 0.125), (-half + 0.011, y + 0.125)]
        figure.draw(accent if step % 2 == 0 else WHITE, band)
        figure.draw(INK, [(0.2 * half, y), (half, y), (half - 0.011, y + 0.125), (0.2 * half, y + 0.125)], opacity=0.14)
    figure.draw(INK, rectangle(-0.11, 0.68, 0.11, 0.7))
    figure.draw((255, 236, 160), rectangle(-0.055, 0.7, 0.055, 0.8))
    figure.draw(
        INK, rectangle(-0.06, 0.7, -0.05, 0.8), rectangle(-0.005, 0.7, 0.005, 0.8), rectangle(0.05, 0.7, 0.06, 0.8)
    )
    figure.draw(accent, [(-0.08, 0.8), (0.08, 0.8), (0, 0.9)], below=mix(accent, INK, 0.3))
    figure.draw((255, 240, 180), [(0.05, 0.75), (12, 1.83), (12, 0.03)], opacity=0.16)
    figure.draw((255, 240, 180), [(-0.05, 0.75), (-12, 1.83), (-12, 0.03)], opacity=0.16)


def _house(figure: Figure, accent: Colour) -> None:
    figure.shadow(0.5)
    figure.draw((120, 92, 84), rectangle(0.18, 0.5, 0.28, 0.86))
    figure.draw((246, 232, 208), rectangle(-0.36, 0, 0.36, 0.46), below=(218, 196, 172))
    figure.draw(accent, [(-0.46, 0.44), (-0.28, 0.8), (0.28, 0.8), (0.46, 0.44)], below=mix(accent, INK, 0.4))
    figure.draw((110, 68, 56), rectangle(-0.07, 0, 0.09, 0.28))
    figure.draw((252, 214, 110), ellipse(0.065, 0.13, 0.012))
    for x in (-0.22, 0.23):
        figure.draw(WHITE, rectangle(x - 0.09, 0.14, x + 0.09, 0.34))
        figure.draw((255, 222, 130), rectangle(x - 0.075, 0.155, x + 0.075, 0.325), below=(250, 180, 90))
        figure.draw(WHITE, rectangle(x - 0.007, 0.14, x + 0.007, 0.34), rectangle(x - 0.09, 0.235, x + 0.09, 0.247))
    for step in range(4):
        figure.draw(
            WHITE, ellipse(0.23 + 0.03 * step, 0.9 + 0.05 * step, 0.03 + 0.012 * step), opacity=0.5 - step * 0.1
        )


def _rocket(figure: Figure, accent: Colour) -> None:
    figure.draw((255, 196, 80), [(-0.1, 0.2), (0.1, 0.2), (0.05, 0.06), (0, -0.06), (-0.05, 0.06)], below=(240, 90, 50))
    figure.draw((255, 244, 190), [(-0.05, 0.2), (0.05, 0.2), (0, 0.05)])
    figure.draw(accent, *_pair([(0.11, 0.44), (0.25, 0.16), (0.1, 0.24)]), below=mix(accent, INK, 0.4))
    body = [(0.0, 1.0), (0.08, 0.88), (0.135, 0.7), (0.14, 0.5), (0.1, 0.2)]
    figure.draw((248, 248, 250), [*body, *[(-x, y) for x, y in reversed(body)]], below=(204, 208, 222))
    figure.draw(INK, [*body, (0.04, 0.2), (0.05, 0.6)], opacity=0.12)
    figure.draw(accent, [(0, 1.0), (0.08, 0.88), (0.104, 0.81), (-0.104, 0.81), (-0.08, 0.88)])
    figure.draw(mix(accent, INK, 0.3), ellipse(0, 0.63, 0.075))
    figure.draw((150, 214, 240), ellipse(0, 0.63, 0.055), below=(80, 140, 200))
    figure.draw(WHITE, ellipse(-0.018, 0.65, 0.014), opacity=0.9)


def _balloon(figure: Figure, accent: Colour) -> None:
    other = mix(accent, WHITE, 0.72)
    figure.draw(accent, ellipse(0, 0.66, 0.33, 0.34), [(-0.27, 0.46), (0.27, 0.46), (0.07, 0.22), (-0.07, 0.22)])
    figure.draw(other, ellipse(0, 0.66, 0.2, 0.34), [(-0.16, 0.44), (0.16, 0.44), (0.05, 0.22), (-0.05, 0.22)])
    figure.draw(accent, ellipse(0, 0.66, 0.075, 0.34), [(-0.06, 0.44), (0.06, 0.44), (0.02, 0.22), (-0.02, 0.22)])
    figure.draw(INK, ellipse(0.17, 0.62, 0.15, 0.29), opacity=0.08)
    figure.draw(INK, *_pair(_stroke(0.006, (0.06, 0.22), (0.05, 0.12))[0]))
    figure.draw((150, 98, 60), rectangle(-0.065, 0.02, 0.065, 0.13), below=(104, 64, 44))


def _tree(figure: Figure, accent: Colour) -> None:
    leaf = accent
    figure.shadow(0.26)
    figure.draw(
        (96, 66, 58), *_stroke(0.07, (0, 0), (-0.01, 0.25), (0.02, 0.5)), *_stroke(0.035, (0, 0.3), (0.16, 0.5))
    )
    crown = [
        (-0.2, 0.56, 0.17),
        (0.2, 0.58, 0.17),
        (0, 0.5, 0.17),
        (-0.11, 0.75, 0.17),
        (0.12, 0.77, 0.17),
        (0, 0.86, 0.13),
    ]
    figure.draw(mix(leaf, INK, 0.3), *(ellipse(x, y, r) for x, y, r in crown))
    figure.draw(leaf, *(ellipse(x - 0.02, y + 0.03, r * 0.82) for x, y, r in crown))
    figure.draw(mix(leaf, WHITE, 0.35), *(ellipse(x - 0.05, y + 0.07, r * 0.42) for x, y, r in crown))


def _flower(figure: Figure, accent: Colour) -> None:
    figure.draw((70, 132, 84), *_stroke(0.03, (0, 0), (0.02, 0.3), (0, 0.66)))
    figure.draw((88, 156, 96), ellipse(0.13, 0.24, 0.12, 0.045), ellipse(-0.11, 0.36, 0.11, 0.04))
    petals = [ellipse(x * 0.17, 0.72 + y * 0.17, 0.115) for x, y in ellipse(0, 0, 1)[::7]]
    figure.draw(accent, *petals, below=mix(accent, INK, 0.15))
    figure.draw(mix(accent, WHITE, 0.35), *[ellipse(x * 0.12, 0.72 + y * 0.12, 0.06) for x, y in ellipse(0, 0, 1)[::7]])
    figure.draw((252, 206, 84), ellipse(0, 0.72, 0.09), below=(232, 150, 50))


def _robot(figure: Figure, accent: Colour) -> None:
    steel, shade = (214, 222, 230), (134, 146, 164)
    figure.shadow(0.34)
    figure.draw(shade, *_pair(rectangle(0.06, 0.02, 0.17, 0.18)), *_pair(ellipse(0.12, 0.03, 0.09, 0.035)))
    figure.draw(
        shade,
        *_stroke(0.07, (0.22, 0.44), (0.34, 0.34), (0.33, 0.22)),
        *_stroke(0.07, (-0.22, 0.44), (-0.36, 0.5), (-0.4, 0.64)),
    )
    figure.draw(steel, rectangle(-0.24, 0.16, 0.24, 0.52), below=shade)
    figure.draw(mix(accent, INK, 0.2), rectangle(-0.13, 0.24, 0.13, 0.42))
    figure.draw((255, 226, 120), *(ellipse(x, 0.33, 0.028) for x in (-0.07, 0, 0.07)))
    figure.draw(shade, rectangle(-0.06, 0.51, 0.06, 0.58), rectangle(-0.012, 0.86, 0.012, 0.95))
    figure.draw(accent, ellipse(0, 0.96, 0.04))
    figure.draw(steel, rectangle(-0.27, 0.57, 0.27, 0.88), below=mix(steel, shade, 0.6))
    figure.draw(INK, rectangle(-0.22, 0.62, 0.22, 0.83))
    figure.draw((130, 240, 230), *_pair(ellipse(0.1, 0.74, 0.045)), *_stroke(0.016, (-0.06, 0.665), (0.06, 0.665)))


def _fish(figure: Figure, accent: Colour) -> None:
    deep = mix(accent, INK, 0.35)
    figure.draw(deep, [(0.2, 0.5), (0.48, 0.72), (0.42, 0.5), (0.48, 0.28)], [(-0.05, 0.66), (0.12, 0.86), (0.16, 0.6)])
    figure.draw(accent, ellipse(-0.08, 0.5, 0.36, 0.22), below=mix(accent, WHITE, 0.5))
    figure.draw(deep, *(_stroke(0.022, (x, 0.6), (x + 0.035, 0.5), (x, 0.4))[0] for x in (0.0, 0.1)))
    figure.draw(WHITE, ellipse(-0.28, 0.55, 0.05))
    figure.draw(INK, ellipse(-0.29, 0.55, 0.026))
    figure.draw(WHITE, *(ellipse(-0.46, 0.62 + step * 0.12, 0.02 + step * 0.006) for step in range(3)), opacity=0.6)


_CAT = partial(_animal, fur=(96, 92, 108), pale=(236, 230, 226), ears="pointed", tail="long")
_FOX = partial(_animal, fur=(226, 112, 48), pale=(252, 238, 222), ears="pointed", tail="brush")
_DOG = partial(_animal, fur=(190, 136, 84), pale=(246, 228, 202), ears="floppy", tail="long")
_BEAR = partial(_animal, fur=(124, 84, 62), pale=(206, 170, 136), ears="round", tail="stub")

FIGURES: Mapping[str, Callable[[Figure, Colour], None]] = {
    "cat": _CAT, "kitten": _CAT, "fox": _FOX, "dog": _DOG, "puppy": _DOG, "bear": _BEAR,
    "wolf": partial(_animal, fur=(122, 130, 144), pale=(232, 234, 238), ears="pointed", tail="brush"),
    "rabbit": partial(_animal, fur=(206, 190, 178), pale=(250, 244, 238), ears="long", tail="stub"),
    "panda": partial(_animal, fur=WHITE, pale=(250, 248, 244), ears="round", tail="stub"),
    "boat": _boat, "ship": _boat, "sailboat": _boat, "lighthouse": _lighthouse, "house": _house, "cottage": _house,
    "cabin": _house, "rocket": _rocket, "spaceship": _rocket, "balloon": _balloon, "tree": _tree, "flower": _flower,
    "robot": _robot, "fish": _fish,
}  # fmt: skip
"""How each figure is drawn, in an accent colour."""

AFLOAT = frozenset({"boat", "ship", "sailboat", "fish"})
ALOFT = frozenset({"balloon", "rocket", "spaceship"})
