"""`/jobs`: a member's own requests under way and the latest that ended, shown to that member."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import discord
import structlog
from discord import app_commands, ui

from bot.chat.controls import Control, control
from bot.chat.layout import WORKING, card, plain_line
from bot.chat.localization import localized
from bot.chat.places import age_restricted
from bot.chat.replies import whisper
from bot.chat.studio import Interaction, Studio
from bot.chat.words import commands
from bot.chat.words import jobs as words
from bot.chat.words.line import in_line
from bot.chat.words.reviews import awaited
from bot.domain.errors import AwaitsReview, PicturesGone
from bot.domain.job import Job, JobStatus
from bot.domain.review import stage_of
from bot.service.ports import MemberJobs, TryLater, Undeliverable

_log = structlog.get_logger(__name__)

LATEST = 10
MOST_LIVE = 5
"""Requests under way that are shown, the oldest, each with its own button: a message holds 40 components."""

_TEXT = 3_900
"""Characters for all lines; a message has 4,000, and the headings need some."""

_LABEL = 80  # characters of a button, Discord's limit
_ROW = 5  # buttons


def jobs_command() -> app_commands.Command[Any, ..., None]:
    async def jobs(interaction: Interaction) -> None:
        studio = interaction.client.studio
        mine = await studio.store.jobs_of(interaction.user.id, LATEST)
        shown = [(job, await _status(studio, job)) for job in mine.live[:MOST_LIVE]]
        await interaction.response.send_message(view=jobs_card(mine, shown, studio.clock.now()), ephemeral=True)

    return app_commands.Command(name="jobs", description=localized(commands.jobs), callback=jobs)


def jobs_card(mine: MemberJobs, shown: Sequence[tuple[Job, str]], now: datetime) -> ui.LayoutView:
    """`shown` are those under way, each with how it stands."""
    parts: list[str | ui.Item[Any]] = [f"### {words.under_way()}" if shown else words.none_under_way()]
    left = _TEXT
    for job, status in shown:
        text = f"{job_title(job)}, {words.asked(_when(job))}\n{status}"
        left -= len(text)
        parts.append(ui.Section(text, accessory=control(Control.CANCEL, job.id)) if _cancelable(job) else text)
    if more := len(mine.live) - len(shown):
        parts.append(f"-# {words.more(more)}")
    if mine.ended:
        lines = [f"- {job_title(job)}, {_when(job)}: {words.outcome(job, now)}" for job in mine.ended]
        parts.append("\n".join([f"### {words.recent()}", *_within(lines, left)]))
    kept = [job for job in mine.ended if job.kept_until is not None and job.kept_until > now]
    rows = (kept[first : first + _ROW] for first in range(0, len(kept), _ROW))
    parts.extend(ui.ActionRow(*map(_get_button, row)) for row in rows)
    return card(WORKING, *parts)


def job_title(job: Job) -> str:
    """The beginning of the prompt, with a link to where its result is, if others than an interaction can get there."""
    title = plain_line(job.request.prompt, 40)
    if job.message_id is None or (job.answer.private and job.message_channel_id is None):
        return title
    in_guild = job.guild_id is not None and job.message_channel_id is None
    channel_id = job.message_channel_id or job.channel_id
    place = f"{job.guild_id if in_guild else '@me'}/{channel_id}/{job.message_id}"
    return f"[{title}](https://discord.com/channels/{place})"


async def hand_out_kept(interaction: Interaction, job: Job) -> None:
    """Show pictures that could not be delivered to the member who asked for them, and to nobody else."""
    if job.member_id != interaction.user.id:
        await whisper(interaction, words.not_yours())
        return
    deferred = await interaction.response.defer(ephemeral=True, thinking=True)
    answer = replace(
        job.answer,
        token=interaction.token,
        expires_at=interaction.expires_at,
        channel_id=interaction.channel_id or 0,
        private=True,
        file_limit=interaction.filesize_limit,
        locale=interaction.locale.value,
        spoiler=job.answer.spoiler or (job.answer.age_restricted and age_restricted(interaction) is not True),
    )
    try:
        await interaction.client.studio.results.hand_out(job, answer, deferred.message_id if deferred else None)
    except PicturesGone:
        await whisper(interaction, words.kept_no_longer())
    except (TryLater, Undeliverable) as error:
        _log.warning("kept pictures could not be shown", job=job.id, error=repr(error.__cause__ or error))
        await whisper(interaction, words.not_now())


async def _status(studio: Studio, job: Job) -> str:
    if job.cancel is None and job.status in (JobStatus.SUBMITTING, JobStatus.RUNNING) and job.submitted_at:
        seconds = await studio.estimates.run_seconds(job.request)
        return words.expected(discord.utils.format_dt(job.submitted_at + timedelta(seconds=seconds), "R"))
    stage = stage_of(job.status) if job.cancel is None else None
    if stage is not None and (found := await studio.reviews.review(job.id, stage)) is not None:
        return awaited(AwaitsReview(stage.value, int(found[0].expires_at.timestamp())))
    ahead = await studio.line.ahead(job.id) if job.cancel is None else None
    return words.stands(job) if ahead is None else in_line(ahead)


def _cancelable(job: Job) -> bool:
    return job.cancel is None and job.status is not JobStatus.DELIVERING


def _get_button(job: Job) -> ui.Button[Any]:
    button = control(Control.KEPT, job.id)
    prompt = " ".join(job.request.prompt.split())
    label = words.get_kept(prompt)
    button.label = label if len(label) <= _LABEL else f"{label[: _LABEL - 1]}…"
    return button


def _when(job: Job) -> str:
    return discord.utils.format_dt(job.created_at, "R")


def _within(lines: Sequence[str], most: int) -> Iterator[str]:
    """The first of the lines that come to no more characters than that."""
    for line in lines:
        most -= len(line) + 1
        if most < 0:
            return
        yield line
