"""How the deployment stands, in the few figures that tell whether it needs its operator."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.catalog import MicroDollars


@dataclass(frozen=True, slots=True)
class VitalSigns:
    spent_today: MicroDollars  # committed on the operator's account since midnight, UTC
    spent_this_month: MicroDollars
    out_of_credit: bool  # the operator's account is closed for it
    waiting: int  # jobs whose turn has not come, on accounts that take any
    waiting_since: datetime | None  # of the one that waits longest, of those whose member has none under way
    unheard: int  # the latest runs in a row whose end a webhook was to tell; 0 where one came since they were submitted


class Vitals(Protocol):
    async def read(self, now: datetime) -> VitalSigns:
        """May raise `StoreUnavailable` of `bot.domain.errors`."""
        ...
