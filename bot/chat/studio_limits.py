"""`/studio limits`: a guild's moderators see what bounds its use, and change it. Discord lets nobody else see the
command, nor the panel that answers it.

Whose limits a panel shows, and which of them a form changes, is in the `custom_id`s. So is what a form showed as it was
opened: of two moderators who change one sheet at once, neither takes back what the other has set.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Self

import discord
import structlog
from discord import app_commands, ui

from bot.chat.layout import DONE, FAILED, WORKING, card, row
from bot.chat.limits_panel import (
    InForce,
    about_party,
    guild_quota,
    overview,
    party_options,
    sheet_parts,
    sheet_title,
    spans_now,
)
from bot.chat.localization import localized
from bot.chat.lookup import in_time
from bot.chat.modals import Filled, show_modal
from bot.chat.panels import PanelItem, panel_change, private_answer
from bot.chat.parties import SHEETS, Party, Sheet, role_party, sheet_label, sheets_of
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import limits_panel as words
from bot.chat.words.outcomes import sentence
from bot.domain.errors import EntryRefused
from bot.domain.quota import GuildLimits, Scope, UsageLimits

_log = structlog.get_logger(__name__)

LIMITS_FORM = "limits"

_BETWEEN = "|"
"""Stands between texts in a `custom_id`."""

_AS_BEFORE = "="
"""In the place of a text that was left as the form showed it."""


def limits_command() -> app_commands.Command[Any, ..., None]:
    async def limits(interaction: Interaction) -> None:
        async with private_answer(interaction) as show:
            await show(_overview(await _in_force(interaction)))

    return app_commands.Command(name="limits", description=localized(words.about_limits), callback=limits)


async def _in_force(interaction: Interaction) -> InForce:
    studio, guild_id = interaction.client.studio, interaction.guild_id
    terms = await studio.budgets.terms(guild_id)
    now = studio.clock.now()
    spans = spans_now(terms, now)
    account = studio.operator.account_in(terms).name
    standing = await studio.budgets.standing(interaction.user.id, guild_id, guild_quota(spans), now, account=account)
    return InForce(
        terms=terms,
        operator_member=studio.operator.member_in(terms),
        operator_guild=studio.operator.guild_in(terms),
        deployment=studio.operator.deployment_in(terms),
        role_names={role.id: role.name for role in interaction.guild.roles} if interaction.guild else {},
        spans=spans,
        used={period: sums for (scope, period), sums in standing.sums.items() if scope is Scope.GUILD},
    )


# ----------------------------------------------------------------------------------------------- the panels


def _overview(shown: InForce, *said: str) -> ui.LayoutView:
    """All that holds, with menus of those whose limits may be changed."""
    menus = (row(PartySelect(party_options(shown))), row(RoleLimitsSelect()))
    return card(DONE if said else WORKING, *said, *overview(shown), *menus)


def _party_panel(
    shown: InForce,
    party: Party,
    *said: str,
    colour: discord.Colour = WORKING,
    ahead: Sequence[ui.DynamicItem[Any]] = (),
) -> ui.LayoutView:
    """One party's limits, with a button for each sheet, and others ahead of them."""
    sheets = [SheetButton(party, sheet) for sheet in sheets_of(party)]
    others: list[ui.DynamicItem[Any]] = [RemoveLimitsButton(party)] if party.limits(shown.limits) != _NONE else []
    rows = [row(*ahead)] if ahead else []
    return card(colour, *said, *about_party(shown, party), *rows, row(*sheets), row(*others, BackButton()))


_NONE = UsageLimits()


class PartySelect(PanelItem, template=r"easel:limits-of"):
    """Shows the limits of one."""

    what = "the menu of those who have limits"

    def __init__(self, entries: Sequence[discord.SelectOption] = ()) -> None:
        super().__init__(
            ui.Select(custom_id="easel:limits-of", placeholder=words.choose_party(), options=list(entries))
        )

    async def act(self, interaction: Interaction) -> None:
        await _show_party(interaction, Party(self.item.values[0]))


class RoleLimitsSelect(PanelItem, template=r"easel:limits-of-role"):
    """Shows the limits of a role, which may have none as yet."""

    what = "the menu of roles"

    def __init__(self) -> None:
        super().__init__(ui.RoleSelect(custom_id="easel:limits-of-role", placeholder=words.choose_role()))

    async def act(self, interaction: Interaction) -> None:
        await _show_party(interaction, role_party(self.item.values[0].id, guild_of(interaction)))


class BackButton(PanelItem, template=r"easel:limits-all"):
    """Shows all limits again."""

    what = "the button that leads to all limits"

    def __init__(self) -> None:
        super().__init__(ui.Button(label=words.back_label(), custom_id="easel:limits-all"))

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            await show(_overview(await _in_force(interaction)))


