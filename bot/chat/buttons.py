"""The buttons under a result. Each carries its job's id, so it works for as long as the message exists."""

import re
from abc import abstractmethod
from typing import Any, Self

import discord
import structlog

from bot.chat import words
from bot.chat.failures import answer_failure
from bot.chat.studio import Interaction, StudioClient
from bot.domain.job import Job

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
                await whisper(interaction, words.NO_LONGER_KNOWN)
            else:
                await self.act(interaction, job)
        except Exception as error:  # noqa: BLE001 # nobody else would answer
            await answer_failure(interaction, error, what=f"the button {self.label}")

    @abstractmethod
    async def act(self, interaction: Interaction, job: Job) -> None: ...


class DeleteButton(_JobButton, template=f"easel:delete:{_JOB}"):
    """Takes the message away, for its member or a moderator."""

    name = "delete"
    label = "Delete"

    async def act(self, interaction: Interaction, job: Job) -> None:
        moderator = interaction.guild_id is not None and interaction.permissions.manage_messages
        if not interaction.client.studio.moderation.may_delete(job, interaction.user.id, moderator=moderator):
            await whisper(interaction, words.NOT_YOURS_TO_DELETE)
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
            await whisper(interaction, words.REPORTED_BEFORE)
            return
        _log.warning("result reported", job=job.id, by=interaction.user.id, member=job.member_id)
        told = await tell_moderators(interaction, job)
        await whisper(interaction, words.REPORTED if told else words.REPORTED_TO_LOG)


async def whisper(interaction: Interaction, text: str) -> None:
    """Answer the one who pressed, and nobody else."""
    await interaction.response.send_message(text, ephemeral=True)


async def tell_moderators(interaction: Interaction, job: Job) -> bool:
    """Post the report to the operator's log channel; False where there is none, or it can't be written to."""
    from bot.chat.cards import report_card  # noqa: PLC0415 # the cards show these buttons

    channel_id = interaction.client.studio.log_channel_id
    if channel_id is None:
        return False
    link = interaction.message.jump_url if interaction.message else None
    try:
        channel = interaction.client.get_partial_messageable(channel_id)
        await channel.send(
            view=report_card(job, reporter_id=interaction.user.id, link=link),
            allowed_mentions=discord.AllowedMentions.none(),
        )
    except discord.HTTPException as error:
        _log.error("the log channel can't be written to", channel=channel_id, error=str(error))
        return False
    return True
