"""What was decided in a guild reaches its log channel once, while Discord or the bot's own process fails."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.chat.bulletins import DiscordBulletins
from bot.domain.trail import Action, TrailEntry
from bot.service.mirror import LEASE, Mirror
from bot.service.ports import Bulletins
from bot.storage.mirrors import SqlMirrors
from tests.clocks import ManualClock
from tests.faults.stage import Stage
from tests.faults.test_discord import STRUCK
from tests.wire.discord_server import Message, Route
from tests.wire.faults import KINDS

BY = 7


@pytest.fixture
def name() -> str:
    """Of the scene."""
    return "answer"


class Dies(DiscordBulletins):
    """Its process ends as soon as the message is out."""

    async def post_entries(self, channel_id: int, guild_id: int, entries: Sequence[TrailEntry]) -> None:
        await super().post_entries(channel_id, guild_id, entries)
        raise asyncio.CancelledError


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime.now(UTC))


@pytest.fixture
async def stage(stage: Stage, clock: ManualClock) -> Stage:
    """One whose guild has a log channel, and whose own mirror has nothing to post any more."""
    preferences = stage.app.client.studio.preferences
    await preferences.change_policy(
        stage.guild.id, lambda held: replace(held, log_channel_id=stage.channel.id), BY, clock.now()
    )
    await mirror(stage, clock).post()
    return stage


def mirror(stage: Stage, clock: ManualClock, bulletins: Bulletins | None = None) -> Mirror:
    return Mirror(SqlMirrors(stage.app.store.database), bulletins or DiscordBulletins(stage.app.client), clock)


async def decide(stage: Stage, clock: ManualClock, reason: str) -> None:
    entry = TrailEntry(stage.guild.id, Action.WARN, BY, clock.now(), BY + 1, reason=reason)
    await stage.app.client.studio.trail.enter(entry)


def posted(stage: Stage, reason: str) -> list[Message]:
    return [each for each in stage.left if f"because: {reason}" in str(each.components)]


async def test_each_decision_is_posted_once_whatever_becomes_of_the_call(stage: Stage, clock: ManualClock) -> None:
    for kind in STRUCK:
        reason = kind.replace("_", " ")
        await decide(stage, clock, reason)
        stage.discord.faults.inject("POST", Route.MESSAGES, KINDS[kind])
        for _ in range(3):
            await mirror(stage, clock).post()
            await decide(stage, clock, "meanwhile")
            clock.advance(LEASE.total_seconds())
        assert len(posted(stage, reason)) == 1, kind
        assert stage.discord.faults.left == [], "it struck"
    (message, *_) = posted(stage, "meanwhile")
    assert message.allowed_mentions == {"parse": []}, "nobody is called"


async def test_a_process_that_dies_with_the_message_out(stage: Stage, clock: ManualClock) -> None:
    """The next one posts the same entries again, which makes no second message, and then what was entered since."""
    await decide(stage, clock, "first")
    with pytest.raises(asyncio.CancelledError):
        await mirror(stage, clock, Dies(stage.app.client)).post()
    await decide(stage, clock, "second")
    assert not await mirror(stage, clock).post()
    clock.advance(LEASE.total_seconds())
    while await mirror(stage, clock).post():
        pass
    assert (len(posted(stage, "first")), len(posted(stage, "second"))) == (1, 1)
