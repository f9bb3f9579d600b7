"""`/usage`: a member's own account, shown to that member."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.intake import role_ids
from bot.chat.jobs import job_title
from bot.chat.layout import WORKING, card
from bot.chat.localization import localized
from bot.chat.panels import private_answer
from bot.chat.studio import Interaction
from bot.chat.usage_charts import add_charts, member_sketches
from bot.chat.usage_text import limit_parts, use_lines
from bot.chat.words import commands
from bot.chat.words import usage as words
from bot.chat.words.numbers import price_words
from bot.domain.job import Job
from bot.service.ports import MemberJobs
from bot.service.usage import Report

LAST_JOBS = 5


def usage_command() -> app_commands.Command[Any, ..., None]:
    async def usage(interaction: Interaction) -> None:
        studio, user, guild_id = interaction.client.studio, interaction.user, interaction.guild_id
        async with private_answer(interaction) as show:
            report = await studio.usage.of_member(user.id, guild_id, role_ids=role_ids(interaction))
            jobs = await studio.store.jobs_of(user.id, LAST_JOBS)

            def build(charts: Sequence[ui.Item[Any]]) -> ui.LayoutView:
                return usage_card(report, jobs, charts, everywhere=guild_id is None)

            await show(build(()))
            await add_charts(show, build, member_sketches(report, own=True), studio.charts)

    return app_commands.Command(name="usage", description=localized(commands.usage), callback=usage)


def usage_card(
    report: Report, jobs: MemberJobs, charts: Sequence[ui.Item[Any]] = (), *, everywhere: bool = False
) -> ui.LayoutView:
    """The report as an ephemeral card; its sums count what is held for running jobs, too."""
    head = [f"### {words.title()}", *([f"-# {words.everywhere()}"] if everywhere else [])]
    parts = ["\n".join([*head, *use_lines(report)]), *limit_parts(report)]
    latest = sorted([*jobs.live, *jobs.ended], key=lambda job: job.created_at, reverse=True)[:LAST_JOBS]
    if latest:
        parts.append("\n".join([words.latest(), *map(_job_line, latest)]))
    return card(WORKING, *parts, *charts)


def _job_line(job: Job) -> str:
    when = discord.utils.format_dt(job.created_at, "R")
    return f"- {job_title(job)}, {when}: {words.status(job.status)}" + (
        f", {price_words(job.cost)}" if job.cost else ""
    )
