"""`/imagine` and `/edit`, made from one table of options, with their choices made from the catalogue."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from inspect import Parameter, Signature
from typing import Any

import discord
from discord import app_commands

from bot.chat import options
from bot.chat.intake import attachment_of, take
from bot.chat.localization import localized
from bot.chat.studio import Interaction, Studio
from bot.chat.styles import suggest_styles
from bot.chat.wishes import Wish
from bot.chat.words import commands as words
from bot.domain.options import Options

PICTURES = ("image", "image_2", "image_3", "image_4")

_ABOUT = {
    "prompt": words.prompt,
    "model": words.model,
    "quality": words.quality,
    "aspect_ratio": words.aspect_ratio,
    "background": words.background,
    "count": words.count,
    "format": words.output_format,
    "image": words.image,
    "image_2": words.image_2,
    "image_3": words.image_3,
    "image_4": words.image_4,
    "style": words.style,
    "private": words.private,
    "moderation": words.moderation,
}
"""Every option, in the order in which Discord offers them beneath those that are needed."""

_TYPES: dict[str, Any] = {"count": int, "private": bool} | dict.fromkeys(PICTURES, discord.Attachment)
"""What an option takes, if not text."""


def imagine_command(studio: Studio, today: date) -> app_commands.Command[Any, ..., None]:
    """`/imagine` for the models on offer, at the prices of `today`."""
    only = studio.models[0].title if len(studio.models) == 1 else None
    about = words.imagine if only is None else partial(words.imagine_with, only)
    return _command("imagine", about, ("prompt",), studio, today)


def edit_command(studio: Studio, today: date) -> app_commands.Command[Any, ..., None]:
    """`/edit`: `/imagine` from at least one picture."""
    return _command("edit", words.edit_pictures, ("prompt", "image"), studio, today)


def _command(
    name: str, about: Callable[[], str], needed: Sequence[str], studio: Studio, today: date
) -> app_commands.Command[Any, ..., None]:
    offered = [*needed, *(each for each in _ABOUT if each not in needed)]
    if len(studio.models) == 1:
        offered.remove("model")
    if not studio.allow_low_moderation:
        offered.remove("moderation")

    async def callback(interaction: Interaction, **given: Any) -> None:
        await take(interaction, _wish(given))

    # discord.py reads from the signature which options there are.
    parameters = [Parameter("interaction", Parameter.POSITIONAL_ONLY, annotation=Interaction)]
    for option in offered:
        kind = _TYPES.get(option, str)
        parameters.append(
            Parameter(option, Parameter.KEYWORD_ONLY, annotation=kind)
            if option in needed
            else Parameter(option, Parameter.KEYWORD_ONLY, annotation=kind | None, default=None)
        )
    callback.__signature__ = Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess] # inspect's documented way
    described = app_commands.describe(**{option: localized(_ABOUT[option]) for option in offered})
    chosen = app_commands.choices(**{key: made for key, made in _choices(studio, today).items() if key in offered})
    suggested = app_commands.autocomplete(style=suggest_styles)
    return app_commands.Command(
        name=name, description=localized(about), callback=suggested(described(chosen(callback)))
    )


def _wish(given: dict[str, Any]) -> Wish:
    attached = tuple(attachment_of(each) for name in PICTURES if (each := given.pop(name)) is not None)
    prompt, style, output_format = (given.pop(name) for name in ("prompt", "style", "format"))
    return Wish(prompt, Options(output_format=output_format, **given), style, attached)


def _choices(studio: Studio, today: date) -> dict[str, list[app_commands.Choice[Any]]]:
    models = studio.models
    return {
        "model": [*options.model_choices(models)],
        "quality": [*options.quality_choices(models, today, studio.operator.account.billing)],
        "aspect_ratio": [*options.ratio_choices(models)],
        "background": [*options.background_choices(models)],
        "count": [*options.count_choices(models)],
        "format": [*options.format_choices(models)],
        "moderation": [*options.moderation_choices(models)],
    }
