"""Which guilds the bot is a member of: what it hears, and what it missed while it was away."""

from collections.abc import Awaitable

import structlog

from bot.chat.studio import StudioClient
from bot.domain.errors import StoreUnavailable

_log = structlog.get_logger(__name__)


async def settle_guilds(client: StudioClient) -> None:
    """Compare the guilds that Discord has just listed with those that are known. A guild that Discord has trouble with
    is on its list all the same."""
    shards, shard = client.shard_count or 1, client.shard_id or 0

    def ours(guild_id: int) -> bool:
        return (guild_id >> 22) % shards == shard  # Discord's documentation on sharding

    await note(client.studio.retention.settle_guilds({guild.id for guild in client.guilds}, ours))


async def note(change: Awaitable[None]) -> None:
    """Make the change. One that is lost is made up for when the bot connects the next time."""
    try:
        await change
    except StoreUnavailable as error:
        _log.warning("a server's coming or going could not be noted", error=repr(error))
