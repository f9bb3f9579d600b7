"""Sanctions: what moderators impose and lift, what members hear of it, and what it keeps from them."""

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room, open_room
from bot.domain.sanction import Sanction, SanctionKind
from tests.chat.conftest import Speak, paint_small
from tests.chat.forms import restart
from tests.clocks import FastClock
from tests.storage.migrated import move_in

BUTTON = 2  # Discord's component type
DAY = 86_400


@pytest.fixture
def clock() -> FastClock:
    return FastClock(rate=1.0)


@pytest.fixture
async def room(tmp_path: Path, clock: FastClock) -> AsyncIterator[Room]:
    async with open_room(move_in(tmp_path), seconds=lambda _: 0.0, paint=paint_small, clock=clock) as room:
        yield room
    assert not room.env.errors, "nothing failed inside the bot"


async def moderate(room: Room, command: str, by: MemberActor | None = None, /, **options: Any) -> str:
    result = await (by or room.moderator).slash(room.channel, f"moderate {command}", **options)
    assert result.ephemeral, "it is the moderator's alone"
    return text_of(result.response)


async def imagine(room: Room, **options: Any) -> InteractionResult:
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low", **options)
    await room.app.dispatch.idle()
    return result


def heard(room: Room, who: MemberActor | None = None) -> list[str]:
    """What somebody got as direct messages."""
    return [text_of(each) for each in (who or room.member).user.dm_channel.history()]


def buttons(message: Any) -> list[str]:
    return [each["label"] for each in components_of(message, BUTTON)]


async def test_strikes_add_up_to_a_block_that_ends(room: Room, clock: FastClock, speak: Speak) -> None:
    member = f"<@{room.member.id}>"
    said = await moderate(room, "warn", member=room.member, reason="*loud* foxes")
    assert f"**{member} is warned**, which counts for 1 strike." in said
    assert "They have 1 strike in the last 90 days." in said
    assert "I have told them in a direct message" in said
    [told] = heard(room)
    assert "The moderators of **Easel demo** have warned you" in told
    assert r"> \*loud\* foxes" in told, "without effect as markdown"
    assert buttons(room.member.user.dm_channel.last_message) == ["Appeal"]
    assert not (await imagine(room)).ephemeral, "a warning keeps nobody out"

    said = await moderate(room, "warn", member=room.member, reason="again", strikes=2)
    assert "With so many strikes, the ladder adds: Block until <t:" in said
    assert heard(room)[-1].count("> again") == 1
    assert buttons(room.member.user.dm_channel.last_message) == ["Appeal", "Appeal"]
    await restart(room)
    refused = await imagine(room)
    assert refused.ephemeral, "nobody else reads it"
    assert "have blocked you from making pictures here until <t:" in text_of(refused.response)
    assert "> again" in text_of(refused.response)
    assert buttons(refused.response) == ["Appeal"]
    other = await room.other_member.slash(room.channel, "imagine", prompt="a hare", quality="low")
    assert not other.ephemeral
    clock.advance(DAY - 60)
    assert (await imagine(room)).ephemeral
    clock.advance(61)
    assert not (await imagine(room)).ephemeral, "it is over by itself"
    clock.advance(90 * DAY)
    assert "They have 1 strike in" in await moderate(room, "warn", member=room.member, reason="old ones don't count")
    speak(room.moderator, "de")
    assert "ist verwarnt" in await moderate(room, "warn", member=room.member, reason="auf Deutsch")


_EACH: Mapping[str, Mapping[str, Any]] = {"warn": {}, "block": {"until": "3d"}, "lift": {}}


