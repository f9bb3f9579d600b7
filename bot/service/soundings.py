"""Which of the deployment's figures need the operator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.catalog import DOLLAR, MicroDollars
from bot.domain.incident import Incident, IncidentKind
from bot.domain.quota import UsageLimits
from bot.service.ports import Clock, Vitals, VitalSigns

NEAR = 0.8
"""Of a ceiling on spending: from here on it is told of."""

TOLD_FOR = timedelta(days=35)
"""How long what is told of a period is known to have been told: a month, and then some."""

LONG_WAIT = timedelta(minutes=10)

UNHEARD = 5
"""Runs in a row without a webhook."""

LOW_DISK_SHARE, LOW_DISK = 0.05, 500_000_000
"""A disk is nearly full with less of it free than this share, or than so many bytes."""


_PERIODS = {
    "day": ("EASEL_DAILY_SPEND_USD", "midnight"),
    "month": ("EASEL_MONTHLY_SPEND_USD", "the first of next month"),
}
"""The setting and the end of each."""


@dataclass(frozen=True, slots=True)
class DiskSpace:
    """Of the disk that the data directory is on, in bytes."""

    path: str
    total: int
    free: int


class Soundings:
    """`ceilings` are the operator's own by day and month, `cheapest` is what a request costs at least. `disk` answers
    None where the disk isn't this process's to look after, or can't be asked; `host` tells whose it is."""

    def __init__(
        self,
        vitals: Vitals,
        clock: Clock,
        *,
        ceilings: UsageLimits,
        cheapest: MicroDollars,
        public_url: str | None,
        host: str,
        disk: Callable[[], DiskSpace | None],
    ) -> None:
        self._vitals = vitals
        self._clock = clock
        self._ceilings = ceilings
        self._cheapest = cheapest
        self._public_url = public_url
        self._host = host
        self._disk = disk

    async def look(self) -> Sequence[Incident]:
        """What is the case now. Raises `StoreUnavailable` of `bot.domain.errors`."""
        now = self._clock.now()
        signs = await self._vitals.read(now)
        found = (
            self._spending("day", f"{now:%Y-%m-%d}", signs.spent_today, self._ceilings.day.amount),
            self._spending("month", f"{now:%Y-%m}", signs.spent_this_month, self._ceilings.month.amount),
            _credit(signs),
            _queue(signs, now),
            self._webhooks(signs),
            self._full_disk(),
        )
        return [each for each in found if each is not None]

    def _spending(self, period: str, which: str, spent: MicroDollars, ceiling: MicroDollars | None) -> Incident | None:
        """Told once for each period at each mark, however the sums go up and down as runs end."""
        if not ceiling or spent < NEAR * ceiling:
            return None
        setting, begins = _PERIODS[period]
        reached = spent + self._cheapest > ceiling
        words = (
            f"${spent / DOLLAR:.2f} of the {period}'s ${ceiling / DOLLAR:.2f} are spent or held. "
            f"{'Requests are' if reached else 'What goes beyond that is'} refused until {begins} (UTC), unless you "
            f"raise {setting} and restart."
        )
        subject = f"{period} {which} {'100 %' if reached else '80 %'}"
        return Incident(IncidentKind.SPENDING, words, subject=subject, quiet=TOLD_FOR, passing=True)

    def _webhooks(self, signs: VitalSigns) -> Incident | None:
        if self._public_url is None or signs.unheard < UNHEARD:
            return None
        return Incident(
            IncidentKind.WEBHOOKS,
            f"None of the last {signs.unheard} runs was told of by a webhook; Easel had to ask Replicate for their "
            f"ends, so results come later. See that {self._public_url}/webhooks/replicate/ can be reached from the "
            "internet and leads to Easel's port; `easel doctor` looks at it, too.",
        )

    def _full_disk(self) -> Incident | None:
        disk = self._disk()
        if disk is None or disk.free >= max(disk.total * LOW_DISK_SHARE, LOW_DISK):
            return None
        free = f"{disk.free / 1_000_000_000:.1f} of {disk.total / 1_000_000_000:.1f} GB are free"
        return Incident(
            IncidentKind.DISK,
            f"On {self._host}, {free} where {disk.path} is. Free some space: without any, no request is taken.",
            subject=self._host,
        )


def _credit(signs: VitalSigns) -> Incident | None:
    if not signs.out_of_credit:
        return None
    return Incident(
        IncidentKind.NO_CREDIT,
        "Replicate takes no runs, since its account has no credit left. Requests wait for up to an hour. Top it up at "
        "https://replicate.com/account/billing; they go on by themselves within a minute.",
    )


def _queue(signs: VitalSigns, now: datetime) -> Incident | None:
    if signs.waiting_since is None or (waited := now - signs.waiting_since) < LONG_WAIT:
        return None
    return Incident(
        IncidentKind.QUEUE,
        f"{signs.waiting} requests wait, one of them for {waited // timedelta(minutes=1)} minutes; after an hour they "
        "are let go. See in the log whether Replicate refuses or slows down creates; if not, more may run at once: "
        "EASEL_MAX_IN_FLIGHT, EASEL_MAX_IN_FLIGHT_PER_GUILD, REPLICATE_CREATES_PER_MINUTE.",
    )
