"""What members and guilds have chosen for good, as a port."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.moderation import Policy
from bot.domain.options import Options
from bot.domain.style import Style
from bot.domain.wording import WordRules
from bot.service.ports.budgets import Terms


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What a request is made in: all that its member and its guild have chosen and that bears on it."""

    defaults: Options = Options()  # noqa: RUF009 # frozen
    policy: Policy = Policy()  # noqa: RUF009
    words: WordRules = WordRules()  # noqa: RUF009
    terms: Terms = Terms()  # noqa: RUF009


class Preferences(Protocol):
    """Members' defaults, guilds' policies and styles. Every method is one transaction.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`; after all but its `CommitInDoubt` nothing was done.
    A change is a function of what holds now, which nobody else changes meanwhile. What changes a guild enters its trail
    in the same transaction: `by` whom (None: Easel itself) and when. People and guilds are told by their Discord ids,
    styles by their names, of which `bot.domain.style.same_name` says which are the same.
    """

    async def context(self, guild_id: int | None, member_id: int) -> RequestContext:
        """All at once: what stands between an interaction and its answer is read only here."""
        ...

    async def defaults(self, member_id: int) -> Options: ...

    async def change_defaults(self, member_id: int, change: Callable[[Options], Options]) -> Options:
        """Answers what holds now."""
        ...

    async def policy(self, guild_id: int) -> Policy: ...

    async def policies(self) -> Mapping[int, Policy]:
        """Those of all guilds that have chosen anything, by the guilds' ids."""
        ...

    async def change_policy(
        self, guild_id: int, change: Callable[[Policy], Policy], by: int | None, now: datetime
    ) -> Policy:
        """Answers what holds now."""
        ...

    async def styles(self, guild_id: int) -> Sequence[Style]:
        """All of the guild's, by name."""
        ...

    async def save_style(self, guild_id: int, style: Style, by: int | None, now: datetime) -> Style | None:
        """Keep a style, in the place of the one of that name, which is answered. Raises `TooManyStyles`."""
        ...

    async def rename_style(
        self, guild_id: int, name: str, new_name: str, by: int | None, now: datetime
    ) -> Style | None:
        """Answers the style under its new name; None where there is none. Raises `StyleNameTaken`."""
        ...

    async def remove_style(self, guild_id: int, name: str, by: int | None, now: datetime) -> Style | None:
        """Answers the style that was removed; None where there is none."""
        ...
