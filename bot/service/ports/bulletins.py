"""What the bot says by itself in a channel, to nobody's request."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from bot.domain.audit import Difference
from bot.domain.quota import Allowance
from bot.service.ports.books import Statement


@dataclass(frozen=True, slots=True)
class MonthlySummary:
    """What a guild has used in a month, against its budget as it is now."""

    guild_id: int
    month: date  # its first day, in the guild's calendar
    statement: Statement
    budget: Allowance


class Bulletins(Protocol):
    """Each is a message of its own. The same one sent again within a few minutes makes no second.

    Any method may raise `Undeliverable` where the channel is gone or closed to the bot, and `TryLater`, which is also
    what comes of a call that hangs.
    """

    async def report_differences(self, night: date, differences: Sequence[Difference]) -> None:
        """Tell the operators in their log channel; nobody, where there is none."""
        ...

    async def post_summary(self, channel_id: int, summary: MonthlySummary) -> None: ...