async def test_whom_a_moderator_can_reach(room: Room) -> None:
    guild = room.member.guild
    high = guild.create_role("High", permissions=discord.Permissions(manage_messages=True), position=9)
    senior = guild.add_member(room.env.create_user("senior"), roles=[high])
    admin_role = guild.create_role("Admin", permissions=discord.Permissions(administrator=True))
    own = next(role for role in guild.roles.values() if role.name == "Moderators")
    peer = guild.add_member(room.env.create_user("peer"), roles=[own])
    low_admin = guild.add_member(room.env.create_user("low_admin"), roles=[admin_role])
    bot = room.app.client.user
    assert bot is not None
    stranger = room.env.create_user("stranger")
    cases: list[tuple[Any, str]] = [
        (room.moderator, "You can't do that to yourself."),
        (senior, "their highest role is as high as yours or higher"),
        (peer, "their highest role is as high as yours or higher"),
        (low_admin, "their highest role is as high as yours or higher"),
        (guild.owner, "or they run this server"),
        (room.env.create_user("robot", bot=True), "is a bot"),
    ]
    for target, said in cases:
        for command, options in _EACH.items():
            assert said in await moderate(room, command, member=target, reason="no", **options), command
    assert "is blocked" in await moderate(room, "block", member=stranger, reason="gone, but may return", until="3d")
    assert "is warned" in await moderate(room, "warn", senior, member=room.moderator, reason="from above")
    assert "isn't an end" in await moderate(room, "block", member=room.member, reason="no", until="a while")
    assert await sanctions_of(room) == []


async def sanctions_of(room: Room) -> list[Sanction]:
    studio = room.app.client.studio
    record = await studio.sanctions.record(room.member.id, room.member.guild.id, studio.clock.now(), 0)
    return list(record.history)


async def test_lowered_limits_and_what_a_member_hears_who_takes_no_messages(room: Room) -> None:
    room.env.inject_error("POST", "/channels/*/messages", status=403, code=50007, times=1)
    said = await moderate(room, "lower", member=room.member, pictures=1, until="for good", reason="too many")
    assert "may make 1 picture each day** now, for good." in said
    assert "I couldn't reach them by direct message: they hear of it when they next use me here." in said
    first = await imagine(room)
    assert not first.ephemeral
    [note] = first.followups
    assert "let you make 1 picture each day there, for good." in text_of(note)
    assert "> too many" in text_of(note)
    assert buttons(note) == ["Appeal"]
    second = await imagine(room)
    refused = text_of(second.response)
    assert not second.followups, "they heard of it before"
    assert "The moderators of this server have lowered your limit." in refused
    usage = text_of((await room.member.slash(room.channel, "usage")).response)
    assert "- Today: 0 of 1 picture left (1 used)" in usage
    assert usage.count("- Today:") == 1
    assert "**Lifted:** 1 sanction of" in await moderate(room, "lift", member=room.member, reason="enough")
    assert "have lifted the limit" in heard(room)[-1]
    assert not (await imagine(room)).ephemeral
    assert "Nothing is in force" in await moderate(room, "lift", member=room.member, reason="again")


async def test_a_members_card_imposes_and_lifts(room: Room) -> None:
    await imagine(room, private=True)
    await moderate(room, "warn", member=room.member, reason="first")
    shown = await room.moderator.slash(room.channel, "moderate member", member=room.member)
    assert shown.ephemeral
    text = text_of(shown.response)
    assert "**1 strike** in the last 90 days. At 3: a block for 1 day." in text
    assert "0 results of theirs were reported" in text
    assert "Used today: 1 picture" in text
    assert "||a fox||" in text, "asked for privately"
    assert buttons(shown.response) == ["Lift", "Warn", "Block", "Lower limits"]
    response = shown.response
    assert response is not None

    async def fill(label: str, **values: str) -> str:
        await restart(room)
        custom_id = next(each["custom_id"] for each in components_of(response, BUTTON) if each["label"] == label)
        form = await room.moderator.click(response, custom_id=custom_id)
        await room.moderator.submit_modal(form, values)
        return text_of(response)

    assert "isn't an end" in await fill("Block", until="maybe", reason="no")
    assert "is blocked** for good." in await fill("Block", until="for good", reason="enough")
    assert "isn't a number of pictures" in await fill("Lower limits", pictures="some", until="3d", reason="no")
    assert "may make 2 pictures each day" in await fill("Lower limits", pictures="2", until="3d", reason="less")
    assert "counts for 1 strike" in await fill("Warn", reason="once more")
    assert buttons(response) == ["Lift"] * 4 + ["Warn", "Block", "Lower limits"]
    assert {each.kind for each in await sanctions_of(room)} == set(SanctionKind)
    assert "**Lifted:** 1 sanction" in await fill("Lift", reason="a mistake")
    assert "lifted by" in text_of(response)

    guild_id = room.member.guild.id
    room.env.backend.get_member(guild_id, room.moderator.id).role_ids.clear()
    for label in ("Warn", "Block", "Lower limits"):
        pressed = await room.moderator.click(response, label=label)
        assert text_of(pressed.response) == "That is for this server's moderators.", "who is none any more"


