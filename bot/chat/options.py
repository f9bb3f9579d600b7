"""The choices that a member picks options by, made from the catalogue: the union of what the models on offer can do."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from typing import TypeAlias, TypeVar

from discord import app_commands

from bot.chat.localization import localized
from bot.chat.words.models import priced_quality
from bot.chat.words.options import background_words, count_words, format_words, moderation_words, ratio_words
from bot.domain import offer
from bot.domain.account import Billing
from bot.domain.catalog import Model

_T = TypeVar("_T", str, int)

Models: TypeAlias = Sequence[Model]


class Choice(app_commands.Choice[_T]):
    """A choice of a command, whose words Discord shows in each member's language; in a menu or form of ours they are
    `said()` in the language that is spoken."""

    def __init__(self, said: Callable[[], str], value: _T) -> None:
        super().__init__(name=localized(said), value=value)
        self.said = said


def model_choices(models: Models) -> list[Choice[str]]:
    return [Choice(partial(str, model.title), model.slug) for model in models]


def quality_choices(models: Models, on: date, billing: Billing) -> list[Choice[str]]:
    """ "High: about $0.13 a picture": what it costs is said where it is chosen."""
    return [
        Choice(partial(priced_quality, each, offer.prices(models, each, on, billing)), each)
        for each in offer.choices(models, "quality")
    ]


def ratio_choices(models: Models) -> list[Choice[str]]:
    return _choices(ratio_words, offer.choices(models, "aspect_ratio"))


def background_choices(models: Models) -> list[Choice[str]]:
    return _choices(background_words, offer.choices(models, "background"))


def format_choices(models: Models) -> list[Choice[str]]:
    return _choices(format_words, offer.choices(models, "output_format"))


def moderation_choices(models: Models) -> list[Choice[str]]:
    return _choices(moderation_words, offer.choices(models, "moderation"))


def count_choices(models: Models) -> list[Choice[int]]:
    return _choices(count_words, offer.counts(models))


def _choices(words: Callable[[_T], str], values: Iterable[_T]) -> list[Choice[_T]]:
    return [Choice(partial(words, each), each) for each in values]
