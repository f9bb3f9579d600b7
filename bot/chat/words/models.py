"""What the models can do and what they cost, in words."""

from collections.abc import Sequence

from bot.chat.language import gettext as _
from bot.chat.words.lists import one_of
from bot.chat.words.numbers import price_words
from bot.chat.words.options import (
    background_words,
    format_words,
    moderation_words,
    quality_words,
    ratio_words,
)
from bot.domain.catalog import CATALOG, MicroDollars
from bot.domain.errors import UnknownChoice


def title(slug: str) -> str:
    """The model as people read it."""
    return CATALOG[slug].title if slug in CATALOG else slug


def priced_quality(quality: str, prices: Sequence[MicroDollars]) -> str:
    """ "High: about $0.13 a picture"; `prices` are what the models ask for it, cheapest first."""
    if quality == "auto":
        words, price = _("{quality}: up to {price} a picture"), prices[-1]
    elif len(prices) == 1:
        words, price = _("{quality}: about {price} a picture"), prices[0]
    else:
        words, price = _("{quality}: from {price} a picture"), prices[0]
    return words.format(quality=quality_words(quality), price=price_words(price))


def cannot(refusal: UnknownChoice) -> str:
    """A choice that a model doesn't have, or that there is none of; what it has, and which model could do it."""
    if refusal.field == "model":
        said = _("The model {model} isn't offered here. Choose {choices}.")
        return said.format(model=_asked(refusal), choices=one_of([title(each) for each in refusal.choices]))
    choices = one_of([value_words(refusal.field, each) for each in refusal.choices])
    if refusal.instead:
        said = _("{model} can't do **{value}**. Choose {choices}; or keep it, and choose {instead} as the model.")
    elif len(refusal.choices) == 1:
        said = _("**{value}** can't be had here. Choose {choices}, or leave it open.")
    else:
        said = _("{model} can't do **{value}**. Choose {choices}.")
    return said.format(
        model=title(refusal.model),
        value=_asked(refusal),
        choices=choices,
        instead=one_of([title(each) for each in refusal.instead]),
    )


def value_words(field: str, value: str) -> str:
    """A value of one of the models' inputs."""
    match field:
        case "quality":
            return quality_words(value)
        case "aspect_ratio":
            return ratio_words(value)
        case "background":
            return background_words(value)
        case "output_format":
            return format_words(value)
        case "moderation":
            return moderation_words(value)
        case _:
            return value


def _asked(refusal: UnknownChoice) -> str:
    """The value that was asked for; one that no model knows as it came, unable to do harm."""
    known = any(
        refusal.field in model.inputs and refusal.value in model.choices(refusal.field) for model in CATALOG.values()
    )
    if known:
        return value_words(refusal.field, refusal.value)
    return title(refusal.value) if refusal.value in CATALOG else f"`{_plain(refusal.value)}`"


def _plain(text: str) -> str:
    return " ".join(text.replace("`", "'").split())[:50]
