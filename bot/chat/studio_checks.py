"""`/studio checks`: how strictly prompts and pictures are judged before they are sent. Discord lets nobody else than
moderators see the command."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import discord
import structlog
from discord import app_commands, ui

from bot.chat.layout import WORKING, card, row
from bot.chat.localization import localized
from bot.chat.panels import PanelItem, panel_change, private_answer
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import checks as words
from bot.domain.moderation import Policy
from bot.domain.screening import DEFAULTS, FIXED, Screening, Strictness

_log = structlog.get_logger(__name__)

_CHOSEN = tuple(each for each in DEFAULTS if each not in FIXED)
"""What a guild may choose for."""


def checks_command() -> app_commands.Command[Any, ..., None]:
    return app_commands.Command(name="checks", description=localized(words.about_checks), callback=_show)


async def _show(interaction: Interaction) -> None:
    async with private_answer(interaction) as show:
        policy = await interaction.client.studio.preferences.policy(guild_of(interaction))
        await show(await checks_panel(interaction, policy))


async def checks_panel(interaction: Interaction, policy: Policy, category: str | None = None) -> ui.LayoutView:
    """What is judged how strictly, and with a `category` the menu that changes it."""
    screening = policy.screening
    known = await interaction.client.studio.content.has_key(guild_of(interaction))
    parts: list[str | ui.Item[Any]] = [f"### {words.title()}", words.explained() if known else words.no_key()]
    if screening.on:
        lines = [f"- {words.line(each, screening.strictness(each))}" for each in _CHOSEN]
        parts += ["\n".join((*lines, f"-# {words.fixed()}")), row(CategorySelect(category))]
        if category is not None:
            parts.append(row(StrictnessSelect(category, screening.strictness(category))))
        parts += [
            words.when_failed(closed=screening.closed),
            row(*(ChecksButton(each) for each in _actions(screening))),
        ]
    else:
        parts += [words.is_off(), row(ChecksButton("on"))]
    return card(WORKING, *parts)


def _actions(screening: Screening) -> tuple[str, str]:
    return ("open" if screening.closed else "closed", "off")


class ChecksButton(PanelItem, template=r"easel:checks:(?P<action>on|off|open|closed)"):
    """Judges requests or not, and says what becomes of those that can't be judged."""

    what = "the panel of a server's checks"

    def __init__(self, action: str) -> None:
        label = {
            "on": words.on_label,
            "off": words.off_label,
            "open": words.open_label,
            "closed": words.closed_label,
        }[action]
        super().__init__(ui.Button(label=label(), custom_id=f"easel:checks:{action}"))
        self.action = action

    async def act(self, interaction: Interaction) -> None:
        match self.action:
            case "on" | "off":
                await _change(interaction, lambda held: replace(held, on=self.action == "on"))
            case _:
                await _change(interaction, lambda held: replace(held, closed=self.action == "closed"))


class CategorySelect(PanelItem, template=r"easel:checks:category"):
    """Chooses what the next menu is about."""

    what = ChecksButton.what

    def __init__(self, chosen: str | None = None) -> None:
        entries = [
            discord.SelectOption(label=words.category_words(each), value=each, default=each == chosen)
            for each in _CHOSEN
        ]
        super().__init__(
            ui.Select(custom_id="easel:checks:category", options=entries, placeholder=words.category_menu())
        )

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            policy = await interaction.client.studio.preferences.policy(guild_of(interaction))
            await show(await checks_panel(interaction, policy, self.item.values[0]))


class StrictnessSelect(PanelItem, template=r"easel:checks:strictness:(?P<category>.+)"):
    """Sets how strictly one category is judged."""

    what = ChecksButton.what

    def __init__(self, category: str, chosen: Strictness | None = None) -> None:
        entries = [
            discord.SelectOption(label=words.strictness_words(each), value=each.value, default=each is chosen)
            for each in Strictness
        ]
        custom_id = f"easel:checks:strictness:{category}"
        placeholder = words.strictness_menu(category)
        super().__init__(ui.Select(custom_id=custom_id, options=entries, placeholder=placeholder))
        self.category = category

    async def act(self, interaction: Interaction) -> None:
        strictness = Strictness(self.item.values[0])
        await _change(interaction, lambda held: held.with_strictness(self.category, strictness), self.category)


CHECK_ITEMS = (ChecksButton, CategorySelect, StrictnessSelect)
"""What hangs on the panel, for the client to answer to."""


async def _change(
    interaction: Interaction, change: Callable[[Screening], Screening], category: str | None = None
) -> None:
    async with panel_change(interaction, what=ChecksButton.what) as show:
        studio, guild_id = interaction.client.studio, guild_of(interaction)
        policy = await studio.preferences.change_policy(
            guild_id,
            lambda held: replace(held, screening=change(held.screening)),
            interaction.user.id,
            studio.clock.now(),
        )
        _log.info("policy changed", guild=guild_id, by=interaction.user.id, screening=policy.screening)
        await show(await checks_panel(interaction, policy, category))
