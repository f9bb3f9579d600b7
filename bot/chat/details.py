"""Details: all that is known of a job, for whoever asks: the button under each card, and Show settings in its menu."""

import re
from io import BytesIO
from typing import Any

import discord
from discord import app_commands, ui

from bot.chat.components import walk
from bot.chat.controls import CUSTOM_ID
from bot.chat.layout import DONE, FAILED, WORKING, card, quoted
from bot.chat.lookup import job_behind
from bot.chat.replies import whisper
from bot.chat.studio import Interaction
from bot.chat.words import buttons as button_words
from bot.chat.words import details as words
from bot.domain.job import Job, JobStatus

LONGEST_SHOWN = 1500
"""Characters of a prompt that are shown; what escaping adds to them, and the rest, must fit into a message's 4,000."""

PROMPT_FILE = "prompt.txt"

_COLOURS = {JobStatus.SUCCEEDED: DONE, JobStatus.FAILED: FAILED, JobStatus.CANCELED: FAILED}


async def show_details(interaction: Interaction, job: Job) -> None:
    """Tell them, nobody else. A prompt that is too long to be shown whole comes as a file besides."""
    files: list[discord.File] = []
    if len(job.request.prompt) > LONGEST_SHOWN:
        files.append(discord.File(BytesIO(job.request.prompt.encode()), filename=PROMPT_FILE))
    await interaction.response.send_message(view=details_card(job), files=files, ephemeral=True)


def details_card(job: Job) -> ui.LayoutView:
    """With a file component for `PROMPT_FILE` where the prompt is longer than `LONGEST_SHOWN`."""
    parts: list[str | ui.Item[Any]] = [words.heading(), quoted(job.request.prompt, LONGEST_SHOWN)]
    if len(job.request.prompt) > LONGEST_SHOWN:
        parts.append(ui.File(f"attachment://{PROMPT_FILE}"))
    facts = [*words.choices(job.request), *words.pictures(job), *words.course(job), *words.bill(job)]
    parts += ["\n".join(facts), words.origin(job)]
    return card(_COLOURS.get(job.status, WORKING), *parts)


def show_settings_menu() -> app_commands.ContextMenu:
    """Apps → Show settings, on a message."""

    async def show_settings(interaction: discord.Interaction[Any], message: discord.Message) -> None:
        job = await job_told_of(interaction, message, not_ours=words.not_ours())
        if job is not None:
            await show_details(interaction, job)

    return app_commands.ContextMenu(name=words.show_settings(), callback=show_settings)


async def job_told_of(interaction: Interaction, message: discord.Message, *, not_ours: str) -> Job | None:
    """The job whose card the message is. Where there is none, whoever asks is told: that it is `not_ours`, or that it
    is no longer known."""
    job_id = job_of_message(interaction, message)
    if job_id is None:
        await whisper(interaction, not_ours)
        return None
    job = await job_behind(interaction, job_id)
    if job is None:
        await whisper(interaction, button_words.no_longer_known())
    return job


def job_of_message(interaction: Interaction, message: discord.Message) -> str | None:
    """The id of the job whose card the message is; None for what isn't ours, whatever its buttons claim."""
    user = interaction.client.user
    if user is None or message.author.id != user.id:
        return None
    for component in walk(message.components):
        found = re.fullmatch(CUSTOM_ID, getattr(component, "custom_id", None) or "")
        if found is not None:
            return found["job"]
    return None
