"""The places: what each scene is built of, from the sky down to the ground in front."""

import math
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise

from bot.demo.canvas import WHITE, Canvas, Colour, Point, Shape, ellipse, mix, rectangle, turned
from bot.demo.figures import AFLOAT, ALOFT, FIGURES, Figure
from bot.demo.idea import Idea, Light


def paint_scene(canvas: Canvas, idea: Idea) -> None:
    """Fill the canvas with the place; the figure is not yet in it."""
    _SCENES[idea.scene](canvas, idea)


def paint_figure(canvas: Canvas, idea: Idea, *, height: float, x: float | None = None, ground: float = 0.88) -> None:
    """Put the figure in its place; `height` in units, `x` and `ground` in parts of the canvas."""
    if idea.figure is None:
        return
    if x is None:
        x = 0.5 if idea.scene == "abstract" else canvas.rng.choice((0.3, 0.36, 0.64, 0.7))
    if idea.figure in ALOFT:
        ground -= 0.26
    elif idea.figure in AFLOAT:
        ground -= 0.08
    accent = idea.accent
    FIGURES[idea.figure](Figure(canvas, x * canvas.width, ground * canvas.height, height * canvas.unit), accent)


# ------------------------------------------------------------------------------------------------- parts of scenes


def _sky(canvas: Canvas, idea: Idea, horizon: float) -> float:
    """Everything above; answers the x of sun or moon in pixels."""
    rng, unit, light = canvas.rng, canvas.unit, idea.light
    canvas.backdrop(*light.sky)
    if light.dark:
        for _ in range((0, 120, 260, 380, 500)[canvas.detail]):
            x, y = rng.random() * canvas.width, rng.random() * canvas.height * horizon
            radius = unit * rng.choice((0.0008, 0.0011, 0.0016))
            canvas.fill(
                light.lamp, rectangle(x - radius, y - radius, x + radius, y + radius), opacity=rng.uniform(0.3, 1)
            )
    x, y = rng.uniform(0.2, 0.8) * canvas.width, canvas.height * horizon * rng.uniform(0.3, 0.62)
    radius = unit * (0.06 if light.dark else 0.085)
    if canvas.detail:
        canvas.soft(light.lamp, 0.34, 0.16, ellipse(x, y, radius * 3.4))
        canvas.soft(light.lamp, 0.5, 0.035, ellipse(x, y, radius * 1.35))
    canvas.fill(light.lamp, ellipse(x, y, radius))
    if light.dark:
        for dx, dy, share in ((-0.3, -0.2, 0.22), (0.25, 0.3, 0.28), (0.3, -0.35, 0.14)):
            canvas.fill(mix(light.lamp, light.far, 0.3), ellipse(x + dx * radius, y + dy * radius, share * radius))
    _clouds(canvas, light, horizon)
    return x


def _clouds(canvas: Canvas, light: Light, horizon: float) -> None:
    rng, unit = canvas.rng, canvas.unit
    tone = mix(light.sky[1], WHITE, 0.22 if light.dark else 0.66)
    puffs: list[Shape] = []
    for _ in range((0, 2, 4, 5, 6)[canvas.detail]):
        x, y = rng.random() * canvas.width, canvas.height * horizon * rng.uniform(0.12, 0.72)
        for _ in range(7):
            along = rng.uniform(-1, 1)
            thick = (1.15 - abs(along)) * rng.uniform(0.02, 0.045)
            puffs.append(ellipse(x + along * unit * 0.2, y - thick * unit * 0.5, unit * 0.07, unit * thick))
    canvas.soft(tone, 0.55, 0.012, *puffs)


