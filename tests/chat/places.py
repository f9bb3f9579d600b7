"""Places that SimCord doesn't have by itself: channels for adults, and where a user has brought the bot along."""

import discord
from simcord.builders import ChannelHandle

from bot.demo.room import Room
from tests.clocks import NOON


def age_restrict(room: Room, channel_id: int | None = None) -> None:
    """Make it a channel for adults, the room's own where none is named. SimCord's channels have no such mark, so it is
    set where discord.py keeps what Discord says of them."""
    channel = room.app.client.get_channel(room.channel.id if channel_id is None else channel_id)
    assert isinstance(channel, discord.TextChannel | discord.ForumChannel)
    channel.nsfw = True


async def allow_low_moderation(room: Room) -> None:
    """Let the guild's rules allow it, too: whoever runs the bot already does."""
    preferences = room.app.client.studio.preferences
    await preferences.change_policy(
        room.member.guild.id, lambda policy: policy.with_rules(None, low_moderation=True), None, NOON
    )


def thread_in(room: Room, parent: ChannelHandle, name: str) -> ChannelHandle:
    backend = room.env.backend
    thread = backend.create_thread(parent.id, name, room.member.id, broadcast=False)
    backend.announce_thread_create(thread)
    return ChannelHandle(room.env, room.channel.guild, thread)
