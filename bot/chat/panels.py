"""Private answers that take their time, and panels that change as they are used: shown when there is what to show."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol

import discord
from discord import ui

from bot.chat.cards import refusal_card
from bot.chat.replies import answer_failure
from bot.chat.studio import Interaction
from bot.domain.errors import EaselError


class Show(Protocol):
    async def __call__(self, view: ui.LayoutView, files: Sequence[discord.File] = ()) -> None:
        """Put this in the place of what is shown."""
        ...


@asynccontextmanager
async def private_answer(interaction: Interaction) -> AsyncGenerator[Show]:
    """Answer a command to its user alone, within the block; where that refuses, the refusal is the answer."""
    await interaction.response.defer(ephemeral=True)
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