def _rolling(canvas: Canvas, height: float, swing: float, waves: float) -> list[Point]:
    """A gentle ridge from left to right, in pixels; `height` and `swing` in parts of the canvas's height."""
    rng = canvas.rng
    tones = [(swing / (n + 1), waves * (n + 1) * rng.uniform(0.8, 1.25), rng.random() * math.tau) for n in range(4)]
    steps = 12 if canvas.detail == 0 else 120
    ridge: list[Point] = []
    for step in range(steps + 1):
        at = step / steps
        rise = sum(size * math.sin(at * often * math.tau + phase) for size, often, phase in tones)
        ridge.append((at * canvas.width, (height - rise) * canvas.height))
    return ridge


def _jagged(canvas: Canvas, height: float, swing: float) -> list[Point]:
    """A rugged ridge: the middle of every stretch is displaced, and so are its halves."""
    rng = canvas.rng
    heights = [
        height + rng.uniform(-0.2, 0.4) * swing,
        height - swing * rng.uniform(0.5, 1),
        height + rng.uniform(-0.2, 0.4) * swing,
    ]
    if canvas.width > canvas.height * 1.2:
        heights += [height - swing * rng.uniform(0.3, 0.9), height]
    reach = swing * 0.6
    for _ in range((2, 5, 6, 6, 7)[canvas.detail]):
        between = [(a + b) / 2 + rng.uniform(-0.5, 0.5) * reach for a, b in pairwise(heights)]
        heights = [each for pair in zip(heights, between, strict=False) for each in pair] + heights[-1:]
        reach *= 0.52
    last = len(heights) - 1
    return [(canvas.width * n / last, canvas.height * each) for n, each in enumerate(heights)]


def _land(canvas: Canvas, ridge: Sequence[Point], colour: Colour, below: Colour) -> None:
    canvas.fill(colour, [*ridge, (canvas.width, canvas.height), (0, canvas.height)], below=below)


def _snowcap(canvas: Canvas, ridge: Sequence[Point], colour: Colour, depth: float) -> None:
    top = min(y for _, y in ridge)
    line = [top + canvas.height * depth * canvas.rng.uniform(0.55, 1.1) for _ in ridge]
    lower = [(x, max(y, snow)) for (x, y), snow in zip(ridge, line, strict=True)]
    canvas.fill(colour, [*ridge, *reversed(lower)], below=mix(colour, (150, 176, 210), 0.35))


def _conifers(canvas: Canvas, ridge: Sequence[Point], colour: Colour, height: float, number: int) -> None:
    rng = canvas.rng
    trees: list[Shape] = []
    for _ in range(number):
        x, ground = rng.choice(ridge)
        x += rng.uniform(-0.5, 0.5) * canvas.width / len(ridge)
        tall = height * canvas.unit * rng.uniform(0.55, 1.1)
        tiers = 3 if canvas.detail < 2 else 5
        for tier in range(tiers):
            foot, half = ground - tall * tier / tiers * 0.8, tall * 0.22 * (1 - tier / (tiers + 1))
            trees.append([(x - half, foot + tall * 0.04), (x + half, foot + tall * 0.04), (x, foot - tall * 0.42)])
    canvas.fill(colour, *trees, below=mix(colour, (0, 0, 0), 0.2))


def _water(canvas: Canvas, idea: Idea, horizon: float, lamp_x: float) -> None:
    rng, unit, light = canvas.rng, canvas.unit, idea.light
    top = horizon * canvas.height
    tint = mix(mix(light.sky[0], (24, 96, 130), 0.45), light.near, 0.3)
    if canvas.detail == 0:
        canvas.fill(tint, rectangle(0, top, canvas.width, canvas.height))
        return
    canvas.mirror(top, tint, 0.42)
    canvas.fill(tint, rectangle(0, top, canvas.width, canvas.height), below=mix(tint, light.near, 0.6), opacity=0.45)
    glints: list[Shape] = []
    waves: list[Shape] = []
    for _ in range((0, 60, 130, 200, 280)[canvas.detail]):
        down = rng.random() ** 1.4
        y, long = top + (canvas.height - top) * down, unit * (0.015 + 0.09 * down) * rng.uniform(0.5, 1.2)
        x = rng.random() * canvas.width
        waves.append(ellipse(x, y, long, unit * (0.0008 + 0.003 * down)))
        x = lamp_x + rng.gauss(0, 1) * unit * (0.02 + 0.07 * down)
        glints.append(ellipse(x, y, long * 0.45, unit * (0.001 + 0.0025 * down)))
    canvas.fill(light.sky[2], *waves, opacity=0.22)
    canvas.fill(light.lamp, *glints, opacity=0.62)


