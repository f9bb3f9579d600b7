"""What a model takes by its live schema, beside the catalogue: every difference is found, and nothing else is."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.demo.replicate_models import published_schemas
from bot.domain.catalog import CATALOG, InputField, Model
from bot.replicate.decoding import MalformedAnswer
from bot.replicate.model_schema import Drift, DriftKind, PublishedInput, compare, published_inputs

GPT_IMAGE_2 = CATALOG["openai/gpt-image-2"]
QUALITIES = GPT_IMAGE_2.choices("quality")
WORDS = st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=8)


def schema() -> dict[str, Any]:
    return published_schemas()["openai/gpt-image-2"]


def inputs(schema: dict[str, Any]) -> dict[str, Any]:
    return schema["components"]["schemas"]["Input"]["properties"]


def drifts(schema: dict[str, Any], model: Model = GPT_IMAGE_2) -> list[Drift]:
    return compare(model, published_inputs(schema))


@pytest.mark.parametrize("slug", CATALOG)
def test_the_catalogue_is_as_the_models_were_published(slug: str) -> None:
    assert drifts(published_schemas()[slug], CATALOG[slug]) == []


@given(st.sets(st.sampled_from(QUALITIES), min_size=1), st.sets(WORDS).map(lambda words: words - set(QUALITIES)))
def test_new_and_gone_choices(kept: set[str], new: set[str]) -> None:
    live = schema()
    live["components"]["schemas"]["quality"]["enum"] = sorted(kept | new)
    found = drifts(live)
    assert {each.published for each in found if each.kind is DriftKind.NEW_CHOICE} == new
    assert {each.catalogue for each in found if each.kind is DriftKind.GONE_CHOICE} == set(QUALITIES) - kept
    assert len(found) == len(new) + len(QUALITIES) - len(kept)


@given(st.integers(-5, 15), st.integers(-5, 15))
def test_bounds(least: int, most: int) -> None:
    live = schema()
    inputs(live)["number_of_images"] |= {"minimum": least, "maximum": most}
    narrower = sum((least > 1, most < 10))
    wider = sum((least < 1, most > 10))
    kinds = [each.kind for each in drifts(live)]
    assert (kinds.count(DriftKind.NARROWER_BOUND), kinds.count(DriftKind.WIDER_BOUND)) == (narrower, wider)
    assert len(kinds) == narrower + wider


@given(st.sets(st.sampled_from(sorted(GPT_IMAGE_2.inputs))), st.dictionaries(WORDS, st.booleans(), max_size=3))
def test_new_and_gone_inputs(gone: set[str], new: dict[str, bool]) -> None:
    new = {f"new_{name}": required for name, required in new.items()}
    live = schema()
    for name in gone:
        del inputs(live)[name]
    inputs(live).update({name: {"type": "string"} for name in new} | {"kept": {"type": "boolean"}})
    live["components"]["schemas"]["Input"]["required"] += [name for name, required in new.items() if required]
    found = {(each.kind, each.input) for each in drifts(live)}
    assert found == {
        *((DriftKind.GONE_INPUT, name) for name in gone),
        *((DriftKind.NEW_REQUIRED_INPUT if required else DriftKind.NEW_INPUT, name) for name, required in new.items()),
        (DriftKind.NEW_INPUT, "kept"),
    }


@pytest.mark.parametrize(
    ("name", "change", "drift"),
    [
        (
            "output_format",
            {"default": "png"},
            Drift(DriftKind.NEW_DEFAULT, "output_format", "webp", "png"),
        ),
        (
            "number_of_images",
            {"type": "string"},
            Drift(DriftKind.OTHER_TYPE, "number_of_images", "integer", "string"),
        ),
        (
            "input_images",
            {"maxItems": 4},
            Drift(DriftKind.NARROWER_BOUND, "input_images", "at most 16", "at most 4"),
        ),
        (
            "prompt",
            {"maxLength": 1000},
            Drift(DriftKind.NARROWER_BOUND, "prompt", "characters, at most 32000", "characters, at most 1000"),
        ),
    ],
)
def test_what_an_input_is(name: str, change: dict[str, Any], drift: Drift) -> None:
    live = schema()
    inputs(live)[name] |= change
    assert drifts(live) == [drift]


def test_an_input_that_is_wanted_now_breaks_only_what_is_sent_without_it() -> None:
    live = schema()
    live["components"]["schemas"]["Input"]["required"] += ["quality", "input_images"]
    assert drifts(live) == [Drift(DriftKind.NEW_REQUIRED_INPUT, "input_images")]


@pytest.mark.parametrize(
    "quality",
    [
        {"type": "string", "enum": list(QUALITIES), "default": "auto"},
        {"$ref": "#/components/schemas/quality", "default": "auto"},
        {"anyOf": [{"$ref": "#/components/schemas/quality"}, {"type": "null"}], "default": "auto"},
        {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/quality"}], "default": "auto"},
    ],
)
def test_choices_are_found_wherever_they_stand(quality: dict[str, Any]) -> None:
    live = schema()
    inputs(live)["quality"] = quality
    assert drifts(live) == []
    assert published_inputs(live)["quality"].choices == QUALITIES


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["components", "schemas", "Input", "properties", "required", "type", "enum", "allOf", "$ref"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=30)
@given(JSON)
def test_any_other_json_is_no_schema_or_one_without_our_inputs(value: object) -> None:
    live = {"components": {"schemas": {"Input": {"properties": {"prompt": value, "more": value}}, "more": value}}}
    try:
        published = published_inputs(live)
    except MalformedAnswer:
        return
    assert published.keys() == {"prompt", "more"}
    assert all(isinstance(each, PublishedInput) for each in published.values())
    assert {each.input for each in compare(GPT_IMAGE_2, published)} >= GPT_IMAGE_2.inputs.keys() - {"prompt"}


@settings(max_examples=30)
@given(JSON)
def test_a_schema_without_inputs_is_refused(value: object) -> None:
    with pytest.raises(MalformedAnswer):
        published_inputs({"components": {"schemas": {"Output": value}}})


def test_a_secret_and_a_bound_that_the_catalogue_lacks_are_no_difference() -> None:
    free = replace(GPT_IMAGE_2, inputs={"seed": InputField("seed", kind="integer")})
    live = schema()
    live["components"]["schemas"]["Input"]["properties"] = {"seed": {"type": "integer", "maximum": 7}}
    assert drifts(live, free) == []
