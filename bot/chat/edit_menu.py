"""Apps → Edit image, on any message with pictures: a private card to choose options on, then the form.

The card is all the state there is: the pictures are those in its galleries, and what was chosen is what its menus show
as chosen. So it works after a restart, and in any process.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import discord
from discord import app_commands, ui

from bot.chat import options
from bot.chat.components import walk
from bot.chat.edit_form import Offered, edit_parts, edited_from
from bot.chat.intake import take
from bot.chat.layout import WORKING, card
from bot.chat.modals import Filled, show_modal
from bot.chat.replies import answer_failure, whisper
from bot.chat.sources import Source, pictures_in
from bot.chat.studio import Interaction, Studio, StudioClient
from bot.chat.wishes import Wish, chosen_model
from bot.chat.words import edit_menu as words
from bot.chat.words import forms
from bot.domain.options import Options

EDIT_MESSAGE_FORM = "edit-message"

MOST_OFFERED = 25
"""Pictures that a menu can list."""

_GALLERY = 10  # pictures that one holds

_OPTION = "easel:option:"
_WRITE = "easel:write"

OPTIONS = ("model", "background", "output_format", "count", "private")
"""What is chosen on the card, by the fields of `Options`."""


def edit_image_menu() -> app_commands.ContextMenu:
    async def edit_image(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        studio = interaction.client.studio
        pictures = pictures_in(message, studio.attachment_hosts)
        if not pictures:
            await whisper(interaction, words.no_pictures())
            return
        view = edit_card(studio, pictures[:MOST_OFFERED], Options())
        await interaction.response.send_message(view=view, ephemeral=True)

    return app_commands.ContextMenu(name=words.edit_image(), callback=edit_image)


# ------------------------------------------------------------------------------------------------ the card


def edit_card(studio: Studio, pictures: Sequence[Source], chosen: Options) -> ui.LayoutView:
    """The pictures, a menu for each option that the form has no room for, and the button that opens the form."""
    galleries = [
        ui.MediaGallery[Any](*(_gallery_item(each) for each in pictures[start : start + _GALLERY]))
        for start in range(0, len(pictures), _GALLERY)
    ]
    menus = [ui.ActionRow[Any](each) for each in _menus(studio, chosen)]
    write = ui.Button[Any](label=words.write_prompt(), style=discord.ButtonStyle.primary, custom_id=_WRITE)
    return card(WORKING, words.heading(len(pictures)), *galleries, words.options(), *menus, ui.ActionRow[Any](write))


def _gallery_item(picture: Source) -> discord.MediaGalleryItem:
    description = forms.numbered(picture.number)
    return discord.MediaGalleryItem(picture.attachment.url, description=description, spoiler=picture.spoiler)


def _menus(studio: Studio, chosen: Options) -> list[ui.Select[Any]]:
    """What is left open in them is up to the defaults."""
    model = chosen_model(studio, chosen)
    offered: dict[str, Sequence[tuple[str, str | int | bool]]] = {
        "background": [(words.background(each.name), each.value) for each in options.background_choices(model)],
        "output_format": [(words.output_format(each.name), each.value) for each in options.format_choices(model)],
        "count": [(each.name, each.value) for each in options.count_choices(model)],
        "private": [(words.private(private=each), each) for each in (False, True)],
    }
    if len(studio.models) > 1:
        models = [(words.model(each.title), each.slug) for each in studio.models]
        offered = {"model": models, **offered}
    return [_menu(option, entries, getattr(chosen, option)) for option, entries in offered.items()]


def _menu(option: str, entries: Sequence[tuple[str, str | int | bool]], chosen: object) -> ui.Select[Any]:
    return ui.Select(
        custom_id=f"{_OPTION}{option}",
        placeholder=words.placeholder(option),
        min_values=0,
        options=[
            discord.SelectOption(label=label, value=json.dumps(value), default=value == chosen)
            for label, value in entries
        ],
    )


def chosen_on(message: discord.Message) -> Options:
    """What the menus of the card show as chosen."""
    return Options(
        **{
            menu.custom_id.removeprefix(_OPTION): json.loads(entry.value)
            for menu in walk(message.components)
            if isinstance(menu, discord.SelectMenu) and (menu.custom_id or "").startswith(_OPTION)
            for entry in menu.options
            if entry.default
        }
    )


class OptionMenu(discord.ui.DynamicItem[ui.Select[Any]], template=rf"{_OPTION}(?P<option>{'|'.join(OPTIONS)})"):
    """A menu of the card. What was chosen in it is shown as chosen from then on."""

    def __init__(self, menu: ui.Select[Any], option: str) -> None:
        super().__init__(menu)
        self.option = option

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, ui.Select)  # noqa: S101 # no other item has such a custom_id
        return cls(item, match["option"])

    async def callback(self, interaction: discord.Interaction[StudioClient]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # our client is the only one
        try:
            studio, message = interaction.client.studio, interaction.message
            assert message is not None  # noqa: S101 # a menu is in a message
            value = json.loads(self.item.values[0]) if self.item.values else None
            chosen = replace(chosen_on(message), **{self.option: value})
            chosen = chosen.within(chosen_model(studio, chosen))
            card = edit_card(studio, pictures_in(message, studio.attachment_hosts), chosen)
            await interaction.response.edit_message(view=card)
        except Exception as error:  # noqa: BLE001 # nobody else would answer
            await answer_failure(interaction, error, what=f"the menu {self.option}")


# ------------------------------------------------------------------------------------------------ the form


class WriteButton(discord.ui.DynamicItem[ui.Button[Any]], template=_WRITE):
    """Opens the form."""

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, ui.Button)  # noqa: S101 # no other item has such a custom_id
        return cls(item)

    async def callback(self, interaction: discord.Interaction[StudioClient]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # our client is the only one
        try:
            studio, message = interaction.client.studio, interaction.message
            assert message is not None  # noqa: S101 # a button is in a message
            pictures = pictures_in(message, studio.attachment_hosts)
            offered = [
                Offered(each.key, forms.numbered(each.number), chosen=place == 0) for place, each in enumerate(pictures)
            ]
            parts = edit_parts(chosen_model(studio, chosen_on(message)), studio.clock.now().date(), offered)
            await show_modal(interaction, EDIT_MESSAGE_FORM, forms.edit_title(), *parts)
        except Exception as error:  # noqa: BLE001 # nobody else would answer
            await answer_failure(interaction, error, what="the button to write a prompt")


async def submit_edit_message(interaction: Interaction, _: str, filled: Filled) -> None:
    message = interaction.message
    form = edited_from(filled)
    hosts = interaction.client.studio.attachment_hosts
    pictures = {each.key: each.attachment for each in pictures_in(message, hosts)} if message else {}
    if message is None or not pictures.keys() >= set(form.pictures):
        await whisper(interaction, forms.pictures_changed())
        return
    attachments = (*(pictures[each] for each in form.pictures), *form.more)
    await take(interaction, Wish(form.prompt, form.options.over(chosen_on(message)), attachments=attachments))