class RemoveLimitsButton(PanelItem, template=r"easel:limits-remove:(?P<party>\w+)"):
    """Takes all limits away that are a party's own."""

    what = "the button that removes limits"

    def __init__(self, party: Party) -> None:
        super().__init__(
            ui.Button(
                label=words.remove_label(),
                style=discord.ButtonStyle.danger,
                custom_id=f"easel:limits-remove:{party.key}",
            )
        )
        self.party = party

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(Party(match["party"]))

    async def act(self, interaction: Interaction) -> None:
        async with panel_change(interaction, what=self.what) as show:
            name = (await _in_force(interaction)).mention(self.party)
            await _change(interaction, lambda held: self.party.changed(held, UsageLimits()))
            _log.info("limits removed", guild=interaction.guild_id, by=interaction.user.id, party=self.party.key)
            await show(_overview(await _in_force(interaction), words.removed(name)))


async def _change(interaction: Interaction, change: Callable[[GuildLimits], GuildLimits]) -> None:
    studio = interaction.client.studio
    await studio.budgets.change_limits(guild_of(interaction), change, interaction.user.id, studio.clock.now())


async def _show_party(interaction: Interaction, party: Party) -> None:
    async with panel_change(interaction, what="the menu of those who have limits") as show:
        await show(_party_panel(await _in_force(interaction), party))


# ------------------------------------------------------------------------------------------------- the form


class SheetButton(PanelItem, template=r"easel:limits-sheet:(?P<party>\w+):(?P<sheet>[a-z]+)(:(?P<entered>.*))?"):
    """Opens the form of one sheet: with what holds in its fields, or with what was `entered` and couldn't be read."""

    what = "the button that opens limits"

    def __init__(self, party: Party, sheet: Sheet, entered: str | None = None) -> None:
        custom_id = f"easel:limits-sheet:{party.key}:{sheet}"
        super().__init__(
            ui.Button(
                label=sheet_label(sheet) if entered is None else words.correct_label(),
                style=discord.ButtonStyle.secondary if entered is None else discord.ButtonStyle.primary,
                custom_id=custom_id if entered is None else f"{custom_id}:{entered}",
            )
        )
        self.party, self.sheet, self.entered = party, sheet, entered

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(Party(match["party"]), Sheet(match["sheet"]), match["entered"])

    async def act(self, interaction: Interaction) -> None:
        shown = await in_time(_in_force(interaction))
        held = [entry.text(self.party.limits(shown.limits)) for entry in SHEETS[self.sheet]]
        entered = held if self.entered is None else self.entered.split(_BETWEEN)
        texts = [was if now == _AS_BEFORE else now for now, was in zip(entered, held, strict=True)]
        await show_modal(
            interaction,
            LIMITS_FORM,
            sheet_title(shown, self.party, self.sheet),
            *sheet_parts(shown, self.party, self.sheet, texts),
            subject=f"{self.party.key}:{self.sheet}:{_BETWEEN.join(held)}",
        )


async def submit_limits(interaction: Interaction, subject: str, filled: Filled) -> None:
    """Save what was changed on a sheet; where anything can't be read, nothing, and offer what was entered again."""
    key, name, showed = subject.split(":", 2)
    party, sheet = Party(key), Sheet(name)
    entries = SHEETS[sheet]
    entered = [(filled.one(f"{each.kind}-{each.part}") or "").replace(_BETWEEN, " ").strip() for each in entries]
    changed = {
        entry: text
        for entry, text, before in zip(entries, entered, showed.split(_BETWEEN), strict=True)
        if text != before
    }

    async with panel_change(interaction, what="the form of limits") as show:
        try:
            values = {entry: entry.read(text) for entry, text in changed.items()}

            def change(held: GuildLimits) -> GuildLimits:
                limits = party.limits(held)
                for entry, value in values.items():
                    limits = entry.put(limits, value)
                return party.changed(held, limits)

            await _change(interaction, change)
        except EntryRefused as refusal:
            again = _BETWEEN.join(changed.get(entry, _AS_BEFORE) for entry in entries)
            said, correct = words.nothing_changed(sentence(refusal)), SheetButton(party, sheet, again)
            panel = _party_panel(await _in_force(interaction), party, said, colour=FAILED, ahead=[correct])
        else:
            _log.info("limits changed", guild=interaction.guild_id, by=interaction.user.id, party=key, sheet=name)
            panel = _party_panel(await _in_force(interaction), party, words.saved(), colour=DONE)
        await show(panel)


LIMIT_ITEMS = (PartySelect, RoleLimitsSelect, BackButton, RemoveLimitsButton, SheetButton)
"""What hangs on the panels, for the client to answer to."""
