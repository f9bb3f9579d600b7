"""What the bot says by itself: the nightly report of differences, and guilds' monthly summaries."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import date
from io import BytesIO
from typing import Any

import discord
from discord import ui

from bot.chat.language import DEFAULT, speaking
from bot.chat.layout import DONE, FAILED, WORKING, card
from bot.chat.names import display_names
from bot.chat.posting import post
from bot.chat.reports import language_of
from bot.chat.studio import StudioClient
from bot.chat.studio_usage import member_lines
from bot.chat.trail_lines import entry_lines, fitting
from bot.chat.usage_charts import drawn, guild_sketches, top_members
from bot.chat.usage_text import use_lines
from bot.chat.words import audit, summary, trail
from bot.chat.words import usage as usage_words
from bot.domain.audit import Difference, DifferenceKind
from bot.domain.quota import Period, Scope, Unit
from bot.domain.trail import TrailEntry
from bot.service.csv_table import csv_table
from bot.service.trail_csv import COLUMNS
from bot.service.usage import Report

MOST_LINES = 10
LONGEST_ENTRIES = 3_600
"""Entries of a trail in one message, and their characters."""

SHOWN_DIFFERENCES = 5
"""Of each kind. The log has them all."""


class DiscordBulletins:
    """The port `Bulletins` over a logged-in client, which needs no gateway for it. `operator_channel_id` is where the
    operator is told, if not in the channel for members' reports."""

    def __init__(self, client: StudioClient, *, operator_channel_id: int | None = None) -> None:
        self._client = client
        self._operator_channel_id = operator_channel_id

    async def report_differences(self, night: date, differences: Sequence[Difference]) -> None:
        channel_id = self._operator_channel_id or self._client.studio.log_channel_id
        if channel_id is None:
            return
        with speaking(await language_of(self._client, channel_id)):
            view = differences_card(differences)
        await post(self._client, channel_id, view, nonce=f"audit-{night}")

    async def post_summary(self, channel_id: int, guild_id: int, month: date) -> bool:
        studio = self._client.studio
        report = await studio.usage.of_guild(guild_id, month=month)
        if not report.month.total.jobs:
            return False
        top, _ = top_members(report.month)
        guild = await self._client.known.guild(guild_id)
        names = await display_names(guild, [each for each, _ in top if each is not None])
        with speaking(await self._language(guild_id)):
            charts, files = await drawn(guild_sketches(report, names), studio.charts)
            view = summary_card(report, charts)
        await post(self._client, channel_id, view, nonce=f"sum-{month:%y%m}-{guild_id:x}", files=files)
        return True

    async def post_entries(self, channel_id: int, guild_id: int, entries: Sequence[TrailEntry]) -> None:
        policy = await self._client.studio.preferences.policy(guild_id)
        with speaking(policy.language or await self._language(guild_id)):
            view, files = await entries_card(entries)
        await post(self._client, channel_id, view, nonce=f"log-{entries[-1].id}", files=files)

    async def _language(self, guild_id: int) -> str:
        """The one that the guild has set for what all see, else the one that it has told Discord."""
        if chosen := (await self._client.studio.preferences.policy(guild_id)).language:
            return chosen
        guild = await self._client.known.guild(guild_id)
        return guild.preferred_locale.value if guild is not None else DEFAULT


async def entries_card(entries: Sequence[TrailEntry]) -> tuple[ui.LayoutView, Sequence[discord.File]]:
    """The first of them as lines; where some don't fit, all of them are in a file."""
    lines = [entry_lines(each) for each in entries]
    shown = max(1, min(MOST_LINES, fitting(lines, LONGEST_ENTRIES)))
    if shown == len(lines):
        return card(WORKING, *lines), ()

    async def each() -> AsyncIterator[TrailEntry]:
        for entry in entries:
            yield entry

    data = "".join([line async for line in csv_table(COLUMNS, each())]).encode()
    name = f"log-{entries[-1].id}.csv"
    more = f"-# {trail.more_in_file(len(lines) - shown)}"
    return card(WORKING, *lines[:shown], more, ui.File[Any](f"attachment://{name}")), [
        discord.File(BytesIO(data), name)
    ]


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


def summary_card(report: Report, charts: Sequence[ui.Item[Any]] = ()) -> ui.LayoutView:
    """A month's totals, against the budget as it is now, and who used most."""
    total = report.month.total
    lines = [summary.requests(total.jobs)]
    for unit in (Unit.AMOUNT, Unit.PICTURES):
        if limit := report.limit(Scope.GUILD, Period.MONTH, unit):
            used = total.amount if unit is Unit.AMOUNT else total.pictures
            lines.append(summary.of_limit(unit, used, limit))
    return card(
        DONE,
        "\n".join([f"### {summary.title()}", *use_lines(report), *lines]),
        "\n".join([usage_words.members(), *member_lines(report.month)]),
        *charts,
    )
