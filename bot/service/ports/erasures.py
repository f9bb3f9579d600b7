"""What is let go without anybody's asking, as a port: what is too old, and what belongs to guilds that were left."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Cutoffs:
    """When a job must have ended for its words to be kept: those of some guilds, and all others."""

    otherwise: datetime
    of_guilds: Mapping[int, datetime]


@dataclass(frozen=True, slots=True)
class Stripped:
    requests: int
    up_to: datetime | None  # when the latest of them ended


class Erasures(Protocol):
    """Guilds are told by their Discord ids. Every method is one transaction, and may raise `StoreUnavailable` of
    `bot.domain.errors`. Each may be repeated."""

    async def strip_ended(self, cutoffs: Cutoffs, now: datetime, most: int, after: datetime | None = None) -> Stripped:
        """Erase the words of the oldest `most` jobs that ended before their cutoff; of those alone that ended after
        that, or then. Where it was `most`, there may be more."""
        ...

    async def forget_traces(self, now: datetime) -> int:
        """Drop the keyed hashes of erased people that no open quota, grant or sanction needs any more, and what was
        kept of their sanctions and appeals. Answers how many."""
        ...

    async def unneeded(self, keys: Collection[str]) -> Collection[str]:
        """Those of these keys in `Blobs` that belong to a job whose words are erased or that never was, or to no
        style."""
        ...

    async def note_left(self, guild_id: int, now: datetime) -> None:
        """The bot is no member of the guild any more."""
        ...

    async def note_present(self, guild_ids: Collection[int]) -> None:
        """The bot is a member of these guilds, whatever was noted before."""
        ...

    async def known_guilds(self) -> Collection[int]:
        """Those with something to erase that the bot isn't noted to have left."""
        ...

    async def left_before(self, moment: datetime) -> Collection[int]:
        """The guilds that the bot left before then and that are yet to be erased."""
        ...

    async def erase_guild(self, guild_id: int, left_before: datetime, now: datetime) -> bool:
        """Erase all that moderators have set and decided, the guild's keys, and the words of all jobs that have ended.
        The ledger stays. False where it was done, or the bot is a member of the guild again."""
        ...
