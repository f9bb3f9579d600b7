"""Guilds and their channels, as the gateway tells of them or, where it doesn't tell this process, as Discord answers: a
worker hears of none, and a gateway of its own shards' alone."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Generic, TypeVar

import discord
import structlog

from bot.chat.trouble import NO_ANSWER

_log = structlog.get_logger(__name__)

KEPT = timedelta(minutes=1)
"""How long an answer is taken for what is so."""

CALL_SECONDS = 5.0
"""How long a caller waits, who can do without."""

_T = TypeVar("_T")


class _Answers(Generic[_T]):
    """What was asked within `KEPT`, None for what isn't there."""

    def __init__(self) -> None:
        self._answers: dict[int, tuple[float, _T | None]] = {}  # until when, by the time of the loop

    async def get(self, key: int, ask: Callable[[], Awaitable[_T | None]]) -> _T | None:
        """The answer, asked for unless it is known; None also where there is none now."""
        now = asyncio.get_running_loop().time()
        self._answers = {each: answer for each, answer in self._answers.items() if now < answer[0]}
        if key in self._answers:
            return self._answers[key][1]
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await ask()
        except (discord.NotFound, discord.Forbidden):
            answer = None
        except (discord.HTTPException, *NO_ANSWER) as error:
            _log.warning("Discord could not be asked about a server", error=repr(error))
            return None
        self._answers[key] = (now + KEPT.total_seconds(), answer)
        return answer


class Guilds:
    """Each of both is None where the bot isn't, or where Discord doesn't answer. A guild that was asked for has its
    roles, and neither channels nor members.

    `hears` tells whether all is known of a guild without asking, where the bot is in it.
    """

    def __init__(self, client: discord.Client, hears: Callable[[int], bool]) -> None:
        self._client = client
        self._hears = hears
        self._guilds = _Answers[discord.Guild]()
        self._channels = _Answers[discord.abc.GuildChannel]()

    async def guild(self, guild_id: int) -> discord.Guild | None:
        known = self._client.get_guild(guild_id)
        if known is not None or self._hears(guild_id):
            return known
        return await self._guilds.get(guild_id, lambda: self._client.fetch_guild(guild_id, with_counts=False))

    async def channel(self, channel_id: int) -> discord.abc.GuildChannel | None:
        """A guild's channel; of a thread the channel that it is in."""
        known = self._client.get_channel(channel_id)
        if isinstance(known, discord.Thread):
            known = known.parent
        if isinstance(known, discord.abc.GuildChannel):
            return known
        return await self._channels.get(channel_id, lambda: self._ask(channel_id))

    async def _ask(self, channel_id: int) -> discord.abc.GuildChannel | None:
        payload = await self._client.http.get_channel(channel_id)
        guild = await self.guild(int(payload.get("guild_id") or 0))
        if guild is None:
            return None
        ids = {channel_id, int(payload.get("parent_id") or 0) if _is_thread(payload["type"]) else channel_id}
        return next((each for each in await guild.fetch_channels() if each.id in ids), None)


def _is_thread(kind: int) -> bool:
    threads = (discord.ChannelType.public_thread, discord.ChannelType.private_thread, discord.ChannelType.news_thread)
    return kind in {each.value for each in threads}
