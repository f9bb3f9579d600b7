"""The nightly reconciliation: once for the whole deployment, and told where there is something to tell."""

from datetime import UTC, date, datetime, time, timedelta

import structlog

from bot.domain.audit import Difference
from bot.domain.errors import StoreUnavailable
from bot.service.audit import Audit
from bot.service.ports import Bulletins, Clock, Occasion, Occasions, TryLater, Undeliverable

_log = structlog.get_logger(__name__)

QUIET = time(2)
"""UTC; the night's first moment. Deployments spread over the two hours that follow."""

SPREAD = timedelta(hours=2)

LOOKS_BACK = timedelta(days=3)
"""Further than to the night before: one may be missed, and a job takes a day to be delivered where Discord is down."""

PATIENCE = timedelta(hours=1)
"""How long one page of Replicate's list is asked for again."""

LEASE = timedelta(hours=6)
"""How long a night's reconciliation may take until another process takes it for given up."""

RECONCILIATION, DIFFERENCE = "reconciliation ", "difference "
"""What the names of the occasions begin with; the night follows, or the difference's key."""

REPORT_TRIES = 5
RETRY_SECONDS = 60.0


class NightlyAudit:
    """`seed` spreads deployments over the night, so that they don't ask Replicate all at once."""

    def __init__(self, audit: Audit, occasions: Occasions, bulletins: Bulletins, clock: Clock, *, seed: bytes) -> None:
        self._audit = audit
        self._occasions = occasions
        self._bulletins = bulletins
        self._clock = clock
        self._offset = SPREAD * (int.from_bytes(seed[:4], "big") / 2**32)

    async def run(self) -> None:
        """Reconcile every night, until canceled."""
        while True:
            due = self._next(self._clock.now())
            while (left := (due - self._clock.now()).total_seconds()) > 0:
                await self._clock.sleep(left)
            try:
                await self.reconcile(due.date())
            except StoreUnavailable as error:
                _log.error("the books could not be reconciled tonight", error=repr(error))

    async def reconcile(self, night: date) -> None:
        """Reconcile for that night, unless that is done or being done. Raises `StoreUnavailable` of
        `bot.domain.errors`."""
        occasion = f"{RECONCILIATION}{night}"
        if await self._occasions.claim(occasion, self._clock.now(), LEASE) is not Occasion.OURS:
            return
        report = await self._audit.reconcile(self._clock.now() - LOOKS_BACK)
        news = [each for each in report.news if await self._is_new(each)]
        for each in news:
            _log.error(
                "the books and Replicate differ",
                kind=each.kind.value,
                account=each.account,
                job=each.job_id,
                prediction=each.prediction_id,
                status=each.status.value if each.status else None,
                captured=each.captured,
            )
        if news:
            await self._tell(night, news)
        for name in (*map(_occasion_of, news), occasion):
            await self._occasions.done(name)
        _log.info(
            "the books are reconciled",
            predictions=report.predictions,
            new_differences=len(news),
            known_differences=len(report.differences) - len(news),
            not_ours=sum(report.other_uses.values()),
            accounts_left_out=sorted(report.unlisted),
        )

    async def _is_new(self, difference: Difference) -> bool:
        """Whether no night has told of it yet."""
        return await self._occasions.claim(_occasion_of(difference), self._clock.now(), LEASE) is Occasion.OURS

    async def _tell(self, night: date, news: list[Difference]) -> None:
        """The log has them, so this is given up where it is too hard."""
        for _ in range(REPORT_TRIES):
            try:
                await self._bulletins.report_differences(night, news)
            except TryLater:
                await self._clock.sleep(RETRY_SECONDS)
            except Undeliverable as error:
                _log.error("the log channel can't be written to", error=repr(error.__cause__ or error))
                return
            else:
                return
        _log.error("the log channel could not be written to")

    def _next(self, now: datetime) -> datetime:
        tonight = datetime.combine(now.date(), QUIET, UTC) + self._offset
        return tonight if now < tonight else tonight + timedelta(days=1)


def _occasion_of(difference: Difference) -> str:
    return f"{DIFFERENCE}{difference.key}"
