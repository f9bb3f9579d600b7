"""`/moderate ladder`: what strikes lead to. All moderators see it; those who may manage the guild change it."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import discord
import structlog
from discord import app_commands, ui

from bot.chat.entries import is_one_of, read_days
from bot.chat.layout import DONE, FAILED, WORKING, card, row
from bot.chat.localization import localized
from bot.chat.lookup import in_time
from bot.chat.modals import Filled, show_modal
from bot.chat.panels import PanelItem, panel_change, private_answer
from bot.chat.replies import whisper
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import ladder as words
from bot.chat.words.outcomes import sentence
from bot.chat.words.sanctions import first_for_good, for_good_entries
from bot.domain.errors import BadLadder, BadRungs, EntryRefused
from bot.domain.quota import Allowance, UsageLimits
from bot.domain.sanction import MOST_RUNGS, Ladder, Rung, SanctionKind

_log = structlog.get_logger(__name__)

LADDER_FORM = "ladder"

RUNGS, DAYS = "rungs", "days"

LONGEST_LADDER = 500
"""Characters."""

_LINE = re.compile(r"(?P<strikes>[0-9]{1,3})\s*:\s*(?P<kind>[^\W\d]+)(?:\s+(?P<pictures>[0-9]{1,5}))?\s+(?P<end>.+)")


def ladder_command() -> app_commands.Command[Any, ..., None]:
    async def ladder(interaction: Interaction) -> None:
        async with private_answer(interaction) as show:
            policy = await interaction.client.studio.preferences.policy(guild_of(interaction))
            await show(ladder_panel(policy.ladder))

    return app_commands.Command(name="ladder", description=localized(words.about_ladder), callback=ladder)


def ladder_panel(ladder: Ladder, *said: str, colour: discord.Colour = WORKING) -> ui.LayoutView:
    lines = [words.rung_line(each) for each in ladder.rungs] or [words.no_rungs()]
    explained = f"-# {words.explained(ladder.days)}"
    return card(colour, f"### {words.title()}", *said, "\n".join(lines), explained, row(LadderButton()))


class LadderButton(PanelItem, template=r"easel:ladder"):
    """Opens the form in which the ladder is written."""

    what = "the button that changes the ladder"

    def __init__(self) -> None:
        super().__init__(ui.Button(label=words.change_label(), custom_id="easel:ladder"))

    async def act(self, interaction: Interaction) -> None:
        if not await _allowed(interaction):
            return
        ladder = (await in_time(interaction.client.studio.preferences.policy(guild_of(interaction)))).ladder
        rungs: ui.TextInput[Any] = ui.TextInput(
            custom_id=RUNGS,
            default="\n".join(rung_text(each) for each in ladder.rungs),
            max_length=LONGEST_LADDER,
            required=False,
            style=discord.TextStyle.paragraph,
        )
        days: ui.TextInput[Any] = ui.TextInput(custom_id=DAYS, default=str(ladder.days), max_length=4)
        await show_modal(
            interaction,
            LADDER_FORM,
            words.title(),
            ui.Label(text=words.rungs_label(), description=words.rungs_hint(), component=rungs),
            ui.Label(text=words.days_label(), component=days),
        )


async def submit_ladder(interaction: Interaction, _subject: str, filled: Filled) -> None:
    """Keep what was written, if all of it can be read."""
    if not await _allowed(interaction):
        return
    async with panel_change(interaction, what="the form of the ladder") as show:
        studio, guild_id = interaction.client.studio, guild_of(interaction)
        try:
            ladder = Ladder(read_rungs(filled.one(RUNGS) or ""), read_days(filled.one(DAYS) or ""))
        except EntryRefused as refusal:
            held = (await studio.preferences.policy(guild_id)).ladder
            await show(ladder_panel(held, sentence(refusal), colour=FAILED))
            return
        policy = await studio.preferences.change_policy(
            guild_id, lambda held: replace(held, ladder=ladder), interaction.user.id, studio.clock.now()
        )
        _log.info("ladder changed", guild=guild_id, by=interaction.user.id)
        await show(ladder_panel(policy.ladder, words.saved(), colour=DONE))


async def _allowed(interaction: Interaction) -> bool:
    if interaction.permissions.manage_guild:
        return True
    await whisper(interaction, words.not_yours_to_change())
    return False


def read_rungs(text: str) -> tuple[Rung, ...]:
    """A rung a line, in the member's language or in English; the lowest ahead. Raises `BadLadder` and `BadRungs`."""
    lines = [line.strip(" \t-•") for line in text.splitlines()]
    rungs = sorted((_read_rung(line) for line in lines if line), key=lambda rung: rung.strikes)
    if len(rungs) > MOST_RUNGS or len({each.strikes for each in rungs}) < len(rungs):
        raise BadRungs(MOST_RUNGS)
    return tuple(rungs)


def rung_text(rung: Rung) -> str:
    """What `read_rungs` reads as that."""
    end = first_for_good() if rung.days is None else f"{rung.days}d"
    if rung.kind is SanctionKind.LOWER:
        pictures = rung.limits.day.pictures if rung.limits is not None else 0
        return f"{rung.strikes}: {_first(words.lower_entries)} {pictures} {end}"
    return f"{rung.strikes}: {_first(words.block_entries)} {end}"


def _read_rung(line: str) -> Rung:
    found = _LINE.fullmatch(line)
    if found is None or not int(found["strikes"]):
        raise BadLadder(line)
    end, pictures = found["end"].strip(), found["pictures"]
    try:
        days = None if is_one_of(end, for_good_entries) else read_days(end)
    except EntryRefused:
        raise BadLadder(line) from None
    strikes = int(found["strikes"])
    if is_one_of(found["kind"], words.block_entries) and pictures is None:
        return Rung(strikes, SanctionKind.BLOCK, days)
    if is_one_of(found["kind"], words.lower_entries) and pictures is not None:
        return Rung(strikes, SanctionKind.LOWER, days, UsageLimits(day=Allowance(pictures=int(pictures))))
    raise BadLadder(line)


def _first(entries: Callable[[], str]) -> str:
    return entries().partition(",")[0]
