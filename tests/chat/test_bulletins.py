"""The monthly summary and the nightly report, in the simulated Discord."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeAlias

import discord
import pytest
import structlog

from bot.chat.bulletins import DiscordBulletins
from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.account import OPERATOR
from bot.domain.audit import Difference, DifferenceKind
from bot.domain.chart import Chart
from bot.domain.job import JobStatus
from bot.domain.ledger import EntryKind
from bot.domain.quota import Allowance, GuildLimits, UsageLimits
from bot.service.ports import Bulletins, Clock, TryLater, Undeliverable
from bot.service.summaries import LEASE, Summaries
from bot.storage.occasions import SqlOccasions
from tests.chat.pictures import png
from tests.clocks import LeapingClock, ManualClock
from tests.service.planted import insert
from tests.storage.examples import a_job

OCTOBER_NINE = datetime(2026, 11, 1, 8, tzinfo=UTC)
"""Nine in the morning in Berlin, where summer time has ended a week before."""

Use: TypeAlias = Callable[..., Awaitable[None]]


class Drawings:
    """In the place of the process that draws."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    async def draw(self, chart: Chart) -> bytes | None:
        self.titles.append(chart.title)
        return png()


@pytest.fixture
def use(room: Room) -> Use:
    """Enters a job that has ended in the ledger."""

    async def enter(at: datetime, member_id: int, *, pictures: int = 1, cost: int = 12_000) -> None:
        job = a_job(pictures=pictures, quality="low", member_id=member_id, created_at=at)
        ended = replace(
            job,
            status=JobStatus.SUCCEEDED,
            guild_id=room.member.guild.id,
            finished_at=at + timedelta(minutes=1),
            cost=cost,
            pictures=pictures,
        )
        await insert(room.app.store, ended, EntryKind.CAPTURE)

    return enter


@pytest.fixture
async def october(room: Room, use: Use) -> None:
    """A month of use in Berlin, and some before and after it."""
    studio, guild_id = room.app.client.studio, room.member.guild.id
    await use(datetime(2026, 9, 30, 21, 59, tzinfo=UTC), room.member.id, cost=5_000_000)  # in September there
    await use(datetime(2026, 9, 30, 22, 0, tzinfo=UTC), room.member.id, pictures=3, cost=36_000)
    await use(datetime(2026, 10, 31, 22, 59, tzinfo=UTC), room.other_member.id, cost=964_000)
    await use(datetime(2026, 10, 31, 23, 0, tzinfo=UTC), room.member.id, cost=7_000_000)  # in November there
    await studio.preferences.change_policy(
        guild_id,
        lambda held: replace(held, summary_channel_id=room.channel.id, time_zone="Europe/Berlin"),
        None,
        OCTOBER_NINE,
    )
    month = UsageLimits(month=Allowance(pictures=40, amount=4_000_000))
    await studio.budgets.change_limits(guild_id, lambda _: GuildLimits(guild=month), None, OCTOBER_NINE)
    room.app.client.studio = replace(studio, charts=Drawings())


def process(room: Room, clock: Clock, bulletins: Bulletins | None = None) -> Summaries:
    """Another process of the deployment, or one after a restart."""
    studio = room.app.client.studio
    occasions = SqlOccasions(room.app.store.database)
    return Summaries(studio.preferences, occasions, bulletins or DiscordBulletins(room.app.client), clock)


def posted(room: Room) -> list[str]:
    """What has been posted since the welcome."""
    return [text_of(each) for each in room.channel.history()[1:]]


@pytest.mark.usefixtures("october")
async def test_last_months_summary_at_nine_and_once(room: Room) -> None:
    clock = ManualClock(OCTOBER_NINE - timedelta(seconds=1))
    processes = [process(room, clock) for _ in range(3)]
    assert await processes[0].post_due()
    assert posted(room) == [], "it isn't nine yet"
    clock.advance(1)
    await asyncio.gather(*(each.post_due() for each in processes))
    for each in (*processes, process(room, clock)):
        await each.post_due()
    clock.advance(3 * 86_400)
    await process(room, clock).post_due()
    (text,) = posted(room)
    assert "**October 2026**  4 pictures, $1.00" in text
    assert "From 2 requests." in text
    assert "25 % of the month's budget of $4.00." in text
    assert "10 % of the 40 pictures that the month allows." in text
    assert "Low quality: 4 pictures, $1.00" in text
    shown = text.replace("\N{LEFT-TO-RIGHT MARK}", "")
    assert shown.index(f"- <@{room.other_member.id}>: 1 picture, $0.96") < shown.index(f"- <@{room.member.id}>: 3")
    files = [each.filename for each in room.channel.history()[-1].attachments]
    assert files == ["usage-by-day.png", "usage-by-member.png"]


@pytest.mark.usefixtures("october")
async def test_a_start_that_comes_late_makes_up_for_it_for_a_week(room: Room) -> None:
    await process(room, ManualClock(OCTOBER_NINE + timedelta(days=7))).post_due()
    assert posted(room) == []
    await process(room, ManualClock(OCTOBER_NINE + timedelta(days=6, hours=23))).post_due()
    assert len(posted(room)) == 1


