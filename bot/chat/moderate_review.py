"""`/moderate review`, `trust` and `distrust`: what waits for reviewers, and whose requests need no review."""

from typing import Any

import discord
import structlog
from discord import app_commands, ui

from bot.chat.layout import DONE, WORKING, card, plain_line
from bot.chat.localization import localized
from bot.chat.panels import private_answer
from bot.chat.review_cards import ReviewButton
from bot.chat.studio import Interaction, guild_of
from bot.chat.words import reviews as words
from bot.domain.errors import NotAMember
from bot.domain.job import Job
from bot.domain.review import ReviewRecord

_log = structlog.get_logger(__name__)

MOST_SHOWN = 10
"""A message has 40 components and 4,000 characters, and each takes three and some 150."""

MOST_NAMED = 40
"""Trusted members, each a mention of some 25 characters."""

_Member = discord.Member | discord.User


def review_commands() -> list[app_commands.Command[Any, ..., None]]:
    """Those below `/moderate` that are about reviews."""

    async def review(interaction: Interaction) -> None:
        async with private_answer(interaction) as show:
            await show(await _list(interaction))

    @app_commands.describe(member=localized(words.member_option))
    async def trust(interaction: Interaction, member: _Member) -> None:
        async with private_answer(interaction) as show:
            new = await interaction.client.studio.reviews.trust(
                guild_of(interaction), _checked(member), interaction.user.id
            )
            _log.info("member trusted", guild=interaction.guild_id, by=interaction.user.id, member=member.id)
            await show(card(DONE, words.trusted_now(member.mention, new=new)))

    @app_commands.describe(member=localized(words.member_option))
    async def distrust(interaction: Interaction, member: _Member) -> None:
        async with private_answer(interaction) as show:
            new = await interaction.client.studio.reviews.distrust(
                guild_of(interaction), member.id, interaction.user.id
            )
            _log.info("member distrusted", guild=interaction.guild_id, by=interaction.user.id, member=member.id)
            await show(card(DONE, words.distrusted_now(member.mention, new=new)))

    return [
        app_commands.Command(name="review", description=localized(words.about_review), callback=review),
        app_commands.Command(name="trust", description=localized(words.about_trust), callback=trust),
        app_commands.Command(name="distrust", description=localized(words.about_distrust), callback=distrust),
    ]


def _checked(member: _Member) -> int:
    """Their id. Raises `NotAMember`; who has left can still be distrusted."""
    if isinstance(member, discord.User) or member.bot:
        raise NotAMember(member.id)
    return member.id


async def _list(interaction: Interaction) -> ui.LayoutView:
    reviews, guild_id = interaction.client.studio.reviews, guild_of(interaction)
    waiting, trusted = await reviews.waiting(guild_id, MOST_SHOWN), await reviews.trusted(guild_id)
    parts: list[str | ui.Item[Any]] = [f"### {words.list_title()}"] if waiting.shown else [words.nothing_waits()]
    parts += [ui.Section[Any](_line(*each), accessory=_look(*each)) for each in waiting.shown]
    if more := waiting.total - len(waiting.shown):
        parts.append(f"-# {words.more_wait(more)}")
    names = ", ".join(f"<@{each.member_id}>" for each in trusted[:MOST_NAMED])
    if len(trusted) > MOST_NAMED:
        names += " …"
    parts.append(f"-# {words.trusted(names) if names else words.nobody_trusted()}")
    return card(WORKING, *parts)


def _line(review: ReviewRecord, job: Job) -> str:
    prompt = None if job.answer.private else plain_line(job.request.prompt, 80)
    return words.line(review, f"<@{job.member_id}>", prompt)


def _look(review: ReviewRecord, job: Job) -> ReviewButton:
    return ReviewButton("look", review.stage, job.id)
