"""Delete: the whole message, or some of the pictures of a batch. For the job's member and for moderators."""

from collections.abc import Collection, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import discord
import structlog
from discord import ui

from bot.chat.edit_form import PICTURES, Offered, picture_menu
from bot.chat.language import speaking
from bot.chat.lookup import job_behind
from bot.chat.modals import Filled, show_modal
from bot.chat.permissions import moderates
from bot.chat.replies import whisper
from bot.chat.sources import attached_pictures
from bot.chat.studio import Interaction
from bot.chat.words import buttons, forms
from bot.domain.job import Job
from bot.domain.trail import Action, TrailEntry

_log = structlog.get_logger(__name__)

DELETE_FORM = "delete"
ALL = "all"

_NOTE = 404
"""The component id of the line that tells what was deleted: another deletion changes it."""


async def open_delete(interaction: Interaction, job: Job) -> None:
    """Delete at once what is no batch; of one, ask for the pictures. None is chosen beforehand: what is deleted here is
    gone for good."""
    if not await _allowed(interaction, job):
        return
    sources = attached_pictures(interaction.message)
    if len(sources) < 2:
        await _delete_all(interaction, job)
        return
    everything = Offered(ALL, forms.all_pictures(), chosen=False)
    offered = [Offered(each.key, forms.numbered(each.number), chosen=False) for each in sources]
    part: ui.Label[Any] = ui.Label(
        text=forms.pictures_to_delete(),
        description=forms.delete_hint(),
        component=picture_menu([everything, *offered], least=1),
    )
    await show_modal(interaction, DELETE_FORM, forms.delete_title(), part, subject=job.id)


async def submit_delete(interaction: Interaction, job_id: str, filled: Filled) -> None:
    job = await job_behind(interaction, job_id, erased=True)
    if job is None:
        await whisper(interaction, buttons.no_longer_known())
        return
    if not await _allowed(interaction, job):
        return
    there = {each.key for each in attached_pictures(interaction.message)}
    chosen = set(filled.all(PICTURES))
    if ALL in chosen or (there and chosen >= there):
        await _delete_all(interaction, job)
    elif chosen & there:
        await _delete_some(interaction, job, chosen)
    else:
        await whisper(interaction, forms.pictures_deleted())


async def _allowed(interaction: Interaction, job: Job) -> bool:
    moderation = interaction.client.studio.moderation
    if moderation.may_delete(job, interaction.user.id, moderator=moderates(interaction)):
        return True
    await whisper(interaction, buttons.not_yours_to_delete())
    return False


async def _delete_all(interaction: Interaction, job: Job) -> None:
    # Through the interaction, which reaches private messages and places where the bot is no member, too.
    await interaction.response.defer()
    await interaction.delete_original_response()
    await _enter(interaction, job)
    _log.info("result deleted", job=job.id, by=interaction.user.id, moderator=interaction.user.id != job.member_id)


async def _delete_some(interaction: Interaction, job: Job, keys: Collection[str]) -> None:
    message = interaction.message
    assert message is not None  # noqa: S101 # the keys are of its attachments
    kept = [each for each in message.attachments if str(each.id) not in keys]
    gone = (job.pictures or len(message.attachments)) - len(kept)
    with speaking(job.answer.locale):
        note = forms.some_deleted(gone, gone + len(kept))
    await interaction.response.edit_message(view=without_pictures(message, kept, note), attachments=kept)
    await _enter(interaction, job, pictures=len(message.attachments) - len(kept))
    _log.info("pictures deleted", job=job.id, by=interaction.user.id, pictures=len(keys))


async def _enter(interaction: Interaction, job: Job, **facts: int) -> None:
    """A moderator's deletion of another's pictures, in the trail of the guild."""
    if interaction.guild_id is None or interaction.user.id == job.member_id:
        return
    trail, now = interaction.client.studio.trail, interaction.client.studio.clock.now()
    by = interaction.user.id
    await trail.enter(
        TrailEntry(interaction.guild_id, Action.DELETE, by, now, job.member_id, job.id, before=facts or None)
    )


def without_pictures(message: discord.Message, kept: Sequence[discord.Attachment], note: str) -> ui.LayoutView:
    """The message's card as it is, but for the pictures that are gone from its gallery and the note below it."""
    view = ui.LayoutView.from_message(message, timeout=None)
    view.stop()
    names = {each.filename for each in kept}
    for container in view.children:
        if isinstance(container, ui.Container):
            items = [each for each in container.children if each.id != _NOTE]
            container.clear_items()
            for item in items:
                if isinstance(item, ui.MediaGallery):
                    container.add_item(_gallery(item, names))
                    container.add_item(ui.TextDisplay(f"-# {note}", id=_NOTE))
                else:
                    container.add_item(item)
    return view


def _gallery(gallery: ui.MediaGallery[Any], names: Collection[str]) -> ui.MediaGallery[Any]:
    """Those of its pictures that are attached under one of these names; with an address they would be fetched anew."""
    return ui.MediaGallery(
        *(
            discord.MediaGalleryItem(f"attachment://{name}", description=item.description, spoiler=item.spoiler)
            for item in gallery.items
            if (name := PurePosixPath(urlsplit(item.media.url).path).name) in names
        )
    )