@pytest.mark.usefixtures("october")
async def test_by_the_calendar_and_the_clock_of_the_guild(room: Room, use: Use) -> None:
    """In March the clocks change between the month and its summary."""
    await use(datetime(2027, 3, 31, 21, 59, tzinfo=UTC), room.member.id)
    nine = datetime(2027, 4, 1, 7, tzinfo=UTC)
    clock = ManualClock(nine - timedelta(seconds=1))
    summaries = process(room, clock)
    await summaries.post_due()
    assert posted(room) == []
    clock.advance(1)
    await summaries.post_due()
    (text,) = posted(room)
    assert "**March 2027**  1 picture, $0.012" in text
    clock.advance(31 * 86_400)
    await summaries.post_due()
    assert len(posted(room)) == 1, "a month without use posts nothing"


@pytest.mark.usefixtures("october")
async def test_it_is_told_in_the_guilds_language_and_goes_on_while_it_runs(room: Room) -> None:
    room.env.backend.guilds[room.member.guild.id].preferred_locale = "de"
    room.app.client.get_guild(room.member.guild.id).preferred_locale = discord.Locale.german  # type: ignore[union-attr]
    clock = LeapingClock()
    clock.advance((OCTOBER_NINE - timedelta(minutes=40) - clock.now()).total_seconds())
    with pytest.raises(asyncio.CancelledError):
        await process(room, clock, Failing(room, after=asyncio.CancelledError())).run()
    assert clock.now() == OCTOBER_NINE
    assert "**Oktober 2026**  4 Bilder, 1,00 $" in posted(room)[0]


@pytest.mark.usefixtures("october")
async def test_a_channel_that_is_gone_is_told_of_once(room: Room) -> None:
    await room.app.client.studio.preferences.change_policy(
        room.member.guild.id, lambda held: replace(held, summary_channel_id=1), None, OCTOBER_NINE
    )
    clock = ManualClock(OCTOBER_NINE)
    summaries = process(room, clock)
    with structlog.testing.capture_logs() as log:
        assert await summaries.post_due()
        assert await summaries.post_due()
        assert await process(room, clock).post_due()
    assert [each["event"] for each in log] == ["a summary's channel is out of reach"]


class Failing(DiscordBulletins):
    """Fails as it is told to, before or after it has posted."""

    def __init__(self, room: Room, *, before: BaseException | None = None, after: BaseException | None = None) -> None:
        super().__init__(room.app.client)
        self.before, self.after = before, after

    async def post_summary(self, channel_id: int, guild_id: int, month: date) -> bool:
        if self.before:
            raise self.before
        posted = await super().post_summary(channel_id, guild_id, month)
        if self.after:
            raise self.after
        return posted


@pytest.mark.usefixtures("october")
async def test_discord_in_trouble(room: Room) -> None:
    clock = ManualClock(OCTOBER_NINE)
    summaries = process(room, clock, failing := Failing(room, before=TryLater()))
    assert not await summaries.post_due()
    failing.before = None
    assert not await summaries.post_due(), "not at once again"
    assert posted(room) == []
    clock.advance(LEASE.total_seconds())
    assert await summaries.post_due()
    assert len(posted(room)) == 1


@pytest.mark.usefixtures("october")
async def test_a_process_that_dies_before_it_has_posted(room: Room) -> None:
    clock = ManualClock(OCTOBER_NINE)
    with pytest.raises(asyncio.CancelledError):
        await process(room, clock, Failing(room, before=asyncio.CancelledError())).post_due()
    other = process(room, clock)
    assert not await other.post_due(), "it may be at it still"
    clock.advance(LEASE.total_seconds())
    assert await other.post_due()
    assert len(posted(room)) == 1


async def test_the_nightly_report_in_the_log_channel(room: Room) -> None:
    bulletins = DiscordBulletins(room.app.client)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    differences = [
        Difference(DifferenceKind.NO_JOB, OPERATOR, now, prediction_id=f"run{number}") for number in range(7)
    ]
    differences.append(Difference(DifferenceKind.NO_END, OPERATOR, now, job_id="job1"))
    await bulletins.report_differences(now.date(), differences)
    text = text_of(room.log_channel.history()[-1])
    assert "The books and Replicate differ in 8 things" in text
    assert "`run0`, `run1`, `run2`, `run3`, `run4` and 2 more" in text
    assert "**Jobs that should have ended long ago**\n`job1`" in text
    room.app.client.studio = replace(room.app.client.studio, log_channel_id=None)
    await bulletins.report_differences(now.date(), differences)
    room.app.client.studio = replace(room.app.client.studio, log_channel_id=1)
    with pytest.raises(Undeliverable):
        await bulletins.report_differences(now.date(), differences)


async def test_the_longest_report_fits_into_a_message(room: Room) -> None:
    now = datetime(2026, 11, 23, tzinfo=UTC)
    differences = [
        Difference(kind, OPERATOR, now, prediction_id="p" * 26)
        for kind in DifferenceKind
        for _ in range(99)
    ]  # fmt: skip
    await DiscordBulletins(room.app.client).report_differences(now.date(), differences)
    assert "1089 things" in text_of(room.log_channel.history()[-1])
