"""How long such jobs take here and what they cost, learned from those that ran."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from statistics import median_high
from typing import TypeAlias

from bot.domain.account import Billing
from bot.domain.catalog import MicroDollars
from bot.domain.errors import StoreUnavailable
from bot.domain.job import Job
from bot.domain.request import ImageRequest
from bot.service.ports import Clock, Sample, Store

LEAST_SAMPLES = 20
MOST_SAMPLES = 200
QUANTILE = 0.75
"""Three of four jobs are there by the time that the card names."""

DEFAULT_SECONDS = {"low": 15.0, "medium": 30.0, "high": 60.0, "xhigh": 90.0, "max": 150.0, "auto": 60.0}
"""What a card names until `LEAST_SAMPLES` such jobs have run: a first guess by quality, not a measurement."""

DEFAULT_SECONDS_PER_FURTHER_PICTURE = 5.0

_KEPT_FOR = timedelta(minutes=1)

Guess: TypeAlias = Callable[[ImageRequest], float]
"""How many seconds a request may take, for as long as nothing is learned."""


def first_guess(request: ImageRequest) -> float:
    return DEFAULT_SECONDS[request.quality] + (request.count - 1) * DEFAULT_SECONDS_PER_FURTHER_PICTURE


@dataclass(frozen=True, slots=True)
class _Learned:
    at: datetime
    seconds: float | None = None
    costs: Mapping[Billing, MicroDollars] = field(default_factory=dict[Billing, MicroDollars])


class Estimates:
    """By model, quality and count; the store is asked for each at most once a minute."""

    def __init__(self, store: Store, clock: Clock, guess: Guess = first_guess) -> None:
        self._store = store
        self._clock = clock
        self._guess = guess
        self._known: dict[tuple[str, str, int], _Learned] = {}
        self._asking = asyncio.Lock()

    async def run_seconds(self, request: ImageRequest) -> float:
        """Seconds from submit to end that `QUANTILE` of such jobs stayed within; a guess where that can't be known."""
        learned = await self._learn(request)
        return self._guess(request) if learned.seconds is None else learned.seconds

    async def cost(self, job: Job) -> MicroDollars:
        """What half of such jobs, billed in the same way, did cost at most; the job's hold where that isn't known, or
        where it is more."""
        learned = await self._learn(job.request)
        return min(learned.costs.get(job.billing, job.hold), job.hold)

    async def _learn(self, request: ImageRequest) -> _Learned:
        key = (request.model, request.quality, request.count)
        if known := self._fresh(key):
            return known
        async with self._asking:  # one for all who would know the same, as thousands do after a restart
            if known := self._fresh(key):
                return known
            now = self._clock.now()
            try:
                samples = await self._store.samples(*key, MOST_SAMPLES)
            except StoreUnavailable:
                return _Learned(now)  # which is asked for again the next time
            learned = self._known[key] = _Learned(now, _seconds(samples), _costs(samples))
            return learned

    def _fresh(self, key: tuple[str, str, int]) -> _Learned | None:
        known = self._known.get(key)
        return known if known is not None and self._clock.now() - known.at <= _KEPT_FOR else None


def _seconds(samples: Sequence[Sample]) -> float | None:
    if len(samples) < LEAST_SAMPLES:
        return None
    return sorted(each.run_seconds for each in samples)[ceil(QUANTILE * len(samples)) - 1]


def _costs(samples: Sequence[Sample]) -> Mapping[Billing, MicroDollars]:
    by_billing = {billing: [each.cost for each in samples if each.billing is billing] for billing in Billing}
    return {billing: median_high(costs) for billing, costs in by_billing.items() if len(costs) >= LEAST_SAMPLES}
