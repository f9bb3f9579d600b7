"""`/defaults`: what a member gets where an option is left open, on a private panel that saves each choice at once."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, Self

import discord
from discord import app_commands, ui

from bot.chat.layout import WORKING, card, row
from bot.chat.localization import localized
from bot.chat.panels import PanelItem, panel_change, private_answer
from bot.chat.studio import Interaction, Studio
from bot.chat.wishes import chosen_model
from bot.chat.words import preferences as words
from bot.chat.words.models import priced_quality
from bot.chat.words.options import (
    background_words,
    count_words,
    format_words,
    quality_words,
    ratio_words,
)
from bot.domain.options import Options

_OPEN = "-"
"""The value of the entry that leaves an option open."""

_PRIVATE = "private"

_FIELDS = ("model", "quality", "aspect_ratio", "background", "output_format", "count", "private")


def defaults_command() -> app_commands.Command[Any, ..., None]:
    async def defaults(interaction: Interaction) -> None:
        async with private_answer(interaction) as show:
            studio = interaction.client.studio
            held = await studio.preferences.defaults(interaction.user.id)
            await show(defaults_panel(studio, held))

    return app_commands.Command(name="defaults", description=localized(words.about_defaults), callback=defaults)


def defaults_panel(studio: Studio, held: Options) -> ui.LayoutView:
    """A menu for each option, with what is held chosen in it."""
    parts: list[str | ui.Item[Any]] = [f"### {words.defaults_title()}\n{words.defaults_explained()}"]
    for field in _FIELDS:
        if field == "model" and len(studio.models) == 1:
            continue
        parts += [f"**{words.field_title(field)}**", row(DefaultSelect(field, _entries(studio, field, held)))]
    parts.append(row(ResetButton()))
    return card(WORKING, *parts)


class DefaultSelect(PanelItem, template=r"easel:default:(?P<field>[a-z_]+)"):
    """The menu of one option."""

    what = "a menu of defaults"

    def __init__(self, field: str, entries: Iterable[discord.SelectOption]) -> None:
        super().__init__(ui.Select(custom_id=f"easel:default:{field}", options=list(entries)))
        self.field = field

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, ui.Select)  # noqa: S101 # no other item has such a custom_id
        return cls(match["field"], item.options)

    async def act(self, interaction: Interaction) -> None:
        await _change(interaction, self.field, self.item.values[0])


class ResetButton(PanelItem, template=r"easel:defaults-reset"):
    """Leaves all options open."""

    what = "the button that resets defaults"

    def __init__(self) -> None:
        super().__init__(ui.Button(label=words.reset_label(), custom_id="easel:defaults-reset"))

    async def act(self, interaction: Interaction) -> None:
        await _change(interaction, None, _OPEN)


async def _change(interaction: Interaction, field: str | None, value: str) -> None:
    """Save one choice, or without a field leave all options open, and show what holds then."""
    studio = interaction.client.studio

    def changed(held: Options) -> Options:
        if field is None:
            return Options()
        chosen = _with(Options(), field, value)
        # What goes no longer together with this choice gives way to it.
        return _with(chosen.over(held.beside(chosen)), field, value)

    async with panel_change(interaction, what="the panel of defaults") as show:
        held = await studio.preferences.change_defaults(interaction.user.id, changed)
        await show(defaults_panel(studio, held))


def _with(held: Options, field: str, value: str) -> Options:
    read: Any = None if value == _OPEN else int(value) if field == "count" else True if field == "private" else value
    return replace(held, **{field: read})


def _entries(studio: Studio, field: str, held: Options) -> list[discord.SelectOption]:
    """What there is to choose, after the entry that leaves the option open; what is held is chosen."""
    without, offered = _offered(studio, field, held)
    chosen = getattr(held, field)
    value = _OPEN if chosen is None else _PRIVATE if chosen is True else str(chosen)
    entries = [(words.no_default(without), _OPEN), *offered]
    if value not in [each for _, each in entries]:  # no longer offered, so that it has no effect
        value = _OPEN
    return [discord.SelectOption(label=label, value=each, default=each == value) for label, each in entries]


def _offered(studio: Studio, field: str, held: Options) -> tuple[str, list[tuple[str, str]]]:
    """In words, what an option comes to where it is left open; and what the model can do, with the values."""
    model = chosen_model(studio, Options(), held)
    match field:
        case "model":
            return studio.models[0].title, [(each.title, each.slug) for each in studio.models]
        case "quality":
            today, billing = studio.clock.now().date(), studio.operator.account.billing
            priced = [
                (priced_quality(each, [model.price(each, today, billing)]), each) for each in model.choices(field)
            ]
            return quality_words(str(model.inputs[field].default)), priced
        case "aspect_ratio" | "background" | "output_format":
            in_words = _IN_WORDS[field]
            return in_words(str(model.inputs[field].default)), [(in_words(each), each) for each in model.choices(field)]
        case "count":
            bounds = model.inputs["number_of_images"]
            counts = range(bounds.minimum or 1, (bounds.maximum or 1) + 1)
            return count_words(1), [(count_words(each), str(each)) for each in counts]
        case _:
            return words.private_choice(private=False), [(words.private_choice(private=True), _PRIVATE)]


_IN_WORDS: Mapping[str, Callable[[str], str]] = {
    "aspect_ratio": ratio_words,
    "background": background_words,
    "output_format": format_words,
}
