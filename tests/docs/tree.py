"""The command tree, as Discord is told of it."""

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord

from bot.app import Parts, open_app
from bot.service.clock import SystemClock
from bot.settings import GivenSettings

PUBLISHED = datetime(2026, 11, 1, tzinfo=UTC)
"""The day of the prices in the documents: they don't change by themselves when a later one comes."""

TYPES = (discord.AppCommandType.chat_input, discord.AppCommandType.message)


class _Published(SystemClock):
    def now(self) -> datetime:
        return PUBLISHED


async def commands(*, low_moderation: bool = False) -> Sequence[dict[str, Any]]:
    """The payloads of all commands of a deployment with the default model: those that are typed, and those of the menu
    of messages."""
    with tempfile.TemporaryDirectory() as directory:
        settings = GivenSettings(easel_data_dir=Path(directory), easel_allow_low_moderation=low_moderation)
        async with open_app(settings, Parts(clock=_Published())) as app:
            tree = app.client.tree
            return [each.to_dict(tree) for kind in TYPES for each in tree.get_commands(type=kind)]
