"""The slash commands, with their options made from the catalogue."""

import functools
import inspect
from collections.abc import Awaitable, Callable, Sequence
from datetime import date
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
from bot.domain.catalog import Model
from bot.domain.options import Options

_ABOUT = {
    "prompt": words.prompt,
    "quality": words.quality,
    "aspect_ratio": words.aspect_ratio,
    "background": words.background,
    "count": words.count,
    "format": words.output_format,
    "moderation": words.moderation,
    "image": words.image,
    "image_2": words.image_2,
    "image_3": words.image_3,
    "image_4": words.image_4,
    "style": words.style,
    "private": words.private,
}


def imagine_command(studio: Studio, today: date) -> app_commands.Command[Any, ..., None]:
    """`/imagine` for the deployment's model, at the prices of `today`."""
    model = studio.models[0]

    async def imagine(
        interaction: Interaction,
        *,
        prompt: str,
        quality: str | None = None,
        aspect_ratio: str | None = None,
        background: str | None = None,
        count: int | None = None,
        format: str | None = None,  # noqa: A002 # the option's name in Discord
        image: discord.Attachment | None = None,
        image_2: discord.Attachment | None = None,
        image_3: discord.Attachment | None = None,
        image_4: discord.Attachment | None = None,
        style: str | None = None,
        private: bool | None = None,
        moderation: str | None = None,
    ) -> None:
        chosen = Options(
            quality=quality,
            aspect_ratio=aspect_ratio,
            background=background,
            count=count,
            output_format=format,
            moderation=moderation,
            private=private,
        )
        attached = tuple(attachment_of(each) for each in (image, image_2, image_3, image_4) if each)
        await take(interaction, Wish(prompt, chosen, style, attached))

    suggested = app_commands.autocomplete(style=suggest_styles)
    left_out = () if studio.allow_low_moderation else ("moderation",)
    offered = _without(imagine, left_out)
    described = app_commands.describe(
        **{name: localized(about) for name, about in _ABOUT.items() if name not in left_out}
    )
    choices = app_commands.choices(**_choices(model, today, left_out))
    return app_commands.Command(
        name="imagine",
        description=localized(functools.partial(words.imagine, model.title)),
        callback=suggested(described(choices(offered))),
    )


def _choices(model: Model, today: date, left_out: Sequence[str]) -> dict[str, list[app_commands.Choice[Any]]]:
    choices: dict[str, list[app_commands.Choice[Any]]] = {
        "quality": [*options.quality_choices(model, today)],
        "aspect_ratio": [*options.ratio_choices(model)],
        "background": [*options.background_choices(model)],
        "count": [*options.count_choices(model)],
        "format": [*options.format_choices(model)],
        "moderation": [*options.moderation_choices(model)],
    }
    return {name: made for name, made in choices.items() if name not in left_out}


def _without(callback: Callable[..., Awaitable[None]], left_out: Sequence[str]) -> Callable[..., Any]:
    """The callback as a command that doesn't offer these options; discord.py reads the signature to build one."""

    @functools.wraps(callback)
    async def offered(*args: Any, **kwargs: Any) -> None:
        await callback(*args, **kwargs)

    signature = inspect.signature(callback)
    kept = [each for name, each in signature.parameters.items() if name not in left_out]
    offered.__signature__ = signature.replace(parameters=kept)  # pyright: ignore[reportAttributeAccessIssue] # inspect's documented way
    return offered
