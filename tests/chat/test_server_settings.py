"""A server's time zone, and the channel of its monthly summary."""

import discord
from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.moderation import Policy
from tests.chat.forms import restart

CHANNEL_SELECT, BUTTON = 8, 2  # Discord's component types
CHOOSE = "easel:policy:summary"


async def settings(room: Room, **options: str) -> InteractionResult:
    panel = await room.moderator.slash(room.channel, "studio settings", **options)
    assert panel.ephemeral
    return panel


async def policy(room: Room) -> Policy:
    return await room.app.client.studio.preferences.policy(room.moderator.guild.id)


def chosen(panel: InteractionResult) -> list[int]:
    (menu,) = components_of(panel.response, CHANNEL_SELECT)
    return [int(each["id"]) for each in menu.get("default_values", [])]


async def test_the_time_zone_is_found_as_it_is_typed(room: Room) -> None:
    assert "**UTC**, where it is " in text_of((await settings(room)).response)

    async def offered(typed: str) -> list[str]:
        found = await room.moderator.autocomplete(room.channel, "studio settings", "time_zone", typed)
        return [each["value"] for each in found]

    assert (await offered("berl"))[0] == "Europe/Berlin"
    assert "America/New_York" in await offered("new york")
    assert len(await offered("")) == 25
    assert await offered("nowhere at all") == []
    assert "**Europe/Berlin**, where it is " in text_of((await settings(room, time_zone="europe/berlin ")).response)
    assert "**America/New_York**" in text_of((await settings(room, time_zone="america/new york")).response)
    for typed, near in (("New York", "`America/New_York`"), ("Berlni", "`Europe/Berlin`"), ("Etc/GMT+99", "")):
        assert near in (said := text_of((await settings(room, time_zone=typed)).response))
        assert f"There is no time zone called `{typed}`." in said
    assert (await policy(room)).time_zone == "America/New_York"
    panel = await room.moderator.slash(room.channel, "studio limits")
    assert "Days begin at midnight in **America/New_York**" in text_of(panel.response)


async def test_the_summarys_channel_is_one_where_the_bot_may_post(room: Room) -> None:
    guild = room.channel.guild
    assert guild is not None
    assert guild.me is not None
    mute = guild.create_text_channel("mute", overwrites={guild.me: discord.PermissionOverwrite(attach_files=False)})
    panel = await settings(room)
    assert panel.response is not None
    assert chosen(panel) == []
    assert [each["label"] for each in components_of(panel.response, BUTTON)] == []
    await restart(room)
    await room.moderator.select(panel.response, [room.channel], custom_id=CHOOSE)
    assert (await policy(room)).summary_channel_id == room.channel.id
    assert chosen(panel) == [room.channel.id]

    await restart(room)
    await room.moderator.select(panel.response, [mute], custom_id=CHOOSE)
    assert f"I can't post in <#{mute.id}>: I lack the permission **Attach Files** there." in text_of(panel.response)
    assert (await policy(room)).summary_channel_id == room.channel.id
    assert chosen(panel) == [room.channel.id]

    await restart(room)
    await room.moderator.click(panel.response, label="Post no summary")
    assert (await policy(room)).summary_channel_id is None
    assert chosen(panel) == []


async def test_a_channel_that_was_deleted_is_told_of(room: Room) -> None:
    guild = room.channel.guild
    assert guild is not None
    brief = guild.create_text_channel("brief")
    panel = await settings(room)
    assert panel.response is not None
    await room.moderator.select(panel.response, [brief], custom_id=CHOOSE)
    room.env.backend.delete_channel(brief.id)
    panel = await settings(room)
    assert "The channel for it no longer exists." in text_of(panel.response)
    assert chosen(panel) == []
