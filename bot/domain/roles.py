"""How a deployment's work is split over its processes: by role, and by shard of Discord's gateway."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_MOST_SHARDS = 100_000
"""More than any application has: a slip of the hand isn't taken at its word."""

_FORM = re.compile(r"(?P<first>\d{1,6})(-(?P<last>\d{1,6}))?/(?P<count>\d{1,6})")


class Role(StrEnum):
    """What a process does."""

    ALL = "all"
    GATEWAY = "gateway"  # connects to Discord's gateway, answers and admits
    WORKER = "worker"  # runs jobs and delivers; it knows Discord's REST API alone

    @property
    def listens(self) -> bool:
        """Whether it connects to the gateway."""
        return self is not Role.WORKER

    @property
    def works(self) -> bool:
        """Whether it claims jobs."""
        return self is not Role.GATEWAY


def shard_of(guild_id: int, count: int) -> int:
    """The shard that hears of a guild, where there are so many (Discord, "Sharding"). What belongs to no guild is the
    first one's."""
    return (guild_id >> 22) % count


@dataclass(frozen=True, slots=True)
class Shards:
    """Those of one process, ascending, and how many the deployment has in all."""

    ids: Sequence[int]
    count: int

    @classmethod
    def every(cls, count: int) -> "Shards":
        return cls(range(count), count)

    @classmethod
    def parse(cls, text: str) -> "Shards":
        """From `first-last/count` or `one/count`, counted from 0. Raises `ValueError`, in words for the operator."""
        form = _FORM.fullmatch(text.replace(" ", ""))
        if form is None:
            raise ValueError("is not of the form 0-3/16: the first and the last shard, and how many there are in all")
        first, count = int(form["first"]), int(form["count"])
        last = int(form["last"]) if form["last"] else first
        if not 1 <= count <= _MOST_SHARDS:
            raise ValueError(f"can't be {count} shards in all")
        if not first <= last < count:
            raise ValueError(
                f"of {count} shards, the first is 0 and the last is {count - 1}; {first}-{last} is no range"
            )
        return cls(range(first, last + 1), count)

    def hear(self, guild_id: int) -> bool:
        """Whether one of them hears of the guild."""
        return shard_of(guild_id, self.count) in self.ids

    def __str__(self) -> str:
        first, last = self.ids[0], self.ids[-1]
        return f"{first}/{self.count}" if first == last else f"{first}-{last}/{self.count}"