def _birds(canvas: Canvas, light: Light) -> None:
    rng, unit = canvas.rng, canvas.unit
    if light.dark:
        return
    x, y = rng.uniform(0.2, 0.8) * canvas.width, rng.uniform(0.16, 0.34) * canvas.height
    flock: list[Shape] = []
    for _ in range((0, 0, 5, 7, 9)[canvas.detail]):
        bx, by, span = x + rng.gauss(0, 0.07) * unit, y + rng.gauss(0, 0.03) * unit, unit * rng.uniform(0.009, 0.016)
        wings = ((-1, -0.5), (-0.4, -0.45), (0, 0), (0.4, -0.45), (1, -0.5), (0.4, -0.2), (0, 0.2), (-0.4, -0.2))
        flock.append([(bx + span * dx, by + span * dy) for dx, dy in wings])
    canvas.fill(mix(light.near, light.far, 0.2), *flock)


# --------------------------------------------------------------------------------------------------------- scenes


def _meadow(canvas: Canvas, idea: Idea) -> None:
    rng, unit, light = canvas.rng, canvas.unit, idea.light
    _sky(canvas, idea, 0.6)
    _birds(canvas, light)
    green = mix((126, 176, 84), light.near, 0.72 if light.dark else 0.16)
    layers = (1, 2, 3, 4, 4)[canvas.detail]
    _land(canvas, _rolling(canvas, 0.6, 0.05, 1.1), light.far, mix(light.far, light.sky[2], 0.5))
    for layer in range(layers):
        share = (layer + 1) / layers
        ridge = _rolling(canvas, 0.64 + 0.2 * layer / layers, 0.025 + 0.008 * layer, 0.9)
        tone = mix(mix(light.far, green, 0.35 + 0.65 * share), light.near, 0.1 * share)
        _land(canvas, ridge, mix(tone, light.lamp, 0.16), mix(tone, light.near, 0.5))
        if canvas.detail > 0 and layer < layers - 1:
            _conifers(canvas, ridge, mix(tone, light.near, 0.55), 0.035 + 0.02 * layer, 10 * canvas.detail)
    petals: list[Shape] = []
    blades: list[Shape] = []
    for _ in range((0, 60, 180, 280, 400)[canvas.detail]):
        near = rng.random() ** 0.7
        x, y = rng.random() * canvas.width, canvas.height * (0.84 + 0.16 * near)
        tall = unit * (0.01 + 0.025 * near)
        blades.append([(x, y), (x + tall * 0.16, y), (x + tall * rng.uniform(-0.4, 0.4), y - tall * 1.6)])
        if rng.random() < 0.3:
            petals.append(ellipse(x, y - tall * 1.5, tall * 0.28))
    canvas.fill(mix(green, light.near, 0.5), *blades, opacity=0.8)
    canvas.fill(mix(idea.accent, light.lamp, 0.3), *petals, opacity=0.95)


