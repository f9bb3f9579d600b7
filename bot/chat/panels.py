"""Private answers that take their time, and panels that change as they are used: shown when there is what to show."""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, ClassVar, Protocol, Self
from zlib import crc32

import discord
from discord import ui

from bot.chat.cards import refusal_card
from bot.chat.replies import answer_failure
from bot.chat.studio import Interaction
from bot.domain.errors import EaselError


class PanelItem(ui.DynamicItem[Any], template="-"):
    """A button or menu that works for as long as its message exists: all that it needs is in its `custom_id`.

    A subclass gives the `template`, whose named groups are the parameters of its constructor, says `what` it is for the
    log, and does it in `act`. An outcome of `bot.domain.errors` that leaves `act` is told to who pressed it.
    """

    what: ClassVar[str]

    def __init__(self, item: ui.Item[Any]) -> None:
        super().__init__(item)
        # Numbered by its place in the message otherwise, so that a client takes another menu in that place for the same
        # one, and shows what was chosen there before.
        item.id = crc32(self.custom_id.encode()) % 2**31 or None

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        fields: dict[str, Any] = match.groupdict()
        return cls(**fields)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        try:
            await self.act(interaction)
        except Exception as error:  # noqa: BLE001 # nobody else would answer
            await answer_failure(interaction, error, what=self.what)

    async def act(self, interaction: Interaction) -> None:
        """Answer the interaction."""
        raise NotImplementedError


class Show(Protocol):
    async def __call__(self, view: ui.LayoutView, files: Sequence[discord.File] = ()) -> None:
        """Put this in the place of what is shown."""
        ...


@asynccontextmanager
async def private_answer(interaction: Interaction) -> AsyncGenerator[Show]:
    """Answer a command, a button or a form to its user alone, within the block; where that refuses, the refusal is the
    answer."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    show = partial(_show, interaction)
    try:
        yield show
    except EaselError as refusal:
        await show(refusal_card(refusal))


@asynccontextmanager
async def panel_change(interaction: Interaction, *, what: str) -> AsyncGenerator[Show]:
    """Do what a button or menu is for, and show what its message has become. The log names `what` failed."""
    try:
        await interaction.response.defer()
        yield partial(_show, interaction)
    except Exception as error:  # noqa: BLE001 # nobody else would answer
        await answer_failure(interaction, error, what=what)


async def _show(interaction: Interaction, view: ui.LayoutView, files: Sequence[discord.File] = ()) -> None:
    await interaction.edit_original_response(view=view, attachments=files)
