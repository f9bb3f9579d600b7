"""The choices that a member picks options by, made from the catalogue."""

from datetime import date

from discord import app_commands

from bot.chat.words.options import (
    background_words,
    count_words,
    format_words,
    moderation_words,
    price_words,
    quality_words,
    ratio_words,
)
from bot.domain.catalog import Model


def quality_choices(model: Model, on: date) -> list[app_commands.Choice[str]]:
    """ "High: about $0.13 a picture": what it costs is said where it is chosen."""
    choices: list[app_commands.Choice[str]] = []
    for quality in model.choices("quality"):
        price = price_words(model.price(quality, on))
        words = f"up to {price}" if quality == "auto" else f"about {price}"
        choices.append(app_commands.Choice(name=f"{quality_words(quality)}: {words} a picture", value=quality))
    return choices


def ratio_choices(model: Model) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=ratio_words(each), value=each) for each in model.choices("aspect_ratio")]


def background_choices(model: Model) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=background_words(each), value=each) for each in model.choices("background")]


def format_choices(model: Model) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=format_words(each), value=each) for each in model.choices("output_format")]


def moderation_choices(model: Model) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=moderation_words(each), value=each) for each in model.choices("moderation")]


def count_choices(model: Model) -> list[app_commands.Choice[int]]:
    bounds = model.inputs["number_of_images"]
    return [
        app_commands.Choice(name=count_words(count), value=count)
        for count in range(bounds.minimum or 1, (bounds.maximum or 1) + 1)
    ]
