"""What a verified webhook delivery does: it wakes the job that it is about."""

from bot.domain.prediction import Prediction
from bot.service.endings import Endings
from bot.service.ports import Clock, Store


class Deliveries:
    def __init__(self, store: Store, endings: Endings, clock: Clock) -> None:
        self._store = store
        self._endings = endings
        self._clock = clock

    async def receive(self, webhook_id: str, job_id: str, prediction: Prediction) -> bool:
        """Pass the news on; False for a delivery that was received before.

        The news is told first: it is a hint that may be repeated, and a delivery that was recorded but not told would
        be lost with the process.
        """
        self._endings.tell(prediction, job_id)
        return await self._store.received(webhook_id, self._clock.now())
