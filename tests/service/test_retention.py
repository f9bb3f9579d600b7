"""The daily sweep in a room that is in use: a guild's own retention, what a crash left, and a guild that was left."""

import asyncio
from datetime import timedelta
from typing import Any
from unittest.mock import AsyncMock

import pytest
import structlog
from simcord.results import InteractionResult

from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.errors import StoreUnavailable
from bot.domain.moderation import Policy
from bot.service.ports import Occasion
from bot.service.styles import FOR_GOOD
from tests.chat.pictures import png
from tests.clocks import FastClock

DAY = 86_400


async def ask(room: Room, prompt: str, **options: Any) -> InteractionResult:
    asked = await room.member.slash(room.channel, "imagine", prompt=prompt, quality="low", **options)
    await room.app.dispatch.idle()
    return asked


async def test_the_sweep(room: Room, clock: FastClock) -> None:
    studio, guild_id = room.app.client.studio, room.member.guild.id
    retention, blobs = studio.retention, studio.styles._blobs
    old = await ask(room, "an old fox", image=("mine.png", png()))
    await room.moderator.slash(room.channel, "studio style save", name="Ink", suffix="in ink", image=("i.png", png()))
    await blobs.put("styles/left-by-a-crash/0", b"bytes", keep_until=FOR_GOOD)
    await studio.preferences.change_policy(guild_id, lambda _: Policy(retention_days=2), room.moderator.id, clock.now())
    clock.advance(3 * DAY)
    new = await ask(room, "a new fox", image=("mine.png", png()))

    async def told(result: InteractionResult) -> str:
        assert result.response is not None
        return text_of((await room.member.click(result.response, label="Details")).response)

    assert "an old fox" in await told(old)
    await retention.sweep()
    await retention.collect()
    assert await told(old) == "I no longer know this result, so I can't do that."
    assert "a new fox" in await told(new)
    kept = {key.partition("/")[0] for key in await blobs.keys()}
    [job] = (await studio.store.jobs_of(room.member.id, 10)).ended
    assert kept == {job.id, "styles"}
    assert "styles/left-by-a-crash/0" not in await blobs.keys()
    [style] = await studio.styles.all(guild_id)
    assert await studio.styles.picture(style.pictures[0]) is not None

    before = await studio.usage.of_member(room.member.id, guild_id)
    await retention.left(guild_id)
    clock.advance(29 * DAY)
    await retention.sweep()
    assert "a new fox" not in await told(new), "its two days are over"
    assert len(await studio.styles.all(guild_id)) == 1
    clock.advance(2 * DAY)
    await retention.sweep()
    assert await studio.styles.all(guild_id) == []
    await retention.collect()
    assert await blobs.keys() == []
    assert await studio.preferences.policy(guild_id) == Policy()
    after = await studio.usage.of_member(room.member.id, guild_id, month=before.first_day)
    assert after.month.total == before.month.total


async def test_it_is_made_once_a_day(room: Room, clock: FastClock) -> None:
    """By whichever process comes first."""
    retention = room.app.client.studio.retention
    own = f"retention {clock.now().date()}"
    while await retention._occasions.claim(own, clock.now(), timedelta(days=9)) is Occasion.OTHERS:  # noqa: ASYNC110
        await asyncio.sleep(0)  # until the room's own round, which has begun, is over: it tells nobody of its end
    clock.advance((36 - clock.now().hour) * 3_600)  # to noon: no day ends while this looks
    with structlog.testing.capture_logs() as logs:
        await asyncio.gather(*(retention.sweep_once_a_day() for _ in range(3)))
        clock.advance(3_600)
        await retention.sweep_once_a_day()
        clock.advance(DAY)
        await retention.sweep_once_a_day()
    assert [each["event"] for each in logs].count("what is kept no longer was erased") == 2


async def test_pictures_that_can_not_be_deleted_now_are_deleted_by_the_next_round(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after a crash between the database and the pictures."""
    studio = room.app.client.studio
    await ask(room, "a fox", image=("mine.png", png()))
    blobs = studio.styles._blobs
    with monkeypatch.context() as broken:
        broken.setattr(type(blobs), "delete", AsyncMock(side_effect=StoreUnavailable))
        erasure = await studio.privacy.erase(room.member.id)
    assert erasure.requests == 1
    assert len(await blobs.keys()) == 1
    assert await studio.retention.collect() == 1
    assert await blobs.keys() == []