def _mountain(canvas: Canvas, idea: Idea) -> None:
    light = idea.light
    lamp_x = _sky(canvas, idea, 0.5)
    _birds(canvas, light)
    layers = (1, 2, 3, 3, 4)[canvas.detail]
    for layer in range(layers):
        share = layer / max(1, layers)
        ridge = _jagged(canvas, 0.5 + 0.1 * share, 0.3 - 0.14 * share)
        tone = mix(light.far, light.near, 0.15 + 0.5 * share)
        _land(canvas, ridge, tone, mix(tone, light.sky[2], 0.55))
        if layer < 2:
            _snowcap(canvas, ridge, mix(WHITE, light.sky[1], 0.4 if light.dark else 0.1), 0.14)
    shore = _rolling(canvas, 0.7, 0.01, 2)
    _land(canvas, shore, mix(light.far, light.near, 0.7), light.near)
    _conifers(canvas, shore, mix(light.far, light.near, 0.82), 0.075, (12, 50, 90, 130, 160)[canvas.detail])
    _water(canvas, idea, 0.72, lamp_x)
    _land(canvas, front := _rolling(canvas, 0.93, 0.03, 0.6), mix(light.near, light.far, 0.12), light.near)
    if canvas.detail:
        _conifers(
            canvas,
            [p for p in front if not 0.2 < p[0] / canvas.width < 0.8] or front,
            light.near,
            0.24,
            6 * canvas.detail,
        )


def _sea(canvas: Canvas, idea: Idea) -> None:
    light = idea.light
    lamp_x = _sky(canvas, idea, 0.56)
    _birds(canvas, light)
    for layer in range((1, 1, 2, 2, 3)[canvas.detail]):
        tone = mix(light.far, light.near, 0.1 + 0.25 * layer)
        _land(
            canvas,
            _rolling(canvas, 0.57 + 0.01 * layer, 0.035 - 0.012 * layer, 0.8),
            tone,
            mix(tone, light.sky[2], 0.6),
        )
    _water(canvas, idea, 0.585, lamp_x)
    if idea.figure not in AFLOAT:
        sand = mix((236, 206, 158), light.near, 0.66 if light.dark else 0.18)
        beach = _rolling(canvas, 0.85, 0.018, 0.8)
        canvas.fill(WHITE, [*beach, *[(x, y + canvas.height * 0.012) for x, y in reversed(beach)]], opacity=0.7)
        _land(canvas, [(x, y + canvas.height * 0.008) for x, y in beach], sand, mix(sand, light.near, 0.35))


def _forest(canvas: Canvas, idea: Idea) -> None:
    rng, unit, light = canvas.rng, canvas.unit, idea.light
    _sky(canvas, idea, 0.55)
    pine = mix((40, 92, 70), light.near, 0.5 if light.dark else 0.35)
    layers = (2, 3, 4, 5, 5)[canvas.detail]
    for layer in range(layers):
        share = (layer + 1) / layers
        ridge = _rolling(canvas, 0.56 + 0.3 * layer / layers, 0.025, 1.2)
        tone = mix(mix(light.far, light.sky[2], 0.3), pine, share)
        _conifers(canvas, ridge, tone, 0.16 + 0.1 * layer, (14, 30, 34, 38, 44)[canvas.detail] - 4 * layer)
        _land(canvas, ridge, tone, mix(tone, light.sky[2], 0.35 * (1 - share)))
        if canvas.detail > 1 and layer < layers - 1:
            fog = [
                ellipse(rng.random() * canvas.width, ridge[0][1] + unit * 0.03, unit * 0.4, unit * 0.03)
                for _ in range(3)
            ]
            canvas.soft(light.sky[2], 0.4, 0.02, *fog)
    clearing = mix(mix((112, 138, 74), light.lamp, 0.12), light.near, 0.6 if light.dark else 0.2)
    _land(canvas, _rolling(canvas, 0.83, 0.012, 1), clearing, mix(clearing, light.near, 0.6))
    if canvas.detail > 0:
        sparks: list[Shape] = []
        for _ in range(24 * canvas.detail):
            x, y = rng.random() * canvas.width, rng.uniform(0.55, 0.95) * canvas.height
            sparks.append(ellipse(x, y, unit * rng.uniform(0.0012, 0.0035)))
        canvas.fill((255, 236, 160), *sparks, opacity=0.75)


