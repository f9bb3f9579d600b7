"""The models, their inputs and their prices, as data. Another model is another entry here.

Values: `openai/gpt-image-2` and its siblings on Replicate, as published in November 2026. The running model's own
schema (`GET /models/{owner}/{name}`) is the authority to compare an entry with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Literal, TypeAlias

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
class Model:
    """A model: `slug` as Replicate spells it (owner/name), `title` as people read it."""

    slug: str
    title: str
    inputs: Mapping[str, InputField]
    prices: tuple[PriceList, ...] = field(repr=False)  # oldest first

    def price(self, quality: str, on: date) -> MicroDollars:
        """The price of one picture of that quality on that day (UTC); for `auto` the dearest that it may bill as."""
        current = [listed for listed in self.prices if listed.since <= on] or [self.prices[0]]
        return current[-1].per_picture[quality]

    def choices(self, name: str) -> tuple[str, ...]:
        return self.inputs[name].choices


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


_GPT_IMAGE_2 = Model(
    "openai/gpt-image-2",
    "GPT Image 2",
    _inputs(qualities=("low", "medium", "high", "auto"), aspect_ratios=_RATIOS + _SIZES),
    _prices(low="0.012", medium="0.047", high="0.128", auto="0.128"),
)


def _gpt_image_2_5(name: str, title: str) -> Model:
    return Model(
        f"openai/gpt-image-2.5-{name}",
        title,
        _inputs(qualities=("low", "medium", "high", "xhigh", "max", "auto"), aspect_ratios=_RATIOS + _SIZES),
        _prices(low="0.012", medium="0.047", high="0.128", xhigh="0.25", max="0.50", auto="0.25"),
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
