"""What may not be said in a guild, where that is told, and how it is found, as ports."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.wording import AutoModRule, WordRules


class Wording(Protocol):
    """Finds what a list of words doesn't allow, in however it is written. Nothing that it is given takes it more time
    than the length of the text and of the list tell, and none of it is spent on the event loop."""

    async def check(self, rules: WordRules) -> None:
        """Raise the `BadWord` of the first entry that can't be used; its line is that in `WordRules.lines`."""
        ...

    async def find(self, text: str, rules: WordRules) -> str | None:
        """The entry that the text goes against, as it was written, a pattern in slashes; None where there is none."""
        ...

    async def skipped(self, rules: WordRules) -> int:
        """How many of the patterns can't be used."""
        ...


class WordLists(Protocol):
    """Guilds' own lists. Any method may raise `StoreUnavailable` of `bot.domain.errors`."""

    async def words(self, guild_id: int) -> WordRules: ...

    async def change_words(
        self, guild_id: int, change: Callable[[WordRules], WordRules], by: int, now: datetime
    ) -> tuple[WordRules, WordRules]:
        """What held before, and what holds now. The change is a function of what holds, which nobody else changes
        meanwhile; it is entered in the trail, in the same transaction. What `change` raises leaves all as it was."""
        ...


class AutoModRules(Protocol):
    """The keyword rules of guilds' AutoMod."""

    async def rules(self, guild_id: int) -> Sequence[AutoModRule] | None:
        """Those that block messages, as they are or were a few minutes ago; None where the bot may not read them, or
        they can't be had in the time of an answer. It raises nothing."""
        ...

    def forget(self, guild_id: int) -> None:
        """They have changed."""
        ...
