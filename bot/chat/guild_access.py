"""What the bot may do in the guilds that it is in: looked at by REST alone, and computed as discord.py does."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import discord

from bot.chat.client import CannotConnect, EaselClient, reasons_told
from bot.chat.places import missing_permissions

INVITE = discord.Permissions(
    view_channel=True, send_messages=True, send_messages_in_threads=True, attach_files=True
)  # fmt: skip
"""What the invite asks for."""

INVITE_NAMES = tuple(name for name, asked in INVITE if asked)
"""The same, as discord.py spells it."""

INVITE_SCOPES = ("bot", "applications.commands")

MOST_GUILDS = 50
"""How many guilds are gone through; each takes three calls."""

_AT_ONCE = 2
"""Guilds at a time. The running bot shares Discord's global limit, of 50 calls a second."""

_LISTED = 200
"""How many guilds one page of Discord's list holds."""

_Place: TypeAlias = discord.TextChannel | discord.VoiceChannel | discord.ForumChannel


@dataclass(frozen=True, slots=True)
class ChannelAccess:
    """A channel where the bot lacks something, as discord.py spells permissions."""

    name: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GuildAccess:
    """What the bot lacks in a guild: `missing` in each of the channels that were looked at, the rest in `channels`.

    A channel that neither everybody nor the bot sees is only counted, as `hidden`. `closed` has the channels that were
    asked about and that the bot can't write into, with why not: nothing, where it finds no such channel."""

    id: int
    name: str
    looked_at: int = 0
    hidden: int = 0
    missing: tuple[str, ...] = ()
    channels: Sequence[ChannelAccess] = ()
    closed: Mapping[int, tuple[str, ...]] = field(default_factory=dict[int, tuple[str, ...]])
    trouble: str = ""  # why it could not be looked at


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The guilds that were gone through, and how many more there are on the first page of Discord's list."""

    guilds: Sequence[GuildAccess]
    left_out: int
    more_pages: bool


class ChannelGone(Exception):
    """The bot finds no such channel."""


def invite_link(application_id: int) -> str:
    """Where whoever may manage a guild adds the bot to it."""
    return discord.utils.oauth_url(application_id, permissions=INVITE, scopes=INVITE_SCOPES)


async def guild_names(client: EaselClient) -> list[str]:
    """Of the guilds that the bot is in, on the first page of Discord's list. Raises `CannotConnect` of
    `bot.chat.client`."""
    with reasons_told():
        return [each.name async for each in client.fetch_guilds(limit=_LISTED, with_counts=False)]


async def survey(client: EaselClient, asked: Mapping[int, Collection[int]]) -> Surroundings:
    """Go through the guilds, those first that are in `asked`: channels by guild that the bot has to write into.

    Raises `CannotConnect` of `bot.chat.client` where not even the list can be had."""
    with reasons_told():
        found = [each async for each in client.fetch_guilds(limit=_LISTED, with_counts=False)]
    found.sort(key=lambda each: each.id not in asked)
    turns = asyncio.Semaphore(_AT_ONCE)

    async def look(listed: discord.Guild) -> GuildAccess:
        async with turns:
            try:
                with reasons_told():
                    return await _look(client, listed.id, asked.get(listed.id, ()))
            except CannotConnect as error:
                return GuildAccess(listed.id, listed.name, trouble=str(error))

    guilds = await asyncio.gather(*(look(each) for each in found[:MOST_GUILDS]))
    return Surroundings(guilds, max(len(found) - MOST_GUILDS, 0), len(found) == _LISTED)


async def closed_to(client: EaselClient, channel_id: int) -> tuple[str, ...]:
    """What the bot lacks to write into a channel, wherever that is; of a thread only whether it finds it.

    Raises `ChannelGone`, and `CannotConnect` of `bot.chat.client`."""
    with reasons_told():
        try:
            channel = await client.fetch_channel(channel_id)
            if not isinstance(channel, discord.abc.GuildChannel):
                return ()
            return (await _look(client, channel.guild.id, (channel_id,))).closed.get(channel_id, ())
        except (discord.NotFound, discord.Forbidden, discord.InvalidData):
            raise ChannelGone from None


async def _look(client: EaselClient, guild_id: int, asked: Collection[int]) -> GuildAccess:
    guild = await client.fetch_guild(guild_id, with_counts=False)
    me = await guild.fetch_member(client.user.id if client.user else 0)
    channels = await guild.fetch_channels()
    places = [each for each in channels if isinstance(each, _Place)]
    hidden = [each for each in places if not _sees(each, me) and not _sees(each, guild.default_role)]
    lacks = {each: _lack(each, me) for each in places if each not in hidden}
    everywhere = {each for each in INVITE_NAMES if lacks and all(each in lack for lack in lacks.values())}
    return GuildAccess(
        guild.id,
        guild.name,
        len(lacks),
        len(hidden),
        tuple(sorted(everywhere)),
        [
            ChannelAccess(channel.name, rest)
            for channel, lack in lacks.items()
            if (rest := tuple(each for each in lack if each not in everywhere))
        ],
        _closed(channels, me, asked),
    )


def _closed(
    channels: Sequence[discord.abc.GuildChannel], me: discord.Member, asked: Collection[int]
) -> Mapping[int, tuple[str, ...]]:
    known = {each.id: each for each in channels}
    closed: dict[int, tuple[str, ...]] = {}
    for channel_id in asked:
        channel = known.get(channel_id)
        if channel is None:
            closed[channel_id] = ()
        elif lack := missing_permissions(channel.permissions_for(me)):
            closed[channel_id] = lack
    return closed


def _sees(channel: _Place, who: discord.Member | discord.Role) -> bool:
    return channel.permissions_for(who).view_channel


def _lack(channel: _Place, me: discord.Member) -> tuple[str, ...]:
    granted = channel.permissions_for(me)
    if not granted.view_channel:
        return ("view_channel",)  # without which discord.py grants nothing else either
    in_posts = missing_permissions(granted, in_thread=True)
    match channel:
        case discord.ForumChannel():
            # Sending there is making posts, without which discord.py grants no files even to those in them.
            return in_posts if granted.send_messages else tuple(each for each in in_posts if each != "attach_files")
        case discord.TextChannel():
            return tuple(dict.fromkeys((*missing_permissions(granted), *in_posts)))
        case _:
            return missing_permissions(granted)
