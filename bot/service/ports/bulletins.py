"""What the bot says by itself in a channel, at nobody's request."""

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from bot.domain.audit import Difference
from bot.domain.trail import TrailEntry


class Bulletins(Protocol):
    """Each is a message of its own. The same one sent again within a few minutes makes no second.

    Any method may raise `Undeliverable` where the channel is gone or closed to the bot, and `TryLater`, which is also
    what comes of a call that hangs.
    """

    async def report_differences(self, night: date, differences: Sequence[Difference]) -> None:
        """Tell the operators in their log channel; nobody, where there is none."""
        ...

    async def post_summary(self, channel_id: int, guild_id: int, month: date) -> bool:
        """Post what a guild has used in the month that begins on that day; False where it has used nothing, which
        isn't worth a post. May also raise `StoreUnavailable` of `bot.domain.errors`."""
        ...

    async def post_entries(self, channel_id: int, guild_id: int, entries: Sequence[TrailEntry]) -> None:
        """Post entries of a guild's trail, oldest first, as one message, which is the same for the same last entry."""
        ...
