"""`/usage`: a member's own account, shown to that member."""

from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.jobs import job_title
from bot.chat.layout import card
from bot.chat.localization import localized
from bot.chat.studio import Interaction
from bot.chat.words import commands
from bot.chat.words import usage as words
from bot.chat.words.numbers import price_words
from bot.domain.job import Job
from bot.service.ports import Usage, UsageReport

LAST_JOBS = 5


def usage_command() -> app_commands.Command[Any, ..., None]:
    async def usage(interaction: Interaction) -> None:
        studio = interaction.client.studio
        report = await studio.store.usage(interaction.user.id, studio.clock.now(), LAST_JOBS)
        await interaction.response.send_message(view=usage_card(report), ephemeral=True)

    return app_commands.Command(name="usage", description=localized(commands.usage), callback=usage)


def usage_card(report: UsageReport) -> ui.LayoutView:
    """The report as an ephemeral card; its sums count what is held for running jobs, too."""
    lines = [words.today(_amount(report.today)), words.this_month(_amount(report.month))]
    lines += [
        f"-# {words.by_quality(quality, _amount(usage))}"
        for quality, usage in sorted(report.by_quality.items(), key=lambda each: -each[1].amount)
    ]
    parts = [f"### {words.title()}\n" + "\n".join(lines)]
    if report.last:
        parts.append(words.latest() + "\n" + "\n".join(_job_line(job) for job in report.last))
    return card(discord.Colour.blurple(), *parts)


def _amount(usage: Usage) -> str:
    return words.used(usage.pictures, usage.amount)


def _job_line(job: Job) -> str:
    when = discord.utils.format_dt(job.created_at, "R")
    return f"- {job_title(job)}, {when}: {words.status(job.status)}" + (
        f", {price_words(job.cost)}" if job.cost else ""
    )
