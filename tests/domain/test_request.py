"""Requests: whatever is asked is either refused with data for a sentence, or is a valid input of the model."""

from contextlib import suppress
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import ALPHA_FORMATS, CATALOG, Model
from bot.domain.errors import (
    OutOfRange,
    PromptEmpty,
    PromptTooLong,
    RequestRefused,
    TooManyPictures,
    TransparentNeedsAlpha,
    UnknownChoice,
)
from bot.domain.request import Attachment, ImageRequest, vendor_user_id

GPT_IMAGE_2 = CATALOG["openai/gpt-image-2"]
SOUND = ImageRequest(model=GPT_IMAGE_2.slug, prompt="a fox")
ATTACHMENT = Attachment(id=1, filename="a.png", url="https://cdn.example/a.png", size=10, media_type="image/png")

models = st.sampled_from(list(CATALOG.values()))
words = st.one_of(st.text(max_size=12), st.sampled_from(["auto", "low", "max", "1:1", "transparent", "png", "jpeg"]))


@st.composite
def requests(draw: st.DrawFn) -> tuple[ImageRequest, Model]:
    """Requests near what a model takes: every field is mostly one of its choices, and sometimes anything."""
    model = draw(models)

    def choice(name: str) -> st.SearchStrategy[str]:
        return st.one_of(st.sampled_from(model.choices(name)), words)

    return (
        ImageRequest(
            model=model.slug,
            prompt=draw(st.one_of(st.text(max_size=40), st.just("a" * 32_001))),
            quality=draw(choice("quality")),
            aspect_ratio=draw(choice("aspect_ratio")),
            background=draw(choice("background")),
            count=draw(st.integers(-2, 14)),
            output_format=draw(choice("output_format")),
            moderation=draw(choice("moderation")),
            output_compression=draw(st.integers(-5, 120)),
            attachments=(ATTACHMENT,) * draw(st.integers(0, 18)),
        ),
        model,
    )


@given(requests())
def test_what_is_not_refused_is_what_the_models_schema_allows(pair: tuple[ImageRequest, Model]) -> None:
    request, model = pair
    with suppress(RequestRefused):
        request.check(model)
        assert_valid_request(request, model)


def assert_valid_request(request: ImageRequest, model: Model) -> None:
    values = request.as_input(user_id="u", image_urls=("https://a",) * len(request.attachments))
    assert_valid(values, model)
    assert request.background != "transparent" or request.output_format in ALPHA_FORMATS
    assert request.price(model, date(2026, 11, 23)) == request.count * model.price(request.quality, date(2026, 11, 23))


def assert_valid(values: dict[str, Any], model: Model) -> None:
    for name, value in values.items():
        field = model.inputs[name]
        match field.kind:
            case "integer":
                assert (field.minimum or 0) <= value <= (field.maximum or 0)
            case "images":
                assert len(value) <= (field.maximum or 0)
            case _:
                assert not field.choices or value in field.choices
                assert len(value) <= (field.max_length or len(value))
    assert values["prompt"].strip()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"prompt": ""}, PromptEmpty()),
        ({"prompt": " \n\t\u3000"}, PromptEmpty()),
        ({"prompt": "a" * 32_001}, PromptTooLong(32_001, 32_000)),
        ({"quality": "xhigh"}, UnknownChoice("quality", "xhigh", ("low", "medium", "high", "auto"), GPT_IMAGE_2.slug)),
        ({"count": 0}, OutOfRange("number_of_images", 0, 1, 10)),
        ({"count": 11}, OutOfRange("number_of_images", 11, 1, 10)),
        ({"background": "transparent", "output_format": "jpeg"}, TransparentNeedsAlpha("jpeg", ("png", "webp"))),
        ({"attachments": (ATTACHMENT,) * 17}, TooManyPictures(17, 16)),
    ],
)
def test_what_is_refused_says_what_and_what_would_do(changes: dict[str, Any], refusal: RequestRefused) -> None:
    with pytest.raises(type(refusal)) as refused:
        replace(SOUND, **changes).check(GPT_IMAGE_2)
    assert refused.value == refusal


@pytest.mark.parametrize("changes", [{"prompt": "a" * 32_000}, {"count": 10}, {"attachments": (ATTACHMENT,) * 16}])
def test_the_limits_themselves_are_allowed(changes: dict[str, Any]) -> None:
    replace(SOUND, **changes).check(GPT_IMAGE_2)


def test_the_siblings_differ_where_their_schemas_do() -> None:
    replace(SOUND, model="openai/gpt-image-2.5-flare", quality="max").check(CATALOG["openai/gpt-image-2.5-flare"])
    with pytest.raises(UnknownChoice):
        replace(SOUND, aspect_ratio="16:9").check(CATALOG["openai/gpt-image-1.5"])


@pytest.mark.parametrize(
    ("slug", "quality", "price"),
    [
        ("openai/gpt-image-2", "low", 12_000),
        ("openai/gpt-image-2", "medium", 47_000),
        ("openai/gpt-image-2", "high", 128_000),
        ("openai/gpt-image-2", "auto", 128_000),
        ("openai/gpt-image-2.5-sunburst", "max", 500_000),
        ("openai/gpt-image-2.5-sunburst", "auto", 250_000),
        ("openai/gpt-image-1.5", "medium", 50_000),
    ],
)
def test_prices_are_exact_in_micro_dollars(slug: str, quality: str, price: int) -> None:
    assert CATALOG[slug].price(quality, date(2026, 11, 23)) == price


def test_every_quality_of_every_model_has_a_price() -> None:
    for model in CATALOG.values():
        for quality in model.choices("quality"):
            assert model.price(quality, date(2026, 11, 23)) > 0


@given(st.binary(min_size=32, max_size=32), st.integers(0, 2**63), st.integers(0, 2**63))
def test_the_vendors_user_id_is_a_stable_pseudonym(key: bytes, one: int, other: int) -> None:
    assert vendor_user_id(key, one) == vendor_user_id(key, one)
    assert (vendor_user_id(key, one) == vendor_user_id(key, other)) == (one == other)
    assert vendor_user_id(key, one) != vendor_user_id(key + b"x", one)
    assert str(one) not in vendor_user_id(key, one) or one < 10**6
