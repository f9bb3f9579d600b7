"""What the bot posts by itself, while Discord or its own process fails: each message once."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.chat.bulletins import DiscordBulletins
from bot.domain.account import OPERATOR
from bot.domain.audit import Difference, DifferenceKind
from bot.domain.chart import Chart
from bot.domain.job import JobStatus
from bot.domain.ledger import EntryKind
from bot.service.ports import Bulletins, Undeliverable
from bot.service.summaries import HOUR, LEASE, Summaries
from bot.storage.occasions import SqlOccasions
from tests.clocks import ManualClock
from tests.faults.stage import Stage
from tests.faults.test_discord import STRUCK
from tests.service.planted import insert
from tests.storage.examples import a_job
from tests.wire.discord_server import Message, Route
from tests.wire.faults import KINDS


@pytest.fixture
def name() -> str:
    """Of the scene."""
    return "answer"


class NoCharts:
    async def draw(self, chart: Chart) -> bytes | None:
        return None


class Dies(DiscordBulletins):
    """Its process ends as soon as the message is out."""

    async def post_summary(self, channel_id: int, guild_id: int, month: date) -> bool:
        await super().post_summary(channel_id, guild_id, month)
        raise asyncio.CancelledError


@pytest.fixture
async def months(stage: Stage) -> list[date]:
    """Months with use, one for each way to fail and one more; their summaries are wanted in the channel."""
    months = [date(2025, month, 1) for month in range(1, len(STRUCK) + 2)]
    for month in months:
        at = datetime.combine(month, HOUR, UTC)
        job = a_job(guild_id=stage.guild.id, created_at=at)
        ended = replace(job, status=JobStatus.SUCCEEDED, finished_at=at, cost=12_000, pictures=1)
        await insert(stage.app.store, ended, EntryKind.CAPTURE)
    studio = stage.app.client.studio
    stage.app.client.studio = replace(studio, charts=NoCharts())
    await studio.preferences.change_policy(
        stage.guild.id, lambda held: replace(held, summary_channel_id=stage.channel.id), None, studio.clock.now()
    )
    return months


def summaries(stage: Stage, clock: ManualClock, bulletins: Bulletins | None = None) -> Summaries:
    preferences, occasions = stage.app.client.studio.preferences, SqlOccasions(stage.app.store.database)
    return Summaries(preferences, occasions, bulletins or DiscordBulletins(stage.app.client), clock)


def due(month: date) -> datetime:
    return datetime.combine((month + timedelta(days=31)).replace(day=1), HOUR, UTC)


def posted(stage: Stage, month: date) -> list[Message]:
    """The messages that tell of the month."""
    return [each for each in stage.left if f"**{month:%B %Y}**" in str(each.components)]


async def test_a_summary_is_posted_once_whatever_becomes_of_the_call(stage: Stage, months: list[date]) -> None:
    for kind, month in zip(STRUCK, months, strict=False):
        clock = ManualClock(due(month))
        stage.discord.faults.inject("POST", Route.MESSAGES, KINDS[kind])
        for _ in range(3):
            if await summaries(stage, clock).post_due():
                break
            clock.advance(LEASE.total_seconds())
        assert len(posted(stage, month)) == 1, kind
        assert stage.discord.faults.left == [], "it struck"
        await summaries(stage, clock).post_due()
        assert len(posted(stage, month)) == 1, kind


async def test_a_process_that_dies_with_the_message_out(stage: Stage, months: list[date]) -> None:
    """The next one posts again, which makes no second message."""
    month = months[-1]
    clock = ManualClock(due(month))
    with pytest.raises(asyncio.CancelledError):
        await summaries(stage, clock, Dies(stage.app.client)).post_due()
    clock.advance(LEASE.total_seconds())
    assert await summaries(stage, clock).post_due()
    assert len(posted(stage, month)) == 1
    (message,) = posted(stage, month)
    assert message.allowed_mentions == {"parse": []}, "nobody is called"


async def test_a_report_that_discord_refuses_for_good(stage: Stage) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    stage.app.client.studio = replace(stage.app.client.studio, log_channel_id=1)
    lost = Difference(DifferenceKind.NO_JOB, OPERATOR, now, prediction_id="run")
    with pytest.raises(Undeliverable):
        await DiscordBulletins(stage.app.client).report_differences(now.date(), [lost])
