"""The choices that a member picks options by, made from the catalogue."""

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from typing import TypeVar

from discord import app_commands

from bot.chat.localization import localized
from bot.chat.words.options import (
    background_words,
    count_words,
    format_words,
    moderation_words,
    priced_quality_words,
    ratio_words,
)
from bot.domain.catalog import Model

_T = TypeVar("_T", str, int)


class Choice(app_commands.Choice[_T]):
    """A choice of a command, whose words Discord shows in each member's language; in a menu or form of ours they are
    `said()` in the language that is spoken."""

    def __init__(self, said: Callable[[], str], value: _T) -> None:
        super().__init__(name=localized(said), value=value)
        self.said = said


def quality_choices(model: Model, on: date) -> list[Choice[str]]:
    """ "High: about $0.13 a picture": what it costs is said where it is chosen."""
    return [
        Choice(partial(priced_quality_words, each, model.price(each, on)), each) for each in model.choices("quality")
    ]


def ratio_choices(model: Model) -> list[Choice[str]]:
    return _choices(ratio_words, model.choices("aspect_ratio"))


def background_choices(model: Model) -> list[Choice[str]]:
    return _choices(background_words, model.choices("background"))


def format_choices(model: Model) -> list[Choice[str]]:
    return _choices(format_words, model.choices("output_format"))


def moderation_choices(model: Model) -> list[Choice[str]]:
    return _choices(moderation_words, model.choices("moderation"))


def count_choices(model: Model) -> list[Choice[int]]:
    bounds = model.inputs["number_of_images"]
    return _choices(count_words, range(bounds.minimum or 1, (bounds.maximum or 1) + 1))


def _choices(words: Callable[[_T], str], values: Iterable[_T]) -> list[Choice[_T]]:
    return [Choice(partial(words, each), each) for each in values]
