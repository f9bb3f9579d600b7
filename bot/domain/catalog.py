"""The models, their inputs and their prices, as data. Another model is another entry here.

Values: `openai/gpt-image-2` and its siblings on Replicate, as published in November 2026. The running model's own
schema (`GET /models/{owner}/{name}`) is the authority to compare an entry with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal, TypeAlias, TypeVar

from bot.domain.account import Billing
from bot.domain.tokens import LARGEST_GRID, LARGEST_TILING, most_by_grid

MicroDollars: TypeAlias = int
"""Money: millionths of a US dollar."""

DOLLAR: MicroDollars = 1_000_000

ALPHA_FORMATS = ("png", "webp")
"""Output formats that can hold transparency."""


@dataclass(frozen=True, slots=True)
class InputField:
    """One input of a model, as its schema has it."""

    name: str
    kind: Literal["string", "integer", "images", "secret"] = "string"
    default: str | int | None = None
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None  # the largest integer, or the longest list
    max_length: int | None = None  # characters


@dataclass(frozen=True, slots=True)
class PriceList:
    """What one output picture costs by quality, for runs that start on `since` or later."""

    since: date
    per_picture: Mapping[str, MicroDollars]


@dataclass(frozen=True, slots=True)
class TokenPrices:
    """What OpenAI asks for a million tokens of each kind, of runs that start on `since` or later."""

    since: date
    text_in: MicroDollars
    pictures_in: MicroDollars
    out: MicroDollars


@dataclass(frozen=True, slots=True)
class Model:
    """A model: `slug` as Replicate spells it (owner/name), `title` as people read it.

    `output_tokens` are the most that a picture takes, by quality and aspect ratio, and `input_tokens` the most of one
    that goes in.
    """

    slug: str
    title: str
    inputs: Mapping[str, InputField]
    prices: tuple[PriceList, ...] = field(repr=False)  # oldest first
    token_prices: tuple[TokenPrices, ...] = field(repr=False)  # oldest first
    output_tokens: Mapping[str, Mapping[str, int]] = field(repr=False)
    input_tokens: int = LARGEST_GRID

    def price(self, quality: str, on: date, billing: Billing = Billing.PICTURE) -> MicroDollars:
        """The price of one picture of that quality on that day (UTC); for `auto` the dearest that it may bill as.

        By token it depends on the size, too; this one is that of 1024 by 1024 pixels, without what went in.
        """
        if billing is Billing.PICTURE:
            return _current(self.prices, on).per_picture[quality]
        by_ratio = self.output_tokens[quality]
        return self.token_price(on, out=by_ratio.get("1024x1024", by_ratio["1:1"]))

    def token_price(self, on: date, *, text_in: int = 0, pictures_in: int = 0, out: int = 0) -> MicroDollars:
        """The price of so many tokens on that day (UTC), rounded up."""
        prices = _current(self.token_prices, on)
        total = text_in * prices.text_in + pictures_in * prices.pictures_in + out * prices.out
        return -(-total // 1_000_000)

    def choices(self, name: str) -> tuple[str, ...]:
        return self.inputs[name].choices


_Dated = TypeVar("_Dated", PriceList, TokenPrices)


def _current(lists: tuple[_Dated, ...], on: date) -> _Dated:
    """The latest that holds on that day; before all of them the first."""
    return next((each for each in reversed(lists) if each.since <= on), lists[0])


_RATIOS = ("1:1", "3:2", "2:3", "4:3", "3:4", "16:9", "9:16", "auto")
_SIZES = (
    "1024x1024", "1536x1024", "1024x1536", "1536x1152", "1152x1536",
    "2048x2048", "2048x1152", "1152x2048", "3840x2160", "2160x3840",
)  # fmt: skip


def _inputs(
    *, qualities: tuple[str, ...], aspect_ratios: tuple[str, ...], more: tuple[InputField, ...] = ()
) -> Mapping[str, InputField]:
    fields = (
        InputField("prompt", required=True, max_length=32_000),
        InputField("quality", default="auto", choices=qualities),
        InputField("aspect_ratio", default="1:1", choices=aspect_ratios),
        InputField("background", default="auto", choices=("auto", "transparent", "opaque")),
        InputField("moderation", default="auto", choices=("auto", "low")),
        # The schema sets no maximum; OpenAI's edit endpoint takes 16.
        InputField("input_images", kind="images", maximum=16),
        InputField("output_format", default="webp", choices=("webp", "png", "jpeg")),
        InputField("output_compression", kind="integer", default=90, minimum=0, maximum=100),
        InputField("number_of_images", kind="integer", default=1, minimum=1, maximum=10),
        InputField("user_id"),
        InputField("openai_api_key", kind="secret"),
        *more,
    )
    return MappingProxyType({each.name: each for each in fields})


def _prices(**dollars_by_quality: str) -> tuple[PriceList, ...]:
    micro = {quality: round(float(dollars) * DOLLAR) for quality, dollars in dollars_by_quality.items()}
    return (PriceList(date(2026, 1, 1), MappingProxyType(micro)),)


_TOKEN_PRICES = (TokenPrices(date(2026, 1, 1), text_in=5 * DOLLAR, pictures_in=8 * DOLLAR, out=30 * DOLLAR),)

_GPT_IMAGE_2 = Model(
    "openai/gpt-image-2",
    "GPT Image 2",
    _inputs(qualities=("low", "medium", "high", "auto"), aspect_ratios=_RATIOS + _SIZES),
    _prices(low="0.012", medium="0.047", high="0.128", auto="0.128"),
    _TOKEN_PRICES,
    most_by_grid({"low": 16, "medium": 48, "high": 96, "auto": 96}, _RATIOS + _SIZES),
)


def _gpt_image_2_5(name: str, title: str) -> Model:
    return Model(
        f"openai/gpt-image-2.5-{name}",
        title,
        _inputs(qualities=("low", "medium", "high", "xhigh", "max", "auto"), aspect_ratios=_RATIOS + _SIZES),
        _prices(low="0.012", medium="0.047", high="0.128", xhigh="0.25", max="0.50", auto="0.25"),
        _TOKEN_PRICES,
        most_by_grid({"low": 16, "medium": 24, "high": 48, "xhigh": 64, "max": 96, "auto": 96}, _RATIOS + _SIZES),
    )


_GPT_IMAGE_1_5 = Model(
    "openai/gpt-image-1.5",
    "GPT Image 1.5",
    _inputs(
        qualities=("low", "medium", "high", "auto"),
        aspect_ratios=("1:1", "3:2", "2:3"),
        more=(InputField("input_fidelity", default="low", choices=("low", "high")),),
    ),
    _prices(low="0.013", medium="0.050", high="0.136", auto="0.136"),
    (TokenPrices(date(2026, 1, 1), text_in=5 * DOLLAR, pictures_in=8 * DOLLAR, out=32 * DOLLAR),),
    {
        "low": {"1:1": 272, "3:2": 400, "2:3": 408},
        "medium": {"1:1": 1056, "3:2": 1568, "2:3": 1584},
        "high": {"1:1": 4160, "3:2": 6208, "2:3": 6240},
        "auto": {"1:1": 4160, "3:2": 6208, "2:3": 6240},
    },
    LARGEST_TILING,
)

CATALOG: Mapping[str, Model] = MappingProxyType(
    {
        model.slug: model
        for model in (
            _GPT_IMAGE_2,
            _gpt_image_2_5("flare", "GPT Image 2.5 Flare"),
            _gpt_image_2_5("sunburst", "GPT Image 2.5 Sunburst"),
            _GPT_IMAGE_1_5,
        )
    }
)
"""Every model that Easel knows, by slug."""
