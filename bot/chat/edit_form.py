"""The form that a picture is edited through: the prompt, the pictures, more of them, quality and shape."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import discord
from discord import ui

from bot.chat import options
from bot.chat.modals import LONGEST_TEXT, MOST_FILES, Filled
from bot.chat.words import forms as words
from bot.domain.account import Billing
from bot.domain.catalog import Model
from bot.domain.options import Options
from bot.domain.request import Attachment

PROMPT, PICTURES, MORE, QUALITY, RATIO = "prompt", "pictures", "more", "quality", "aspect_ratio"


@dataclass(frozen=True, slots=True)
class Offered:
    """A picture that may be used: `key` stands for it."""

    key: str
    label: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Edited:
    """A form as it came back."""

    prompt: str
    pictures: tuple[str, ...]  # keys
    more: tuple[Attachment, ...]
    options: Options


def edit_parts(
    models: Sequence[Model],
    today: date,
    pictures: Sequence[Offered],
    *,
    billing: Billing,
    prompt: str = "",
    chosen: Options = Options(),  # noqa: B008 # frozen
) -> list[ui.Label[Any]]:
    """The parts of the modal, five at most, for what one of the models can do. A prompt over `LONGEST_TEXT` does not
    fit."""
    parts: list[ui.Label[Any]] = [
        ui.Label(
            text=words.prompt(),
            component=ui.TextInput(
                custom_id=PROMPT,
                style=discord.TextStyle.paragraph,
                default=prompt or None,
                placeholder=words.prompt_hint()[:100],
                max_length=LONGEST_TEXT,
            ),
        )
    ]
    if pictures:
        parts.append(
            ui.Label(
                text=words.pictures(), description=words.pictures_hint(), component=picture_menu(pictures, least=0)
            )
        )
    upload: ui.FileUpload[Any] = ui.FileUpload(custom_id=MORE, required=False, min_values=0, max_values=MOST_FILES)
    return [
        *parts,
        ui.Label(text=words.more_pictures(), component=upload),
        _menu(words.quality(), QUALITY, options.quality_choices(models, today, billing), chosen.quality),
        _menu(words.aspect_ratio(), RATIO, options.ratio_choices(models), chosen.aspect_ratio),
    ]


def picture_menu(pictures: Sequence[Offered], *, least: int, most: int | None = None) -> ui.Select[Any]:
    """A menu of up to 25 pictures, of which at least and at most so many may be chosen."""
    return ui.Select(
        custom_id=PICTURES,
        options=[discord.SelectOption(label=each.label, value=each.key, default=each.chosen) for each in pictures],
        min_values=least,
        max_values=len(pictures) if most is None else most,
        required=least > 0,
    )


def _menu(text: str, custom_id: str, choices: Sequence[options.Choice[str]], chosen: str | None) -> ui.Label[Any]:
    entries = [
        discord.SelectOption(label=each.said(), value=each.value, default=each.value == chosen) for each in choices
    ]
    return ui.Label(text=text, component=ui.Select(custom_id=custom_id, options=entries, min_values=0, required=False))


def edited_from(filled: Filled) -> Edited:
    return Edited(
        prompt=filled.one(PROMPT) or "",
        pictures=filled.all(PICTURES),
        more=filled.uploads(MORE),
        options=Options(quality=filled.one(QUALITY), aspect_ratio=filled.one(RATIO)),
    )
