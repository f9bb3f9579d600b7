"""What was decided in a guild, as a port."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.trail import Action, TrailEntry


class Trail(Protocol):
    """Entries are made once and never changed. What changes anything enters its own in the same transaction; `enter` is
    for what is done elsewhere, at Discord above all. Any method may raise `StoreUnavailable` of `bot.domain.errors`.
    """

    async def enter(self, entry: TrailEntry) -> int:
        """Answers the entry's id."""
        ...

    async def entries(
        self,
        guild_id: int,
        most: int,
        *,
        before_id: int | None = None,
        subject_id: int | None = None,
        actor_id: int | None = None,
        actions: Collection[Action] = (),
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[TrailEntry]:
        """The guild's latest, newest first; those alone that all filters let through."""
        ...
