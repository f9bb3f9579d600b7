"""What several models can do together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import offer
from bot.domain.account import Billing
from bot.domain.catalog import CATALOG, Model
from bot.domain.errors import UnknownChoice
from bot.domain.request import ImageRequest

TODAY = date(2026, 11, 23)
NAMES = ("quality", "aspect_ratio", "background", "output_format", "moderation")

some_models = st.lists(st.sampled_from(list(CATALOG.values())), min_size=1, unique_by=lambda model: model.slug)


@given(some_models, st.sampled_from(NAMES))
def test_every_choice_is_offered_once_and_in_no_order_but_the_models(models: Sequence[Model], name: str) -> None:
    offered = offer.choices(models, name)
    assert set(offered) == {value for model in models for value in model.choices(name)}
    assert len(set(offered)) == len(offered) <= 25, "Discord's limit"
    widest = max(models, key=lambda model: len(model.choices(name)))
    assert offered[: len(widest.choices(name))] == widest.choices(name)


@given(some_models, st.sampled_from(Billing))
def test_the_prices_are_those_of_the_models_that_have_the_quality(models: Sequence[Model], billing: Billing) -> None:
    for quality in offer.choices(models, "quality"):
        prices = offer.prices(models, quality, TODAY, billing)
        assert list(prices) == sorted(
            {model.price(quality, TODAY, billing) for model in models if quality in model.choices("quality")}
        )


@given(some_models, st.data())
def test_the_models_that_a_refusal_names_take_the_request(models: Sequence[Model], data: st.DataObject) -> None:
    chosen = {name: data.draw(st.sampled_from(offer.choices(models, name)), label=name) for name in NAMES[:2]}
    request = replace(ImageRequest(models[0].slug, "a fox"), **chosen)
    able = [model.slug for model in models if all(chosen[name] in model.choices(name) for name in chosen)]
    if models[0].slug in able:
        request.check(models[0], models)
        return
    with pytest.raises(UnknownChoice) as refused:
        request.check(models[0], models)
    assert list(refused.value.instead) == able
    assert refused.value.value not in refused.value.choices


def test_only_a_model_that_can_do_all_of_it_is_named() -> None:
    complete = CATALOG["openai/gpt-image-2"]
    coarse = _narrowed(complete, "coarse", quality=("low", "auto"), aspect_ratio=("1:1",))
    square = _narrowed(complete, "square", aspect_ratio=("1:1",))
    request = ImageRequest(coarse.slug, "a fox", quality="high", aspect_ratio="16:9")
    with pytest.raises(UnknownChoice) as refused:
        request.check(coarse, [coarse, square, complete])
    assert refused.value == UnknownChoice("quality", "high", ("low", "auto"), "coarse", (complete.slug,))


def _narrowed(model: Model, slug: str, **choices: tuple[str, ...]) -> Model:
    inputs = {name: replace(each, choices=choices.get(name, each.choices)) for name, each in model.inputs.items()}
    return replace(model, slug=slug, inputs=inputs)
