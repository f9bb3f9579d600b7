"""`/studio key`: moderators let their guild pay with a key of its own. Discord lets nobody else see the command.

What is entered is in the interaction of the submitted form alone: it reaches no message, no log and no `custom_id`.
"""

from typing import Any

import discord
from discord import app_commands, ui
from pydantic import SecretStr

from bot.chat.layout import DONE, FAILED, WORKING, card, row
from bot.chat.localization import localized
from bot.chat.modals import Filled, show_modal
from bot.chat.panels import PanelItem, panel_change, private_answer
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import keys as words
from bot.service.ports import KeySet, KeysHeld

KEY_FORM = "key"

TOKEN, OPENAI_KEY = "replicate_api_token", "openai_api_key"

LONGEST_KEY = 400
"""Characters. OpenAI's have some 170, Replicate's 40."""


def key_command() -> app_commands.Command[Any, ..., None]:
    return app_commands.Command(name="key", description=localized(words.about_key), callback=_show)


async def _show(interaction: Interaction) -> None:
    async with private_answer(interaction) as show:
        await show(key_panel(await interaction.client.studio.own_keys.held(guild_of(interaction))))


def key_panel(held: KeysHeld | None, *said: str, colour: discord.Colour = WORKING) -> ui.LayoutView:
    """Who pays, never with any part of a key; `said` is what has just become of one."""
    buttons = [KeyButton("add" if held is None else "replace")]
    if held is not None:
        buttons.append(KeyButton("remove"))
    title = f"### {words.title()}"
    return card(colour, title, *said, words.explained(held), f"-# {words.never_shown()}", row(*buttons))


class KeyButton(PanelItem, template=r"easel:key:(?P<action>add|replace|remove|removed|keep)"):
    """What the panel offers. Only who was let in to it sees it."""

    what = "the panel of a server's key"

    def __init__(self, action: str) -> None:
        label, style = {
            "add": (words.add_label, discord.ButtonStyle.primary),
            "replace": (words.replace_label, discord.ButtonStyle.secondary),
            "remove": (words.remove_label, discord.ButtonStyle.secondary),
            "removed": (words.remove_label, discord.ButtonStyle.danger),
            "keep": (words.keep_label, discord.ButtonStyle.secondary),
        }[action]
        super().__init__(ui.Button(label=label(), style=style, custom_id=f"easel:key:{action}"))
        self.action = action

    async def act(self, interaction: Interaction) -> None:
        if self.action in ("add", "replace"):
            await _open_form(interaction)
            return
        async with panel_change(interaction, what=self.what) as show:
            own_keys, guild_id = interaction.client.studio.own_keys, guild_of(interaction)
            match self.action:
                case "remove":
                    question = row(KeyButton("removed"), KeyButton("keep"))
                    await show(card(FAILED, words.remove_question(), question))
                case "removed":
                    retired = await own_keys.remove(guild_id, interaction.user.id)
                    await show(key_panel(await own_keys.held(guild_id), words.removed(retired), colour=DONE))
                case _:
                    await show(key_panel(await own_keys.held(guild_id)))


async def _open_form(interaction: Interaction) -> None:
    await show_modal(
        interaction,
        KEY_FORM,
        words.form_title(),
        ui.TextDisplay(words.form_explained()),
        _input(words.token_label(), words.token_hint(), TOKEN),
        _input(words.openai_label(), words.openai_hint(), OPENAI_KEY),
    )


def _input(label: str, hint: str, custom_id: str) -> ui.Label[Any]:
    field: ui.TextInput[Any] = ui.TextInput(custom_id=custom_id, required=False, max_length=LONGEST_KEY)
    return ui.Label(text=label, description=hint, component=field)


async def submit_key(interaction: Interaction, _subject: str, filled: Filled) -> None:
    """Keep what was entered if it holds, and say on the panel what came of it."""
    keys = KeySet(_secret(filled, TOKEN), _secret(filled, OPENAI_KEY))
    async with panel_change(interaction, what="the form for a server's key") as show:
        own_keys, guild_id = interaction.client.studio.own_keys, guild_of(interaction)
        if not keys.by_vendor:
            await show(key_panel(await own_keys.held(guild_id), words.nothing_entered(), colour=FAILED))
            return
        brought = await own_keys.bring(guild_id, keys, interaction.user.id)
        said = words.kept(brought.replaced) if brought.kept else words.not_kept(brought.findings)
        held = await own_keys.held(guild_id)
        await show(key_panel(held, said, colour=DONE if brought.kept else FAILED))


def _secret(filled: Filled, part: str) -> SecretStr | None:
    entered = (filled.one(part) or "").strip()
    return SecretStr(entered) if entered else None
