"""Private answers that take their time: deferred at once, shown when they are ready, or refused."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bot.chat.cards import refusal_card
from bot.chat.studio import Interaction
from bot.domain.errors import EaselError


@asynccontextmanager
async def private_answer(interaction: Interaction) -> AsyncGenerator[None]:
    """Have the answer edited in within the block; where it refuses, the refusal is the answer."""
    await interaction.response.defer(ephemeral=True)
    try:
        yield
    except EaselError as refusal:
        await interaction.edit_original_response(view=refusal_card(refusal))
