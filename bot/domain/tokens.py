"""How many tokens a picture can take, where OpenAI bills by the token.

OpenAI publishes no list for the models from 2 on, but a calculator (guides, image generation, cost and latency), whose
figures are these functions'; a run's own counts are in its logs and decide what it costs. Here is only what it may cost
at most.
"""

from collections.abc import Mapping, Sequence
from typing import TypeAlias

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

DEAREST: Size = (2880, 2880)
"""Of all sizes that the models make (8,294,400 pixels at most): where the model may choose, it may choose this one."""

TEXT_OVERHEAD = 100
"""Tokens that may be added to a prompt, and again for each picture that goes with it. OpenAI doesn't say how many; six
were seen for a prompt alone, and some thirty for a picture."""

LARGEST_GRID = 32 * 48
"""Tokens of one picture that goes in, at most: its cells of 32 pixels a side, after it was made small enough for so
many. As it was measured; OpenAI doesn't say."""

LARGEST_TILING = 65 + 129 * 4
"""The same for models before 2: a base and so much for each tile of 512 pixels a side, of which the longest picture
has four."""


def grid_tokens(side: int, size: Size) -> int:
    """Tokens of a picture that is made as a grid with `side` cells on its longer side. What a cell takes grows with the
    pixels."""
    width, height = size
    short, long = sorted(size)
    cells = side * ((2 * side * short + long) // (2 * long))  # rounded half up
    return -(-cells * (2_000_000 + width * height) // 4_000_000)


def most_by_grid(sides: Mapping[str, int], ratios: Sequence[str]) -> Mapping[str, Mapping[str, int]]:
    """The most tokens of a picture, by quality (whose `sides` are given) and by aspect ratio or size.

    A ratio is made in whichever listed size has it, so the largest of them bounds it.
    """
    return {
        quality: {each: max(grid_tokens(side, size) for size in sizes(each, ratios)) for each in ratios}
        for quality, side in sides.items()
    }


def sizes(ratio: str, ratios: Sequence[str]) -> list[Size]:
    """In which a picture of that aspect ratio may be made, among those that are listed with it."""
    if ratio == "auto":
        return [DEAREST]
    if "x" in ratio:
        return [_pair(ratio, "x")]
    wide, high = _pair(ratio, ":")
    return [
        (width, height)
        for width, height in (_pair(each, "x") for each in ratios if "x" in each)
        if width * high == height * wide
    ]


def _pair(text: str, separator: str) -> Size:
    first, second = text.split(separator)
    return int(first), int(second)
