"""A report about a result, and how the moderators hear of it."""

import discord
import structlog
from discord import ui

from bot.chat.language import DEFAULT, speaking
from bot.chat.layout import FAILED, card, options_line, quoted
from bot.chat.studio import Interaction
from bot.chat.words import reports as words
from bot.domain.job import Job

_log = structlog.get_logger(__name__)


async def tell_moderators(interaction: Interaction, job: Job) -> bool:
    """Post the report to the operator's log channel; False where there is none, or it can't be written to."""
    channel_id = interaction.client.studio.log_channel_id
    if channel_id is None:
        return False
    link = interaction.message.jump_url if interaction.message else None
    try:
        with speaking(language_of(interaction.client, channel_id)):
            view = report_card(job, reporter_id=interaction.user.id, link=link)
        channel = interaction.client.get_partial_messageable(channel_id)
        await channel.send(view=view, allowed_mentions=discord.AllowedMentions.none())
    except discord.HTTPException as error:
        _log.error("the log channel can't be written to", channel=channel_id, error=str(error))
        return False
    return True


def language_of(client: discord.Client, channel_id: int) -> str:
    """That of the log channel's guild: its moderators needn't know the language of the member who reports."""
    channel = client.get_channel(channel_id)
    if isinstance(channel, discord.abc.GuildChannel | discord.Thread):
        return channel.guild.preferred_locale.value
    return DEFAULT


def report_card(job: Job, *, reporter_id: int, link: str | None) -> ui.LayoutView:
    """What moderators need to look into a report."""
    member, reporter = f"<@{job.member_id}>", f"<@{reporter_id}>"
    channel = f"<#{job.channel_id}>"
    who = words.linked(link, member, reporter) if link else words.unlinked(channel, member, reporter)
    return card(
        FAILED,
        f"**{words.title()}**\n{who}",
        quoted(job.request.prompt),
        f"-# {options_line(job.request)} · {words.job(job.id)}",
    )
