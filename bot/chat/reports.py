"""Reporting a result: the button, the menu of messages, and the form behind both."""

from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.details import job_told_of
from bot.chat.language import DEFAULT
from bot.chat.lookup import in_time, job_behind
from bot.chat.modals import Filled, show_modal
from bot.chat.permissions import moderates
from bot.chat.replies import whisper
from bot.chat.studio import Interaction, StudioClient
from bot.chat.words import buttons
from bot.chat.words import reports as words
from bot.domain.job import Job
from bot.domain.moderation import Policy
from bot.domain.report import Report, ReportReason
from bot.service.cases import Reception

REPORT_FORM = "report"

REASON, TEXT = "reason", "text"

LONGEST_TEXT = 150
"""Characters that a reporter may add: a card has 4,000 for five reports and the prompt."""


def report_menu() -> app_commands.ContextMenu:
    """Apps → Report picture, on a message."""

    async def report_picture(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        job = await job_told_of(interaction, message, not_ours=words.not_ours())
        if job is not None:
            await open_report(interaction, job)

    return app_commands.ContextMenu(name=words.menu(), callback=report_picture)


async def open_report(interaction: Interaction, job: Job) -> None:
    """Ask what is wrong with it, unless a report would come to nothing."""
    reception = await in_time(interaction.client.studio.cases.reception(job, interaction.user.id))
    if reception is not Reception.RECORDED:
        await whisper(interaction, words.received(reception, in_guild=job.guild_id is not None))
        return
    reasons = [discord.SelectOption(label=words.reason(each), value=each.value) for each in ReportReason]
    menu: ui.Label[Any] = ui.Label(
        text=words.reason_label(),
        component=ui.Select(custom_id=REASON, placeholder=words.reason_placeholder(), options=reasons),
    )
    text: ui.Label[Any] = ui.Label(
        text=words.text_label(),
        description=words.text_hint(),
        component=ui.TextInput(
            custom_id=TEXT, style=discord.TextStyle.paragraph, required=False, max_length=LONGEST_TEXT
        ),
    )
    await show_modal(interaction, REPORT_FORM, words.form_title(), menu, text, subject=job.id)


async def submit_report(interaction: Interaction, job_id: str, filled: Filled) -> None:
    studio = interaction.client.studio
    job = await job_behind(interaction, job_id)
    if job is None:
        await whisper(interaction, buttons.no_longer_known())
        return
    policy = await studio.preferences.policy(job.guild_id) if job.guild_id is not None else Policy()
    report = Report(
        reporter_id=interaction.user.id,
        reported_at=studio.clock.now(),
        reason=ReportReason(filled.one(REASON) or ReportReason.OTHER),
        text=" ".join((filled.one(TEXT) or "").split()),
        token=interaction.token,
        locale=interaction.locale.value,
    )
    reception = await studio.cases.file(job, report, policy=policy, moderator=moderates(interaction, policy))
    await whisper(interaction, words.received(reception, in_guild=job.guild_id is not None))
    await studio.cases.carry_out()


async def language_of(client: StudioClient, channel_id: int) -> str:
    """That of the channel's guild: its moderators needn't know the language of the member who reports."""
    channel = await client.known.channel(channel_id)
    return channel.guild.preferred_locale.value if channel is not None else DEFAULT
