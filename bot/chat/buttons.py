"""The buttons on a card. Each carries its job's id, so it works for as long as the message exists."""

import re
from abc import abstractmethod
from typing import Any, Self

import discord
import structlog

from bot.chat.replies import answer_failure, whisper
from bot.chat.reports import tell_moderators
from bot.chat.studio import Interaction, StudioClient
from bot.chat.words import buttons as words
from bot.domain.job import Job, JobStatus

_log = structlog.get_logger(__name__)

_JOB = r"(?P<job>[0-9a-f]{16})"


class _JobButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"easel:none"):
    """A button about one job; `act` does what it is for."""

    name: str
    label: str

    def __init__(self, job_id: str) -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=self.label, style=discord.ButtonStyle.secondary, custom_id=f"easel:{self.name}:{job_id}"
        )
        super().__init__(button)
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(match["job"])

    async def callback(self, interaction: discord.Interaction[StudioClient]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # our client is the only one
        try:
            job = await interaction.client.studio.moderation.job(self.job_id)
            if job is None:
                await whisper(interaction, words.no_longer_known())
            else:
                await self.act(interaction, job)
        except Exception as error:  # noqa: BLE001 # nobody else would answer
            await answer_failure(interaction, error, what=f"the button {self.label}")

    @abstractmethod
    async def act(self, interaction: Interaction, job: Job) -> None: ...


class CancelButton(_JobButton, template=f"easel:cancel:{_JOB}"):
    """Stops a job that waits or runs, for its member or a moderator. The card changes once the job has ended."""

    name = "cancel"
    label = "Cancel"

    async def act(self, interaction: Interaction, job: Job) -> None:
        moderation = interaction.client.studio.moderation
        outcome = await moderation.cancel(job.id, interaction.user.id, moderator=_moderates(interaction))
        _log.info("cancel pressed", job=job.id, by=interaction.user.id, outcome=outcome.value)
        started = job.status in (JobStatus.SUBMITTING, JobStatus.RUNNING)
        await whisper(interaction, words.cancellation(outcome, started=started))


class DeleteButton(_JobButton, template=f"easel:delete:{_JOB}"):
    """Takes the message away, for its member or a moderator."""

    name = "delete"
    label = "Delete"

    async def act(self, interaction: Interaction, job: Job) -> None:
        moderator = _moderates(interaction)
        if not interaction.client.studio.moderation.may_delete(job, interaction.user.id, moderator=moderator):
            await whisper(interaction, words.not_yours_to_delete())
            return
        # Through the interaction, which reaches private messages and places where the bot is no member, too.
        await interaction.response.defer()
        await interaction.delete_original_response()
        _log.info("result deleted", job=job.id, by=interaction.user.id, moderator=moderator)


class ReportButton(_JobButton, template=f"easel:report:{_JOB}"):
    """Tells the moderators, in the channel that the operator named."""

    name = "report"
    label = "Report"

    async def act(self, interaction: Interaction, job: Job) -> None:
        studio = interaction.client.studio
        if not await studio.moderation.report(job.id, interaction.user.id):
            await whisper(interaction, words.reported_before())
            return
        _log.warning("result reported", job=job.id, by=interaction.user.id, member=job.member_id)
        told = await tell_moderators(interaction, job)
        await whisper(interaction, words.reported(told=told))


def _moderates(interaction: Interaction) -> bool:
    """Whether the one who pressed may manage messages in this channel."""
    return interaction.guild_id is not None and interaction.permissions.manage_messages
