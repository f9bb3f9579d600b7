"""What was chosen goes over what holds by default, and no default ever refuses a request."""

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalog import CATALOG, Model
from bot.domain.errors import RequestRefused
from bot.domain.options import Options
from bot.domain.style import matching, near, same_name

MODEL = CATALOG["openai/gpt-image-2"]


def _any(name: str) -> st.SearchStrategy[str | None]:
    known = sorted({choice for model in CATALOG.values() for choice in model.choices(name)})
    return st.none() | st.sampled_from([*known, "plaid"])


some_options = st.builds(
    Options,
    model=st.none() | st.sampled_from([*CATALOG, "openai/gone"]),
    quality=_any("quality"),
    aspect_ratio=_any("aspect_ratio"),
    background=_any("background"),
    count=st.none() | st.integers(-1, 12),
    output_format=_any("output_format"),
    moderation=_any("moderation"),
    private=st.none() | st.booleans(),
)


def refused(options: Options, model: Model) -> bool:
    try:
        options.request(model, "a fox", output_compression=90).check(model)
    except RequestRefused:
        return True
    return False


@given(some_options, st.lists(some_options, max_size=3), st.sampled_from(list(CATALOG.values())))
def test_defaults_change_nothing_that_was_chosen_and_refuse_nothing(
    chosen: Options, defaults: list[Options], model: Model
) -> None:
    filled = chosen.filled(model, *defaults)
    for each in fields(Options):
        value = getattr(chosen, each.name)
        if value is not None:
            assert getattr(filled, each.name) == value
    assert refused(filled, model) == refused(chosen, model)


@pytest.mark.parametrize(
    ("chosen", "default", "filled"),
    [
        (Options(), Options(quality="low", count=2), Options(quality="low", count=2)),
        (Options(quality="high"), Options(quality="low", count=2), Options(quality="high", count=2)),
        (Options(), Options(quality="max", aspect_ratio="3:2"), Options(aspect_ratio="3:2")),
        (Options(background="transparent"), Options(output_format="jpeg"), Options(background="transparent")),
        (Options(output_format="jpeg"), Options(background="transparent"), Options(output_format="jpeg")),
        (
            Options(background="opaque"),
            Options(output_format="jpeg"),
            Options(None, None, None, "opaque", None, "jpeg"),
        ),
    ],
)
def test_what_gives_way(chosen: Options, default: Options, filled: Options) -> None:
    assert chosen.filled(MODEL, default) == filled


def test_names_of_styles() -> None:
    assert same_name("Ink & Wash", " ink&WASH ")
    assert not same_name("Ink", "Inc")
    names = ["Oil", "Ink & wash", "In pencil", "Gouache"]
    assert matching("in", names, 25) == ["Ink & wash", "In pencil"]
    assert matching("IL", names, 25) == ["In pencil", "Oil"]
    assert matching("", names, 2) == ["Gouache", "Ink & wash"]
    assert near("wash", names) == ("Ink & wash",)
    assert near("guache", names) == ("Gouache",)
    assert near("photograph", names) == ()
