"""What was decided, in the server's log channel: posted once, by whichever process comes first."""

import asyncio
import csv
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import discord
import pytest
from simcord.builders import ChannelHandle

from bot.chat.bulletins import MOST_LINES, DiscordBulletins
from bot.demo.reading import text_of
from bot.demo.room import Room, open_room
from bot.domain.trail import Action, TrailEntry
from bot.service.mirror import CLOSED, LEASE, Mirror
from bot.storage.mirrors import SqlMirrors
from tests.chat.conftest import paint_small
from tests.clocks import ManualClock
from tests.storage.migrated import move_in


@pytest.fixture
def clock() -> ManualClock:
    """Stands still, so that the room's own mirror waits to gather more."""
    return ManualClock(datetime.now(UTC))


@pytest.fixture
async def room(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Room]:
    async with open_room(move_in(tmp_path), seconds=lambda _: 0.0, paint=paint_small, clock=clock) as room:
        yield room
    assert not room.env.errors, "nothing failed inside the bot"


def process(room: Room, clock: ManualClock) -> Mirror:
    """Another one."""
    return Mirror(SqlMirrors(room.app.store.database), DiscordBulletins(room.app.client), clock)


def new_channel(room: Room, **permissions: bool) -> ChannelHandle:
    guild = room.channel.guild
    assert guild is not None
    assert guild.me is not None
    return guild.create_text_channel("moderators", overwrites={guild.me: discord.PermissionOverwrite(**permissions)})


async def log_to(room: Room, channel: ChannelHandle, language: str | None = None) -> None:
    studio, now = room.app.client.studio, room.app.client.studio.clock.now()
    await studio.preferences.change_policy(
        room.member.guild.id,
        lambda held: replace(held, log_channel_id=channel.id, language=language),
        room.moderator.id,
        now,
    )


async def warn(room: Room, clock: ManualClock, count: int = 1) -> None:
    for number in range(count):
        entry = TrailEntry(
            room.member.guild.id, Action.WARN, room.moderator.id, clock.now(), room.member.id, reason=f"no. {number}"
        )
        await room.app.client.studio.trail.enter(entry)


async def test_each_decision_is_posted_once_and_a_closed_channel_loses_none(room: Room, clock: ManualClock) -> None:
    channel = new_channel(room)
    await log_to(room, channel)
    await warn(room, clock, 2)
    await asyncio.gather(process(room, clock).post(), process(room, clock).post())
    [message] = channel.history()
    lines = [line for line in text_of(message).splitlines() if not line.startswith("-# <t:")]
    warned = f"<@{room.moderator.id}> warned <@{room.member.id}>."
    assert lines == [f"<@{room.moderator.id}> changed the settings.", warned, warned]
    assert "because: no. 0" in text_of(message)
    assert not await process(room, clock).post()

    closed, open_ = new_channel(room, send_messages=False), new_channel(room)
    await log_to(room, closed)
    assert await process(room, clock).post()
    await warn(room, clock, 30)
    later = ManualClock(clock.now() + CLOSED)
    for _ in range(2):
        assert not await process(room, clock).post(), "it is left alone for a while"
        assert await process(room, later).post()
        later.advance(CLOSED.total_seconds())
    room.env.inject_error("POST", f"/channels/{open_.id}/messages", status=500, times=99)
    await log_to(room, open_, language="de")
    assert await process(room, later).post(), "at once, where another channel is chosen"
    assert open_.history() == []
    room.env.backend.faults.clear()
    await warn(room, clock)
    later.advance(LEASE.total_seconds())
    while await process(room, later).post():
        pass
    first, second = open_.history()
    assert text_of(first).count("-# <t:") == MOST_LINES
    assert "22 weitere Entscheidungen stehen in der Datei." in text_of(first)
    assert f"<@{room.moderator.id}> hat die Einstellungen geändert." in text_of(first)
    [file] = first.attachments
    table = list(csv.DictReader(StringIO((await file.read()).decode(), newline="")))
    assert [each["reason"] for each in table] == ["", *(f"no. {number}" for number in range(30)), ""]
    assert text_of(second).count("-# <t:") == 1
    assert (closed.history(), len(channel.history())) == ([], 1)
