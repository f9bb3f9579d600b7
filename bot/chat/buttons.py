"""What the buttons on a card do, for whoever pressed them. How they look is in `bot.chat.controls`."""

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Self, TypeAlias

import discord
import structlog

from bot.chat.controls import CUSTOM_ID, Control
from bot.chat.deletion import open_delete
from bot.chat.details import show_details
from bot.chat.editing import open_edit
from bot.chat.intake import take
from bot.chat.jobs import hand_out_kept
from bot.chat.lookup import job_behind
from bot.chat.permissions import moderates
from bot.chat.repeats import again
from bot.chat.replies import answer_failure, whisper
from bot.chat.reports import open_report
from bot.chat.studio import Interaction, StudioClient
from bot.chat.variations import open_variations
from bot.chat.words import buttons as words
from bot.domain.job import Job, JobStatus

_log = structlog.get_logger(__name__)

_Act: TypeAlias = Callable[[Interaction, Job], Awaitable[None]]


class JobButton(discord.ui.DynamicItem[discord.ui.Button[Any]], template=CUSTOM_ID):
    """Any button of a card, found by its `custom_id`."""

    def __init__(self, button: discord.ui.Button[Any], control: Control, job_id: str) -> None:
        super().__init__(button)
        self.control = control
        self.job_id = job_id

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: discord.ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        assert isinstance(item, discord.ui.Button)  # noqa: S101 # no other item has such a custom_id
        return cls(item, Control(match["control"]), match["job"])

    async def callback(self, interaction: discord.Interaction[StudioClient]) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] # our client is the only one
        try:
            job = await job_behind(interaction, self.job_id, erased=self.control in _WITHOUT_WORDS)
            if job is None:
                await whisper(interaction, words.no_longer_known())
            else:
                await _ACTS[self.control](interaction, job)
        except Exception as error:  # noqa: BLE001 # nobody else would answer
            await answer_failure(interaction, error, what=f"the button {self.control.value}")


async def _make_again(interaction: Interaction, job: Job) -> None:
    await take(interaction, again(interaction.client.studio, job))


async def _cancel(interaction: Interaction, job: Job) -> None:
    """Stop a job that waits or runs, for its member or a moderator. The card changes once the job has ended."""
    moderation = interaction.client.studio.moderation
    outcome = await moderation.cancel(job.id, interaction.user.id, moderator=moderates(interaction))
    _log.info("cancel pressed", job=job.id, by=interaction.user.id, outcome=outcome.value)
    started = job.status in (JobStatus.SUBMITTING, JobStatus.RUNNING)
    await whisper(interaction, words.cancellation(outcome, started=started))


_WITHOUT_WORDS = {Control.DELETE, Control.CANCEL}
"""What can be done to a job that nothing is known of but whose it was, and whether it has ended."""

_ACTS: Mapping[Control, _Act] = {
    Control.AGAIN: _make_again,
    Control.EDIT: open_edit,
    Control.VARIATIONS: open_variations,
    Control.DETAILS: show_details,
    Control.DELETE: open_delete,
    Control.REPORT: open_report,
    Control.CANCEL: _cancel,
    Control.KEPT: hand_out_kept,
}
