"""How a member stands in a guild, asked of Discord."""

import asyncio
from datetime import datetime

import discord
import structlog

from bot.chat.studio import StudioClient
from bot.chat.trouble import NO_ANSWER

_log = structlog.get_logger(__name__)

CALL_SECONDS = 5.0
"""How long a delivery waits for the answer, beside the fetch of its pictures."""


class DiscordMembership:
    """The port `Membership` over a logged-in client, which doesn't ask about guilds that it would hear of."""

    def __init__(self, client: StudioClient, *, call_seconds: float = CALL_SECONDS) -> None:
        self._client = client
        self._call_seconds = call_seconds

    async def timed_out_until(self, guild_id: int, member_id: int) -> datetime | None:
        if self._client.hears(guild_id) and self._client.get_guild(guild_id) is None:
            return None
        try:
            async with asyncio.timeout(self._call_seconds):
                member = await self._client.http.get_member(guild_id, member_id)
        except discord.HTTPException as error:
            if error.status not in (403, 404):  # the bot isn't there, or the member no longer is
                _log.warning("whether a member is timed out could not be asked", guild=guild_id, error=str(error))
            return None
        except NO_ANSWER as error:
            _log.warning("whether a member is timed out could not be asked", guild=guild_id, error=repr(error))
            return None
        return discord.utils.parse_time(member.get("communication_disabled_until"))
