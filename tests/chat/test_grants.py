"""Grants: made by moderators until an end, used by members beyond their limits, listed, and revoked."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room, open_room
from bot.domain.ledger import Grant
from tests.chat.conftest import paint_small
from tests.chat.forms import restart
from tests.clocks import FastClock
from tests.storage.migrated import move_in

BUTTON = 2  # Discord's component type


@pytest.fixture
def clock() -> FastClock:
    return FastClock(rate=1.0)


@pytest.fixture
async def room(tmp_path: Path, clock: FastClock) -> AsyncIterator[Room]:
    settings: dict[str, Any] = {"easel_member_daily_pictures": 2}
    async with open_room(move_in(tmp_path), seconds=lambda _: 0.0, paint=paint_small, clock=clock, **settings) as room:
        yield room
    assert not room.env.errors, "nothing failed inside the bot"


async def grant(room: Room, **options: Any) -> str:
    result = await room.moderator.slash(room.channel, "studio grant", **options)
    assert result.ephemeral
    return text_of(result.response)


async def imagine(room: Room, **options: Any) -> str:
    """What the member is told: "" where the pictures are made."""
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low", **options)
    await room.app.dispatch.idle()
    return text_of(result.response) if result.ephemeral else ""


def buttons(result: InteractionResult) -> list[tuple[str, str]]:
    return [(each["label"], each["custom_id"]) for each in components_of(result.response, BUTTON)]


async def press(room: Room, result: InteractionResult, custom_id: str) -> str:
    assert result.response is not None
    await room.moderator.click(result.response, custom_id=custom_id)
    return text_of(result.response)


async def test_a_grant_is_made_used_listed_and_revoked(room: Room) -> None:
    assert await imagine(room, count=2) == ""
    assert "ask its moderators for a grant" in await imagine(room)
    made = await grant(room, to=room.member, pictures=3, until="3d", reason="the *contest*")
    assert f"**Granted:** 3 pictures more for <@{room.member.id}>, until <t:" in made
    assert "A grant leaves you 3 pictures beyond that" in await imagine(room, count=4)
    assert await imagine(room, count=2) == ""
    assert "A grant leaves you 1 picture beyond that" in await imagine(room, count=2)
    await grant(room, to=room.channel.guild.default_role, pictures=1, until="1h")  # pyright: ignore[reportOptionalMemberAccess]

    listed = await room.moderator.slash(room.channel, "studio grants")
    assert listed.ephemeral
    text = text_of(listed.response)
    assert "**@everyone**: 1 picture for each, until <t:" in text
    assert f"**<@{room.member.id}>**: 3 pictures, until <t:" in text
    assert "Used: 2." in text
    assert f"the \\*contest\\* · granted by <@{room.moderator.id}>" in text
    assert buttons(listed) == [("Revoke", "easel:grant:revoke:2:0"), ("Revoke", "easel:grant:revoke:1:0")]

    await restart(room)
    text = await press(room, listed, "easel:grant:revoke:1:0")
    assert "Revoke this grant?" in text
    assert "Used: 2." in text
    assert [label for label, _ in buttons(listed)] == ["Revoke", "Keep it"]
    assert "### Grants" in await press(room, listed, "easel:grant:show:0:0")
    await press(room, listed, "easel:grant:revoke:1:0")
    await restart(room)
    text = await press(room, listed, "easel:grant:revoke-now:1:0")
    assert "**The grant is revoked.**" in text
    assert "**revoked <t:" in text
    assert buttons(listed) == [("Revoke", "easel:grant:revoke:2:0")]
    assert await imagine(room) == "", "of the other one"
    assert "ask its moderators for a grant" in await imagine(room)


async def test_a_grant_that_was_revoked_elsewhere_or_has_ended(room: Room, clock: FastClock) -> None:
    await grant(room, to=room.member, pictures=3, until="1h")
    await grant(room, to=room.member, pictures=3, until="2h")
    one, other = [await room.moderator.slash(room.channel, "studio grants") for _ in range(2)]
    await press(room, one, "easel:grant:revoke:1:0")
    await press(room, other, "easel:grant:revoke:1:0")
    assert "is revoked" in await press(room, one, "easel:grant:revoke-now:1:0")
    assert "revoked before, or has ended" in await press(room, other, "easel:grant:revoke-now:1:0")
    clock.advance(timedelta(hours=3).total_seconds())
    assert "revoked before, or has ended" in await press(room, other, "easel:grant:revoke:2:0")
    assert "There are no grants." in text_of(other.response)
    assert await imagine(room, count=2) == ""
    assert "ask its moderators for a grant" in await imagine(room)


async def test_what_cannot_be_granted(room: Room) -> None:
    stranger = room.env.create_user("stranger")
    cases: list[tuple[Any, str, str]] = [
        (room.member, "soon", "`soon` isn't an end. Write a date such as `2026-12-24`, or how long: `3d`, `12h`."),
        (room.member, "2020-01-01", "That is over already. Please name a later end."),
        (room.member, "2d or `so`", "`2d or 'so'` isn't an end."),
        (room.member, "400d", "It can last for 366 days at most."),
        (stranger, "3d", f"<@{stranger.id}> can't make pictures here."),
    ]
    for to, until, said in cases:
        assert said in await grant(room, to=to, pictures=1, until=until)
    assert (
        await room.app.client.studio.budgets.grants(room.moderator.guild.id, room.app.client.studio.clock.now()) == []
    )


async def test_ends_are_suggested_in_the_guilds_calendar(room: Room) -> None:
    await room.moderator.slash(room.channel, "studio settings", time_zone="Pacific/Kiritimati")
    offered = await room.moderator.autocomplete(room.channel, "studio grant", "until", "today", pictures=1)
    there = room.app.client.studio.clock.now() + timedelta(hours=14)
    assert offered == [{"name": f"today, {there:%Y-%m-%d}", "value": f"{there:%Y-%m-%d}"}]


async def test_a_long_list_has_pages(room: Room) -> None:
    studio, guild_id = room.app.client.studio, room.moderator.guild.id
    now = studio.clock.now()
    for number in range(23):
        ends_at = now + timedelta(days=1 + number)
        made = Grant(guild_id, 10_000, ends_at, room.moderator.id, room.member.id, reason=f"{number:03}" + "*" * 97)
        await studio.budgets.grant(made, reference=str(number), now=now)
    listed = await room.moderator.slash(room.channel, "studio grants")
    assert len(text_of(listed.response)) <= 4_000
    assert len(components_of(listed.response)) <= 40
    assert buttons(listed)[-1] == ("More", "easel:grant:show:0:1")
    assert "019" in await press(room, listed, "easel:grant:show:0:1")
    assert buttons(listed)[-2:] == [("Back", "easel:grant:show:0:0"), ("More", "easel:grant:show:0:2")]
    await restart(room)
    await press(room, listed, "easel:grant:show:0:2")
    assert [label for label, _ in buttons(listed)] == ["Revoke", "Revoke", "Revoke", "Back"]
