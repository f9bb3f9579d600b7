"""How somebody stands in a guild at Discord, as a port."""

from datetime import datetime
from typing import Protocol


class Membership(Protocol):
    async def timed_out_until(self, guild_id: int, member_id: int) -> datetime | None:
        """Until when the guild has timed the member out; None where it hasn't, where they have left, and where it
        can't be told: the bot isn't in the guild, or Discord doesn't answer in time. Never raises."""
        ...
