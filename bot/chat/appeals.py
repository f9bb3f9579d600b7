"""The button Appeal: a member writes against a decision once, and the reviewers get it as a card in their channel."""

from typing import Any

import discord
import structlog
from discord import ui

from bot.chat.controls import appeal_control
from bot.chat.lookup import in_time
from bot.chat.modals import Filled, show_modal
from bot.chat.moderate_appeals import post_appeal
from bot.chat.panels import PanelItem
from bot.chat.replies import whisper
from bot.chat.studio import Interaction
from bot.chat.words import appeals as words
from bot.domain.appeal import LONGEST_APPEAL, Appeal, Matter, MatterKind
from bot.domain.sanction import Sanction

_log = structlog.get_logger(__name__)

APPEAL_FORM = "appeal"

_TEXT = "text"


class AppealButton(PanelItem, template=r"easel:appeal:(?P<about>sanction:\d+|job:[0-9a-f]{16}|refusal:\d+-\d{8})"):
    """Opens the form of an appeal, for the member whom it is about; it works in direct messages, too."""

    what = "the button for an appeal"

    def __init__(self, about: str) -> None:
        self.about = Matter.parse(about)
        super().__init__(appeal_control(self.about))

    async def act(self, interaction: Interaction) -> None:
        _, said = await _look_up(interaction, self.about)
        if said is not None:
            await whisper(interaction, said)
            return
        field: ui.TextInput[Any] = ui.TextInput(
            custom_id=_TEXT, max_length=LONGEST_APPEAL, style=discord.TextStyle.paragraph
        )
        label = ui.Label[Any](text=words.text_label(), description=words.text_hint(), component=field)
        await show_modal(interaction, APPEAL_FORM, words.form_title(), label, subject=str(self.about))


async def submit_appeal(interaction: Interaction, subject: str, filled: Filled) -> None:
    """Keep the appeal, and bring it to the reviewers."""
    about = Matter.parse(subject)
    guild_id, said = await _look_up(interaction, about)
    if said is not None or guild_id is None:
        await whisper(interaction, said or words.unknown())
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    studio = interaction.client.studio
    text = (filled.one(_TEXT) or "").strip()
    appeal = await studio.appeals.make(Appeal(guild_id, interaction.user.id, about, text, studio.clock.now()))
    if appeal is None:  # by another process, or by a second form
        held = await studio.appeals.of(interaction.user.id, str(about))
        await whisper(interaction, words.unknown() if held is None else words.stands(held))
        return
    _log.info("appeal made", guild=guild_id, member=interaction.user.id, about=str(about))
    posted = await post_appeal(interaction.client, appeal)
    await whisper(interaction, words.sent() if posted else words.kept())


async def _look_up(interaction: Interaction, about: Matter) -> tuple[int | None, str | None]:
    """The guild whose reviewers decide about it, wherever the button was pressed; and what keeps this user from
    appealing, if anything does."""
    studio, user_id = interaction.client.studio, interaction.user.id
    held = await in_time(studio.appeals.of(user_id, str(about)))
    if held is not None:
        return held.guild_id, words.stands(held)
    guild_id: int | None = None
    whose: int | None = None
    match about.kind:
        case MatterKind.SANCTION:
            sanction = await in_time(studio.sanctions.sanction(int(about.key)))
            if sanction is not None and sanction.lifted_at is None:
                guild_id, whose = sanction.guild_id, sanction.member_id or await _returned(interaction, sanction)
        case MatterKind.JOB:
            job = await in_time(studio.moderation.job(about.key))
            if job is not None:
                guild_id, whose = job.guild_id, job.member_id
        case MatterKind.REFUSAL:  # which nobody else sees
            guild_id, whose = about.guild_id, user_id
    if guild_id is None:
        return None, words.unknown()
    return guild_id, None if whose == user_id else words.not_yours()


async def _returned(interaction: Interaction, sanction: Sanction) -> int | None:
    """The user, where the sanction is from before they were erased, and still holds for them."""
    studio, user_id = interaction.client.studio, interaction.user.id
    theirs = await in_time(studio.sanctions.in_force(user_id, sanction.guild_id, studio.clock.now()))
    return user_id if sanction.id in {each.id for each in theirs} else None
