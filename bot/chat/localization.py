"""What Discord itself shows in a member's language: the descriptions and choices of commands, and context menus."""

from collections.abc import Callable
from functools import partial

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bot.chat.language import DEFAULT, gettext, is_spoken, speaking

_TYPED = {Location.command_name, Location.group_name, Location.parameter_name}


def localized(words: Callable[[], str]) -> app_commands.locale_str:
    """What `words` says, in English and in each language that Discord is told."""
    with speaking(DEFAULT):
        return app_commands.locale_str(words(), words=words)


class CatalogTranslator(app_commands.Translator):
    """Answers from the catalogues. What members type, `/imagine` and its options, is spelled the same everywhere."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        if not is_spoken(locale.value):  # as most aren't, and Discord knows more than thirty
            return None
        if context.location in _TYPED and not isinstance(context.data, app_commands.ContextMenu):
            return None
        words: Callable[[], str] = string.extras.get("words", partial(gettext, string.message))
        with speaking(locale.value):
            said = words()
        return said if said != string.message else None
