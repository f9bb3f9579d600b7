"""Where a person can go in the room beside the channel that it opens with: a place of each kind that Discord has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import discord
from simcord.actors import MemberActor
from simcord.backend.access import can_access_channel
from simcord.builders import ChannelHandle, GuildHandle, UserHandle
from simcord.components import resolve_attachment_references
from simcord.env import Env

from bot.chat.client import EaselClient

PHOTOS = Path(__file__).parent / "photos"

MEBIBYTE = 1 << 20

_COMPONENTS_V2 = 1 << 15

_PROXY = "https://images-ext-1.discordapp.net/external/demo"
"""Where Discord shows a picture from that is kept elsewhere, as an embed's may be."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One person in a place: whom they act as there, and the channel that they see."""

    actor: MemberActor | UserHandle
    channel: ChannelHandle


@dataclass(frozen=True, slots=True)
class Place:
    """A channel, or with direct messages one for each person; `seats` by user id."""

    name: str
    seats: Mapping[int, Seat]

    def open_to(self, user_id: int, env: Env) -> bool:
        """Whether this person may look at it now."""
        seat = self.seats.get(user_id)
        return seat is not None and can_access_channel(env, seat.channel.id, seat.actor, history=True)

    def holds(self, channel_id: int) -> bool:
        return any(seat.channel.id == channel_id for seat in self.seats.values())


def public(name: str, channel: ChannelHandle, members: Sequence[MemberActor]) -> Place:
    return Place(name, {each.id: Seat(each, channel) for each in members})


async def furnish(env: Env, client: EaselClient, guild: GuildHandle, members: Sequence[MemberActor]) -> list[Place]:
    """Build the places in the guild, another guild that is boosted, and everyone's direct messages with the bot."""
    backend = env.backend
    studio = next(iter(guild.channels.values()))
    after_dark = guild.create_text_channel("after-dark", topic="Age-restricted")
    thread = backend.create_thread(studio.id, "sketches", members[0].id, broadcast=False)
    backend.announce_thread_create(thread)
    forum = guild.create_forum_channel("exhibition")
    post = backend.create_thread(forum.id, "Foxes, please", members[0].id, broadcast=False)
    backend.announce_thread_create(post)
    backend.create_message(post.id, members[0].id, "Show me your foxes: type `/imagine` right here.")
    inspiration = guild.create_text_channel("inspiration", topic="Right-click a message, or use its Apps button")
    boosted_guild = env.create_guild("Boosted guild")
    boosted = boosted_guild.create_text_channel("boosted", topic="Files of up to 50 MiB fit in here")
    boosted_members = [boosted_guild.add_member(each.user) for each in members]
    await env.settle()
    backend.cdn._blobs |= {url: data for url, (_, data) in photographs().items()}  # pyright: ignore[reportPrivateUsage] # noqa: SLF001 # SimCord keeps what was posted alone
    _complete(env, client, age_restricted=after_dark.id, boosted_guild=boosted_guild.id)
    _hang_pictures(env, guild, inspiration)
    return [
        public("#inspiration", inspiration, members),
        public("#after-dark (age-restricted)", after_dark, members),
        public("sketches (thread)", ChannelHandle(env, guild, thread), members),
        public("Foxes, please (forum post)", ChannelHandle(env, guild, post), members),
        public("#boosted (50 MiB files)", boosted, boosted_members),
        Place("Direct messages", {each.id: Seat(each.user, each.user.dm_channel) for each in members}),
    ]


def photographs() -> dict[str, tuple[str, bytes]]:
    """The pictures that lie elsewhere, by the address under which Discord's proxy shows them: (name, bytes)."""
    return {f"{_PROXY}/{each.name}": (each.name, each.read_bytes()) for each in PHOTOS.glob("*.jpg")}


def _complete(env: Env, client: EaselClient, *, age_restricted: int, boosted_guild: int) -> None:
    """Say what SimCord's Discord leaves out: a channel's age restriction, a guild's boosts, and what these allow."""
    channel = client.get_channel(age_restricted)
    assert isinstance(channel, discord.TextChannel)  # noqa: S101 # it was created as one
    channel.nsfw = True
    cached = client.get_guild(boosted_guild)
    assert cached is not None  # noqa: S101 # the bot is in it
    cached.premium_tier = 2
    send: Callable[[str, Mapping[str, Any]], None] = env.backend.emit

    def emit(event: str, payload: Mapping[str, Any]) -> None:
        if event == "INTERACTION_CREATE":
            guild_id = payload.get("guild_id")
            place = {**payload["channel"], "nsfw": int(payload["channel_id"]) == age_restricted}
            limit = (50 if guild_id == str(boosted_guild) else 10) * MEBIBYTE
            owners = {"0": guild_id or "0"}  # 0, where it is not a guild: the bot's own direct messages
            payload = {
                **payload,
                "channel": place,
                "attachment_size_limit": limit,
                "authorizing_integration_owners": owners,
            }
        send(event, payload)

    env.backend.emit = emit


def _hang_pictures(env: Env, guild: GuildHandle, channel: ChannelHandle) -> None:
    """Let a person and another bot post pictures in each way that Discord has: attached, in an embed, in a gallery."""
    backend = env.backend
    photos = {name: (PHOTOS / name).read_bytes() for name in ("cat.jpg", "coffee.jpg")}
    passer_by = guild.add_member(env.create_user("passer_by", global_name="Passer-by"))
    other_bot = guild.add_member(env.create_user("curator", global_name="Curator", bot=True))
    backend.create_message(
        channel.id, passer_by.id, "My cat.", attachments=backend.store_attachments(channel.id, [*photos.items()][:1])
    )
    embed = {"type": "rich", "title": "Picture of the day", "image": _image(f"{_PROXY}/coffee.jpg")}
    backend.create_message(channel.id, other_bot.id, "", embeds=[embed])
    attached = backend.store_attachments(channel.id, [*photos.items()])
    shown: list[dict[str, Any]] = [
        {"type": 10, "content": "**Two for your wall**"},
        {"type": 12, "items": [{"media": {"url": f"attachment://{name}"}, "description": name} for name in photos]},
    ]
    components = resolve_attachment_references([{"type": 17, "components": shown}], attached)
    backend.create_message(
        channel.id, other_bot.id, "", components=components, attachments=attached, flags=_COMPONENTS_V2
    )
    backend.create_message(channel.id, passer_by.id, "And a message without any picture.")


def _image(url: str) -> dict[str, Any]:
    return cast("dict[str, Any]", {"url": url, "proxy_url": url, "width": 1024, "height": 683})
