"""Which guilds the bot is a member of: what it hears, and what it missed while it was away."""

from collections.abc import Awaitable

import structlog

from bot.chat.studio import StudioClient
from bot.domain.errors import StoreUnavailable
from bot.domain.roles import shard_of

_log = structlog.get_logger(__name__)


async def settle_guilds(client: StudioClient, shard_id: int) -> None:
    """Compare a shard's guilds, which Discord has just listed, with those that are known. A guild that Discord has
    trouble with is on its list all the same."""

    def ours(guild_id: int) -> bool:
        return shard_of(guild_id, client.shard_count or 1) == shard_id

    await note(client.studio.retention.settle_guilds({each.id for each in client.guilds if ours(each.id)}, ours))


async def note(change: Awaitable[None]) -> None:
    """Make the change. One that is lost is made up for when the bot connects the next time."""
    try:
        await change
    except StoreUnavailable as error:
        _log.warning("a server's coming or going could not be noted", error=repr(error))