def _city(canvas: Canvas, idea: Idea) -> None:
    rng, unit, light = canvas.rng, canvas.unit, idea.light
    lamp_x = _sky(canvas, idea, 0.62)
    layers = (1, 2, 3, 3, 4)[canvas.detail]
    for layer in range(layers):
        share = (layer + 1) / layers
        tone = mix(light.far, light.near, share * 0.85)
        towers: list[Shape] = []
        windows: list[Shape] = []
        x = -0.05 * unit
        while x < canvas.width:
            wide, tall = unit * rng.uniform(0.05, 0.12), canvas.height * rng.uniform(0.12, 0.46) * (1.15 - 0.4 * share)
            top = canvas.height * 0.77 - tall
            towers.append(rectangle(x, top, x + wide, canvas.height * 0.8))
            if rng.random() < 0.4:
                towers.append(
                    [(x + wide * 0.3, top), (x + wide * 0.5, top - wide * rng.uniform(0.3, 1.2)), (x + wide * 0.7, top)]
                )
            if canvas.detail and layer:
                step = unit * 0.017
                for row in range(1, int(tall / step)):
                    for column in range(1, int(wide / step)):
                        if rng.random() < (0.34 if light.dark else 0.24):
                            wx, wy = x + column * step, top + row * step
                            windows.append(rectangle(wx - step * 0.24, wy, wx + step * 0.24, wy + step * 0.46))
            x += wide + unit * rng.choice((0, 0, 0.008, 0.02))
        canvas.fill(tone, *towers, below=mix(tone, light.sky[2], 0.35))
        canvas.fill(mix((255, 222, 140), idea.accent, 0.18), *windows, opacity=0.5 + 0.4 * share)
    _water(canvas, idea, 0.78, lamp_x)
    quay = mix(light.near, (70, 70, 84), 0.25)
    canvas.fill(quay, rectangle(0, canvas.height * 0.86, canvas.width, canvas.height), below=light.near)
    canvas.fill(mix(quay, WHITE, 0.3), rectangle(0, canvas.height * 0.86, canvas.width, canvas.height * 0.864))


def _desert(canvas: Canvas, idea: Idea) -> None:
    light = idea.light
    _sky(canvas, idea, 0.55)
    _birds(canvas, light)
    sand = mix((238, 178, 108), light.near, 0.6 if light.dark else 0.06)
    _land(canvas, _jagged(canvas, 0.58, 0.1), light.far, mix(light.far, light.sky[2], 0.5))
    layers = (2, 3, 4, 5, 6)[canvas.detail]
    for layer in range(layers):
        ridge = _rolling(canvas, 0.6 + 0.28 * layer / layers, 0.045, 0.6)
        tone = mix(mix(sand, light.sky[2], 0.45), mix(sand, light.near, 0.12), (layer + 1) / layers)
        _land(canvas, ridge, mix(tone, light.lamp, 0.3), mix(tone, light.near, 0.45))
        shade = [(x, y + canvas.height * (0.03 + 0.05 * math.sin(n / 17 + layer))) for n, (x, y) in enumerate(ridge)]
        canvas.fill(light.near, [*shade, *[(x, y + canvas.height * 0.05) for x, y in reversed(shade)]], opacity=0.07)


