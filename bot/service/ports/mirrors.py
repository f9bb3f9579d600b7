"""What of guilds' trails was posted to their log channels, as a port."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from bot.domain.trail import TrailEntry


@dataclass(frozen=True, slots=True)
class MirrorBatch:
    """Entries to post as one message."""

    guild_id: int
    channel_id: int
    entries: Sequence[TrailEntry]  # oldest first; at least one

    @property
    def last_id(self) -> int:
        return self.entries[-1].id or 0


class Mirrors(Protocol):
    """Each guild's entries are claimed in order, by one process at a time. What was entered while a guild had no log
    channel is passed over. Every method but `news` is one or several short transactions, and may raise
    `StoreUnavailable` of `bot.domain.errors`."""

    async def news(self) -> None:
        """Return once something was entered by this process since this returned last; it may not be committed yet."""
        ...

    async def claim(self, now: datetime, lease: timedelta, most: int) -> Sequence[MirrorBatch]:
        """The next entries of each guild that has any, at most so many of each. Until the lease is over nobody else
        gets them; then they come again, the very same ones, unless they were `posted` or `put_off`."""
        ...

    async def posted(self, batch: MirrorBatch) -> None: ...

    async def put_off(self, batch: MirrorBatch, until: datetime) -> None:
        """None of it was posted. Until then, or until the guild chooses another channel, none of the guild's come."""
        ...