async def under_way(room: Room) -> InteractionResult:
    room.replicate.end_gate.hold()
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.replicate.until(lambda: room.replicate.runs)
    return result


async def released(room: Room) -> None:
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()


async def test_a_block_ends_what_is_under_way(room: Room) -> None:
    result = await under_way(room)
    said = await moderate(room, "block", member=room.member, until="3d", reason="stop")
    assert "1 request of theirs was canceled." in said
    await released(room)
    assert "A moderator canceled this." in text_of(result.response)


def time_out(room: Room, until: Any) -> None:
    guild_id = room.member.guild.id
    room.env.backend.get_member(guild_id, room.member.id).timed_out_until = until.isoformat() if until else None


async def block_silently(room: Room) -> None:
    """A block whose canceling is cut off, as by a crash."""
    studio = room.app.client.studio
    block = Sanction(SanctionKind.BLOCK, room.member.guild.id, room.member.id, "secret", None, studio.clock.now())
    await studio.sanctions.impose(block, reference="1")


@pytest.mark.parametrize("how", ["timed out", "blocked"])
async def test_who_is_barred_by_the_time_of_delivery_gets_no_pictures(room: Room, how: str) -> None:
    result = await under_way(room)
    if how == "blocked":
        await block_silently(room)
    else:
        time_out(room, room.app.client.studio.clock.now() + timedelta(hours=1))
    await released(room)
    text = text_of(result.response)
    assert f"The pictures aren't shown: the member was {how}" in text
    assert "secret" not in text, "all can read it"
    assert result.response is not None
    assert not result.response.attachments
    job = (await room.app.store.jobs_of(room.member.id, 1)).ended[0]
    assert (job.status.value, bool(job.cost)) == ("failed", True)
    again = await room.member.click(result.response, label="Again")
    assert again.ephemeral
    assert "timed out in this server until" in text_of(again.response) or "blocked you" in text_of(again.response)


async def test_what_discord_does_not_tell_keeps_no_pictures_back(room: Room) -> None:
    result = await under_way(room)
    room.env.inject_error("GET", "/guilds/*/members/*", status=500, times=None)
    await released(room)
    assert result.response is not None
    assert result.response.attachments


async def test_the_ladder_is_written_by_those_who_manage_the_server(room: Room) -> None:
    guild = room.member.guild
    junior_role = guild.create_role("Junior", permissions=discord.Permissions(manage_messages=True))
    junior = guild.add_member(room.env.create_user("junior"), roles=[junior_role])
    seen = await junior.slash(room.channel, "moderate ladder")
    assert "- 3 strikes: a block for 1 day" in text_of(seen.response)
    assert seen.response is not None
    pressed = await junior.click(seen.response, label="Change")
    assert "Only those who may manage this server" in text_of(pressed.response)

    shown = await room.moderator.slash(room.channel, "moderate ladder")
    response = shown.response
    assert response is not None

    async def write(rungs: str, days: str = "30") -> str:
        await restart(room)
        form = await room.moderator.click(response, label="Change")
        await room.moderator.submit_modal(form, {"rungs": rungs, "days": days})
        return text_of(response)

    text = await write("1: lower 3 7d\n2: block for good\n")
    assert "**Saved.**" in text
    assert "- 1 strike: a limit of 3 pictures each day for 7 days\n- 2 strikes: a block for good" in text
    for wrong, said in {
        "2: chastise 7d": "I can't read `2: chastise 7d`.",
        "0: block 7d": "I can't read",
        "2: block": "I can't read",
        "2: block 5 7d": "I can't read",
        "2: lower 7d": "I can't read",
        "2: block 12h": "I can't read",
        "2: block 1d\n2: block 2d": "each with another number of strikes",
    }.items():
        assert said in await write(wrong), wrong
    assert "isn't a number of days" in await write("", days="soon")
    said = await moderate(room, "warn", member=room.member, reason="one is enough here")
    assert "the ladder adds: Limit of 3 pictures each day, until <t:" in said
    assert "Strikes lead to nothing by themselves." in await write("")
