"""What the bot says by itself: the nightly report of differences, and guilds' monthly summaries."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date

import discord
from discord import ui

from bot.chat.language import DEFAULT, speaking
from bot.chat.layout import DONE, FAILED, card
from bot.chat.reports import language_of
from bot.chat.studio import StudioClient
from bot.chat.trouble import NO_ANSWER, passes
from bot.chat.words import audit, summary
from bot.chat.words.usage import by_quality, used
from bot.domain.audit import Difference, DifferenceKind
from bot.service.ports import MonthlySummary, TryLater, Undeliverable

CALL_SECONDS = 30.0
"""How long one post may take: less than the lease of whoever posts."""

TOP_MEMBERS = 5

SHOWN_DIFFERENCES = 5
"""Of each kind. The log has them all."""


class DiscordBulletins:
    """The port `Bulletins` over a logged-in client, which needs no gateway for it."""

    def __init__(self, client: StudioClient) -> None:
        self._client = client

    async def report_differences(self, night: date, differences: Sequence[Difference]) -> None:
        channel_id = self._client.studio.log_channel_id
        if channel_id is None:
            return
        with speaking(language_of(self._client, channel_id)):
            view = differences_card(differences)
        await self._send(channel_id, view, nonce=f"audit-{night}")

    async def post_summary(self, channel_id: int, summary: MonthlySummary) -> None:
        with speaking(await self._language(summary.guild_id)):
            view = summary_card(summary)
        await self._send(channel_id, view, nonce=f"sum-{summary.month:%y%m}-{summary.guild_id:x}")

    async def _language(self, guild_id: int) -> str:
        guild = self._client.get_guild(guild_id)
        if guild is not None:
            return guild.preferred_locale.value
        try:
            async with asyncio.timeout(CALL_SECONDS):
                return (await self._client.fetch_guild(guild_id, with_counts=False)).preferred_locale.value
        except (discord.HTTPException, *NO_ANSWER):
            return DEFAULT

    async def _send(self, channel_id: int, view: ui.LayoutView, *, nonce: str) -> None:
        channel = self._client.get_partial_messageable(channel_id)
        try:
            async with asyncio.timeout(CALL_SECONDS):
                await channel.send(view=view, nonce=nonce, allowed_mentions=discord.AllowedMentions.none())
        except discord.HTTPException as error:
            raise (TryLater if passes(error) else Undeliverable) from error
        except NO_ANSWER as error:
            raise TryLater from error


def differences_card(differences: Sequence[Difference]) -> ui.LayoutView:
    """How many there are of each kind, the first of them by their ids, and what to do."""
    parts = [f"**{audit.title(len(differences))}**"]
    counts = Counter(each.kind for each in differences)
    for kind in DifferenceKind:
        if counts[kind]:
            shown = [each for each in differences if each.kind is kind][:SHOWN_DIFFERENCES]
            ids = ", ".join(f"`{each.prediction_id or each.job_id}`" for each in shown)
            more = f" {audit.more(counts[kind] - len(shown))}" if counts[kind] > len(shown) else ""
            parts.append(f"**{audit.kind(kind)}**\n{ids}{more}\n-# {audit.advice(kind)}")
    parts.append(f"-# {audit.whole_list()}")
    return card(FAILED, *parts)


def summary_card(monthly: MonthlySummary) -> ui.LayoutView:
    """A month's totals, against the budget, by quality, and who used most."""
    statement, budget = monthly.statement, monthly.budget
    total = statement.total
    lines = [summary.total(total.pictures, total.jobs, total.amount)]
    if budget.amount is not None:
        lines.append(summary.amount_of_budget(total.amount, budget.amount))
    if budget.pictures is not None:
        lines.append(summary.pictures_of_budget(total.pictures, budget.pictures))
    qualities = [
        f"- {by_quality(quality, used(usage.pictures, usage.amount))}"
        for quality, usage in sorted(statement.by_quality.items(), key=lambda each: -each[1].amount)
    ]
    members = [
        f"{place}. {summary.member(each.member_id, used(each.usage.pictures, each.usage.amount))}"
        for place, each in enumerate(statement.by_member[:TOP_MEMBERS], start=1)
    ]
    rest = len(statement.by_member) - len(members)
    if rest:
        members.append(f"-# {summary.more_members(rest)}")
    return card(
        DONE,
        f"### {summary.title(monthly.month)}\n" + "\n".join(lines),
        "\n".join(qualities),
        f"**{summary.members_title()}**\n" + "\n".join(members),
    )