def _space(canvas: Canvas, idea: Idea) -> None:
    rng, unit, light = canvas.rng, canvas.unit, idea.light
    dusk = mix(idea.accent, light.sky[0], 0.55)
    canvas.backdrop((6, 8, 26), mix(dusk, (10, 12, 40), 0.5), (14, 12, 40))
    for n in range((0, 3, 5, 6, 8)[canvas.detail]):
        glow = (idea.accent, turned(idea.accent, 0.18), turned(idea.accent, -0.16))[n % 3]
        along = rng.random()
        canvas.soft(
            glow, 0.4, 0.09, ellipse(along * canvas.width, (0.75 - 0.5 * along) * canvas.height, unit * 0.3, unit * 0.1)
        )
    for _ in range((30, 160, 320, 420, 560)[canvas.detail]):
        radius = unit * rng.choice((0.0009, 0.0012, 0.0012, 0.0026))
        canvas.fill(
            WHITE,
            ellipse(rng.random() * canvas.width, rng.random() * canvas.height, radius),
            opacity=rng.uniform(0.35, 1),
        )
    x, y, radius = canvas.width * rng.choice((0.26, 0.74)), canvas.height * rng.uniform(0.24, 0.36), unit * 0.17
    if canvas.detail:
        canvas.soft(idea.accent, 0.5, 0.03, ellipse(x, y, radius * 1.12))
    planet = turned(idea.accent, 0.08)
    ring = ellipse(x, y, radius * 1.8, radius * 0.34)
    canvas.fill(mix(planet, WHITE, 0.5), [*ring, *ellipse(x, y, radius * 1.45, radius * 0.24)], opacity=0.75)
    canvas.fill(mix(planet, WHITE, 0.35), ellipse(x, y, radius), below=mix(planet, (10, 10, 30), 0.6))
    lower = [p for p in ring if p[1] >= y], [p for p in ellipse(x, y, radius * 1.45, radius * 0.24) if p[1] >= y]
    canvas.fill(mix(planet, WHITE, 0.5), [*lower[0], *reversed(lower[1])], opacity=0.8)
    ground = mix(dusk, (60, 56, 84), 0.5)
    _land(canvas, _rolling(canvas, 0.86, 0.02, 0.6), mix(ground, WHITE, 0.2), mix(ground, (6, 6, 20), 0.7))
    for _ in range(5 * canvas.detail):
        cx, cy, wide = (
            rng.random() * canvas.width,
            canvas.height * rng.uniform(0.9, 0.98),
            unit * rng.uniform(0.01, 0.04),
        )
        canvas.fill((10, 10, 24), ellipse(cx, cy, wide, wide * 0.26), opacity=0.35)


def _abstract(canvas: Canvas, idea: Idea) -> None:
    rng, unit = canvas.rng, canvas.unit
    paper = mix(idea.light.sky[2], WHITE, 0.35)
    colours = [
        idea.accent,
        turned(idea.accent, 0.33),
        turned(idea.accent, 0.5),
        turned(idea.accent, 0.08),
        idea.light.near,
    ]
    canvas.backdrop(mix(paper, WHITE, 0.4), paper, mix(paper, idea.accent, 0.2))
    for n in range((5, 10, 16, 22, 30)[canvas.detail]):
        x, y, big = rng.random() * canvas.width, rng.random() * canvas.height, unit * rng.uniform(0.05, 0.24)
        colour, opacity = colours[n % len(colours)], rng.uniform(0.55, 0.95)
        turn, kind = rng.random() * math.tau, rng.randrange(4)
        if kind == 0:
            canvas.fill(colour, ellipse(x, y, big), below=mix(colour, WHITE, 0.35), opacity=opacity)
        elif kind == 1:
            canvas.fill(
                colour,
                [(x + big * math.cos(turn + n), y + big * math.sin(turn + n)) for n in (0, 2.1, 4.2)],
                opacity=opacity,
            )
        elif kind == 2:
            outer, inner = ellipse(x, y, big)[:29], ellipse(x, y, big * 0.62)[:29]
            canvas.fill(colour, [*outer, *reversed(inner)], opacity=opacity)
        else:
            dx, dy, nx, ny = (
                math.cos(turn) * big * 1.6,
                math.sin(turn) * big * 1.6,
                -math.sin(turn) * big * 0.06,
                math.cos(turn) * big * 0.06,
            )
            canvas.fill(
                colour,
                [
                    (x - dx + nx, y - dy + ny),
                    (x + dx + nx, y + dy + ny),
                    (x + dx - nx, y + dy - ny),
                    (x - dx - nx, y - dy - ny),
                ],
            )


_SCENES: Mapping[str, Callable[[Canvas, Idea], None]] = {
    "meadow": _meadow, "mountain": _mountain, "sea": _sea, "forest": _forest, "city": _city, "desert": _desert,
    "space": _space, "abstract": _abstract,
}  # fmt: skip
