"""`/moderate reports`: what was reported and waits for a decision, for those who look from a phone, or have no log."""

from typing import Any

from discord import app_commands, ui

from bot.chat.case_cards import CaseAct, CaseButton
from bot.chat.jobs import job_title
from bot.chat.layout import DONE, FAILED, card
from bot.chat.localization import localized
from bot.chat.panels import private_answer
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import reports as words
from bot.domain.report import Case

_MOST = 10
"""Cases that are shown: a message has 40 components, and each takes three."""


def reports_command() -> app_commands.Command[Any, ..., None]:
    async def reports(interaction: Interaction) -> None:
        async with private_answer(interaction) as show:
            await show(await _list(interaction))

    return app_commands.Command(name="reports", description=localized(words.about_reports), callback=reports)


async def _list(interaction: Interaction) -> ui.LayoutView:
    studio = interaction.client.studio
    found = await studio.cases.undecided(guild_of(interaction), _MOST + 1)
    if not found:
        return card(DONE, words.none_open())
    parts = [await _part(interaction, each) for each in found[:_MOST]]
    more = [f"-# {words.more_open()}"] if len(found) > _MOST else []
    return card(FAILED, f"### {words.open_title()}", *parts, *more)


async def _part(interaction: Interaction, case: Case) -> ui.Item[Any]:
    job = await interaction.client.studio.moderation.job(case.job_id)
    assert job is not None  # noqa: S101 # a case ends with its job
    line = words.open_line(case, f"<@{job.member_id}>", job_title(job))
    return ui.Section[Any](line, accessory=CaseButton(CaseAct.LOOK, case.job_id))
