"""Apps → Edit image, on any message with pictures: a private card to choose options on, then the form.

The card is all the state there is: the pictures are those in its galleries, and what was chosen is what its menus show
as chosen. So it works after a restart, and in any process.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import discord
from discord import app_commands, ui

from bot.chat import options
from bot.chat.components import walk
from bot.chat.edit_form import Offered, edit_parts, edited_from
from bot.chat.intake import take
from bot.chat.layout import WORKING, card
from bot.chat.lookup import in_time
from bot.chat.modals import Filled, show_modal
from bot.chat.replies import answer_failure, whisper
from bot.chat.sources import Source, pictures_in
from bot.chat.studio import Interaction, Studio, StudioClient
from bot.chat.wishes import Wish, chosen_model
from bot.chat.words import edit_menu as words
from bot.chat.words import forms
from bot.domain.catalog import Model
from bot.domain.errors import StoreUnavailable
from bot.domain.options import Options

EDIT_MESSAGE_FORM = "edit-message"

MOST_ENTRIES = 25
"""Pictures that the form can list, and styles that a menu can."""

_GALLERY = 10  # pictures that one holds

_OPTION = "easel:option:"
_WRITE = "easel:write"


@dataclass(frozen=True, slots=True)
class EditCard:
    """What the card shows."""

    heading: str
    pictures: Sequence[Source]
    styles: Sequence[str] = ()  # names of the guild's, as they were when the card was opened
    options: Options = Options()  # noqa: RUF009 # frozen
    style: str | None = None


def edit_image_menu() -> app_commands.ContextMenu:
    async def edit_image(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        studio = interaction.client.studio
        pictures = pictures_in(message, studio.attachment_hosts)
        if not pictures:
            await whisper(interaction, words.no_pictures())
            return
        shown = pictures[:MOST_ENTRIES]
        opened = EditCard(words.heading(len(shown), len(pictures)), shown, await _styles(interaction))
        await interaction.response.send_message(view=edit_view(studio, opened), ephemeral=True)

    return app_commands.ContextMenu(name=words.edit_image(), callback=edit_image)


async def _styles(interaction: Interaction) -> list[str]:
    """The names of the guild's styles; none where they can't be looked up, since a card without them is of use, too."""
    try:
        styles = await in_time(interaction.client.studio.styles.all(interaction.guild_id))
    except StoreUnavailable:
        return []
    return [each.name for each in styles[:MOST_ENTRIES]]


# ------------------------------------------------------------------------------------------------ the card


def edit_view(studio: Studio, shown: EditCard) -> ui.LayoutView:
    """The pictures, a menu for each option that the form has no room for, and the button that opens the form."""
    galleries = [
        ui.MediaGallery[Any](*(_gallery_item(each) for each in shown.pictures[start : start + _GALLERY]))
        for start in range(0, len(shown.pictures), _GALLERY)
    ]
    menus = [ui.ActionRow[Any](each) for each in _menus(studio, shown)]
    write = ui.Button[Any](label=words.write_prompt(), style=discord.ButtonStyle.primary, custom_id=_WRITE)
    return card(WORKING, shown.heading, *galleries, words.options(), *menus, ui.ActionRow[Any](write))


def card_of(message: discord.Message, studio: Studio) -> EditCard:
    """What a card shows that was sent before."""
    heading = next(each.content for each in walk(message.components) if isinstance(each, discord.TextDisplay))
    menus = {
        (menu.custom_id or "").removeprefix(_OPTION): menu
        for menu in walk(message.components)
        if isinstance(menu, discord.SelectMenu)
    }
    chosen = {
        option: json.loads(entry.value) for option, menu in menus.items() for entry in menu.options if entry.default
    }
    styles = [json.loads(entry.value) for entry in menus["style"].options] if "style" in menus else []
    style = chosen.pop("style", None)
    return EditCard(heading, pictures_in(message, studio.attachment_hosts), styles, Options(**chosen), style)


def _gallery_item(picture: Source) -> discord.MediaGalleryItem:
    description = forms.numbered(picture.number)
    return discord.MediaGalleryItem(picture.attachment.url, description=description, spoiler=picture.spoiler)


def _menus(studio: Studio, shown: EditCard) -> list[ui.Select[Any]]:
    """What is left open in them is up to the defaults."""
    models = _models(studio, shown.options)
    offered: Mapping[str, Sequence[tuple[str, str | int | bool]]] = {
        "model": [(words.model(each.title), each.slug) for each in studio.models] if len(studio.models) > 1 else [],
        "style": [(words.style(each), each) for each in shown.styles],
        "background": [(words.background(each.said()), each.value) for each in options.background_choices(models)],
        "output_format": [(words.output_format(each.said()), each.value) for each in options.format_choices(models)],
        "count": [(each.said(), each.value) for each in options.count_choices(models)],
        "private": [(words.private(private=each), each) for each in (False, True)],
    }
    chosen = {each.name: getattr(shown.options, each.name) for each in fields(Options)} | {"style": shown.style}
    return [_menu(option, entries, chosen[option]) for option, entries in offered.items() if entries]


def _models(studio: Studio, chosen: Options) -> Sequence[Model]:
    """Those that it may come to: all that are offered, until one is chosen."""
    return studio.models if chosen.model is None else [chosen_model(studio, chosen)]


def _menu(option: str, entries: Sequence[tuple[str, str | int | bool]], chosen: object) -> ui.Select[Any]:
    return ui.Select(
        custom_id=f"{_OPTION}{option}",
        placeholder=words.placeholder(option),
        min_values=0,
        options=[
            discord.SelectOption(label=label, value=json.dumps(value, ensure_ascii=False), default=value == chosen)
            for label, value in entries
        ],
    )


class OptionMenu(ui.DynamicItem[ui.Select[Any]], template=rf"{_OPTION}(?P<option>[a-z_]+)"):
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
            shown = card_of(message, studio)
            if self.option == "style":
                shown = replace(shown, style=value)
            else:
                changed = replace(shown.options, **{self.option: value})
                if changed.model is not None:  # it may do less; what it can't do is open again
                    changed = changed.within(chosen_model(studio, changed))
                shown = replace(shown, options=changed)
            await interaction.response.edit_message(view=edit_view(studio, shown))
        except Exception as error:  # noqa: BLE001 # nobody else would answer
            await answer_failure(interaction, error, what=f"the menu {self.option}")


# ------------------------------------------------------------------------------------------------ the form


class WriteButton(ui.DynamicItem[ui.Button[Any]], template=_WRITE):
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
            shown = card_of(message, studio)
            offered = [
                Offered(each.key, forms.numbered(each.number), chosen=place == 0)
                for place, each in enumerate(shown.pictures)
            ]
            billing = studio.operator.account.billing
            parts = edit_parts(_models(studio, shown.options), studio.clock.now().date(), offered, billing=billing)
            await show_modal(interaction, EDIT_MESSAGE_FORM, forms.edit_title(), *parts)
        except Exception as error:  # noqa: BLE001 # nobody else would answer
            await answer_failure(interaction, error, what="the button to write a prompt")


async def submit_edit_message(interaction: Interaction, _: str, filled: Filled) -> None:
    form = edited_from(filled)
    message = interaction.message
    shown = card_of(message, interaction.client.studio) if message else EditCard("", ())
    pictures = {each.key: each.attachment for each in shown.pictures}
    if not pictures.keys() >= set(form.pictures):
        await whisper(interaction, forms.pictures_changed())
        return
    attachments = (*(pictures[each] for each in form.pictures), *form.more)
    wish = Wish(form.prompt, form.options.over(shown.options), style=shown.style, attachments=attachments)
    await take(interaction, wish)
