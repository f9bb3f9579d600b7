"""What the stand-in for Replicate bills, and to whom: its own tables and its own counting, so that they can't share a
mistake with what Easel books.

By picture, a run is billed to the account whose token created it; with an `openai_api_key` of its own it is billed by
token to that key, as OpenAI would.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Decimal

from bot.demo.replicate_runs import Run, Usage
from bot.domain.catalog import MicroDollars

_DOLLARS = {
    "openai/gpt-image-2": {"low": "0.012", "medium": "0.047", "high": "0.128", "auto": "0.128"},
    "openai/gpt-image-1.5": {"low": "0.013", "medium": "0.050", "high": "0.136", "auto": "0.136"},
}
_DOLLARS_OF_2_5 = {
    "low": "0.012", "medium": "0.047", "high": "0.128", "xhigh": "0.25", "max": "0.50", "auto": "0.25",
}  # fmt: skip

_TEXT, _IMAGE, _OUT, _OUT_OF_1_5 = (Decimal(dollars) for dollars in (5, 8, 30, 32))
"""US dollars for a million tokens."""

_OUTPUT: Mapping[str, Mapping[str, tuple[int, int, int]]] = {
    "openai/gpt-image-2": {"low": (196, 158, 157), "medium": (1756, 1372, 1413), "high": (7024, 5488, 5650)},
    "openai/gpt-image-1.5": {"low": (272, 400, 400), "medium": (1056, 1568, 1568), "high": (4160, 6208, 6208)},
}
_OUTPUT_OF_2_5 = {
    "low": (196, 158, 157), "medium": (439, 343, 367), "high": (1756, 1372, 1413), "xhigh": (3122, 2459, 2511),
    "max": (7024, 5488, 5650),
}  # fmt: skip
"""Output tokens of a picture of 1024 by 1024 pixels, of 1536 by 1024, and of 2048 by 1152, or turned on its side. The
stand-in makes no other sizes; `auto` makes it a medium square."""

_INPUT = 361  # tokens of each picture that goes in
_PREFACE = 6  # tokens that stand before every prompt


@dataclass(frozen=True, slots=True)
class Bill:
    """One run's, to the token or key in `payer`."""

    payer: str = field(repr=False)
    amount: MicroDollars


def usage(run: Run, pictures: int) -> Usage:
    """Each picture is a request of its own to OpenAI, and so is a run that made none."""
    requests = max(pictures, 1)
    inputs = len(run.input.get("input_images") or ())
    text = _PREFACE + (len(str(run.input["prompt"])) + 3) // 4
    return Usage(requests * text, requests * inputs * _INPUT, pictures * _output(run))


def bill_of(run: Run, pictures: int) -> Bill:
    """What a run is billed that made so many pictures, or was stopped while it did."""
    key = run.input.get("openai_api_key")
    if key is None:
        return Bill(run.token, pictures * _micro(Decimal(_price(run))))
    used = usage(run, pictures)
    out = _OUT_OF_1_5 if run.model.slug.endswith("-1.5") else _OUT
    return Bill(key, _micro((used.text_in * _TEXT + used.images_in * _IMAGE + used.out * out) / 1_000_000))


def _output(run: Run) -> int:
    """The tokens of one picture."""
    quality, shape = run.value("quality"), run.value("aspect_ratio")
    by_quality = _OUTPUT.get(run.model.slug, _OUTPUT_OF_2_5)
    square, landscape, wide = by_quality["medium" if quality == "auto" else quality]
    if shape == "auto":
        return square
    short, long = sorted(int(side) for side in shape.replace("x", ":").split(":"))
    return square if short == long else wide if long / short > 1.6 else landscape


def _price(run: Run) -> str:
    return _DOLLARS.get(run.model.slug, _DOLLARS_OF_2_5)[run.value("quality")]


def _micro(dollars: Decimal) -> MicroDollars:
    return int((dollars * 1_000_000).to_integral_value(ROUND_CEILING))
