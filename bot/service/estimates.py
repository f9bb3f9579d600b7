"""How long such jobs take here, learned from those that ran."""

from datetime import datetime, timedelta
from math import ceil

from bot.domain.errors import StoreUnavailable
from bot.domain.request import ImageRequest
from bot.service.ports import Clock, Store

LEAST_SAMPLES = 20
MOST_SAMPLES = 200
QUANTILE = 0.75
"""Three of four jobs are there by the time that the card names."""

DEFAULT_SECONDS = {"low": 15.0, "medium": 30.0, "high": 60.0, "xhigh": 90.0, "max": 150.0, "auto": 60.0}
"""What a card names until `LEAST_SAMPLES` such jobs have run: a first guess by quality, not a measurement."""

DEFAULT_SECONDS_PER_FURTHER_PICTURE = 5.0

_KEPT_FOR = timedelta(minutes=1)


class Estimates:
    """Run times by model, quality and count; each is looked up in the store at most once a minute."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._known: dict[tuple[str, str, int], tuple[datetime, float]] = {}

    async def run_seconds(self, request: ImageRequest) -> float:
        """Seconds from submit to end that `QUANTILE` of such jobs stayed within; a guess where that can't be known."""
        key = (request.model, request.quality, request.count)
        now = self._clock.now()
        known = self._known.get(key)
        if known is None or now - known[0] > _KEPT_FOR:
            try:
                known = now, await self._measure(*key)
            except StoreUnavailable:
                return _guess(request.quality, request.count)
            self._known[key] = known
        return known[1]

    async def _measure(self, model: str, quality: str, count: int) -> float:
        samples = sorted(await self._store.run_seconds(model, quality, count, MOST_SAMPLES))
        if len(samples) < LEAST_SAMPLES:
            return _guess(quality, count)
        return samples[ceil(QUANTILE * len(samples)) - 1]


def _guess(quality: str, count: int) -> float:
    return DEFAULT_SECONDS[quality] + (count - 1) * DEFAULT_SECONDS_PER_FURTHER_PICTURE
