"""Reconciliation of the books with Replicate's list of predictions. It reads and reports; it changes nothing.

Only a few minutes' predictions are held at a time: the list comes by the page, newest first, and the jobs are gone
through beside it, in the same direction.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.domain.account import OPERATOR
from bot.domain.audit import BookedRun, Difference, Ownership, absent, compare, overdue, unfounded, unowned
from bot.domain.catalog import CATALOG
from bot.domain.errors import BadToken, EaselError, StoreUnavailable
from bot.domain.fairness import PATIENCE
from bot.domain.job import JobStatus
from bot.domain.moderation import LONGEST_REVIEW
from bot.domain.prediction import Prediction
from bot.service.fulfilment import LATE_SECONDS
from bot.service.ports import (
    AnswerLost,
    Clock,
    NeverSent,
    PredictionNotFound,
    Predictions,
    RunBooks,
    RunPosition,
    Throttled,
)
from bot.service.recovery import LONGEST_LOOK
from bot.service.results import DELIVERY_PATIENCE
from bot.service.sweep import CLOCK_SKEW

_log = structlog.get_logger(__name__)

SETTLED = LONGEST_LOOK + timedelta(minutes=5)
"""The age below which a run that no job owns may still find its job, and a job its run."""

REMEMBERED = timedelta(minutes=10)
"""How far the time of a job's submission and that of its run may be apart before the run is looked up by its id."""

MOST_AT_ONCE = 200

RETRY_SECONDS = 5.0

_SLACK = timedelta(minutes=15)
_UNDER_WAY = LONGEST_LOOK + 2 * timedelta(seconds=LATE_SECONDS) + _SLACK

STATUS_PATIENCE: Mapping[JobStatus, timedelta] = {
    JobStatus.STAGING: PATIENCE + _SLACK,
    JobStatus.REQUEST_REVIEW: PATIENCE + LONGEST_REVIEW + _SLACK,
    JobStatus.QUEUED: PATIENCE + _SLACK,
    JobStatus.SUBMITTING: _UNDER_WAY,
    JobStatus.RUNNING: _UNDER_WAY,
    JobStatus.RESULT_REVIEW: _UNDER_WAY + LONGEST_REVIEW,
    JobStatus.DELIVERING: DELIVERY_PATIENCE + _SLACK,
}
"""How long a job may take to leave a status, beside its run's own `cancel_after`."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What was compared, and what differs. `other_uses` are runs by other programs or people, by account and model;
    `unlisted` says why an account could not be gone through, or not to the end."""

    since: datetime
    until: datetime
    predictions: int
    differences: Sequence[Difference]
    other_uses: Mapping[tuple[str, str], int]
    unlisted: Mapping[str, str]

    @property
    def news(self) -> Sequence[Difference]:
        """The differences that weren't known before."""
        return [each for each in self.differences if not each.known]


class Audit:
    """`webhook_base` is where Replicate is told to call; `patience` is how long a page is asked for again."""

    def __init__(
        self, books: RunBooks, predictions: Predictions, clock: Clock, *, webhook_base: str | None, patience: timedelta
    ) -> None:
        self._books = books
        self._predictions = predictions
        self._clock = clock
        self._webhook_base = webhook_base
        self._patience = patience

    async def reconcile(self, since: datetime) -> AuditReport:
        """Compare what was submitted and run since then.

        What is younger than `SETTLED` is compared only where both sides know it already. Raises `StoreUnavailable` of
        `bot.domain.errors`; trouble with Replicate ends up in the report.
        """
        found = _Found(self._clock.now())
        accounts = await self._books.accounts(since)
        for account in [OPERATOR, *(each for each in accounts if each != OPERATOR)]:
            try:
                await self._account(account, since, found)
            except StoreUnavailable:
                raise
            except (NeverSent, AnswerLost, EaselError) as error:
                _log.warning("an account's predictions can't be gone through", account=account, error=repr(error))
                refused = isinstance(error, BadToken)
                found.unlisted[account] = "its token is refused, or gone" if refused else repr(error)
        await self._unfinished(found)
        return AuditReport(
            since=since,
            until=found.now,
            predictions=found.predictions,
            differences=sorted(found.differences.values(), key=lambda each: (each.at, each.key)),
            other_uses=found.other_uses,
            unlisted=found.unlisted,
        )

    async def _account(self, account: str, since: datetime, found: "_Found") -> None:
        ownership = Ownership(frozenset(CATALOG), self._webhook_base, is_operators=account == OPERATOR)
        seen: dict[str, datetime] = {}
        upper = found.now - SETTLED
        async for page in self._pages(account, since):
            await self._page(account, page, ownership, found)
            times = {each.id: each.created_at or found.now for each in page}
            seen |= times
            # A job that was submitted later than that, and runs, has its run on this page or on one before.
            lower = min(times.values(), default=found.now) + CLOCK_SKEW
            if lower < upper:
                await self._jobs(account, lower, upper, seen, found)
                upper = lower
            seen = {each: at for each, at in seen.items() if at < upper + REMEMBERED}
        lower = since + CLOCK_SKEW  # the run of one submitted before may have been created before `since`
        if lower < upper:
            await self._jobs(account, lower, upper, seen, found)

    async def _pages(self, account: str, since: datetime) -> AsyncIterator[Sequence[Prediction]]:
        """The predictions of the account, newest first. A page that can't be had is asked for again, and the list goes
        on from there."""
        cursor: str | None = None
        cursors: set[str] = set()
        began = self._clock.now()
        while True:
            try:
                page = await self._predictions.page(account, since, cursor)
            except (NeverSent, AnswerLost) as error:
                pause = error.retry_after if isinstance(error, Throttled) else RETRY_SECONDS
                if self._clock.now() - began + timedelta(seconds=pause) > self._patience:
                    raise
                await self._clock.sleep(pause)
                continue
            yield page.results
            if page.cursor is None:
                return
            if page.cursor in cursors:
                raise AnswerLost("the list goes in circles")
            cursors.add(page.cursor)
            cursor = page.cursor
            began = self._clock.now()

    async def _page(self, account: str, page: Sequence[Prediction], ownership: Ownership, found: "_Found") -> None:
        ids = [each.id for each in page]
        owned = await self._books.of_predictions(ids)
        strays = await self._books.strays(ids)
        for prediction in page:
            at = prediction.created_at or found.now
            found.predictions += 1
            run = owned.get(prediction.id)
            if run is None:
                if prediction.id in strays:
                    found.add(unowned(prediction, account, at, stray=True))
                elif not ownership.ours(prediction):
                    found.other_uses[account, prediction.model] += 1
                elif found.now - at >= SETTLED:
                    found.add(unowned(prediction, account, at, stray=False))
            else:  # of whichever account: two tokens of one account at Replicate see each other's runs
                found.add(*compare(run, prediction, found.now))

    async def _jobs(
        self, account: str, start: datetime, end: datetime, seen: Mapping[str, datetime], found: "_Found"
    ) -> None:
        """Go through the jobs submitted in that time for those whose run wasn't on the list."""
        after: RunPosition | None = None
        while runs := await self._books.submitted(account, start, end, MOST_AT_ONCE, after):
            for run in runs:
                if run.prediction_id is None:
                    found.add(unfounded(run))
                elif run.prediction_id not in seen:
                    await self._look_up(run, run.prediction_id, found)
            last = runs[-1]
            after = RunPosition(last.submitted_at or last.created_at, last.job_id)

    async def _look_up(self, run: BookedRun, prediction_id: str, found: "_Found") -> None:
        try:
            prediction = await self._predictions.get(run.account, prediction_id)
        except PredictionNotFound:
            found.add(absent(run))
        else:
            found.add(*compare(run, prediction, found.now))

    async def _unfinished(self, found: "_Found") -> None:
        runs = await self._books.unfinished(found.now - min(STATUS_PATIENCE.values()), MOST_UNFINISHED)
        found.add(*(overdue(run, found.now, STATUS_PATIENCE) for run in runs))


MOST_UNFINISHED = 10_000
"""Jobs. More than these are not left unfinished by one mistake."""


class _Found:
    def __init__(self, now: datetime) -> None:
        self.now = now
        self.predictions = 0
        self.differences: dict[str, Difference] = {}  # by their keys, since accounts can share a list
        self.other_uses: Counter[tuple[str, str]] = Counter()
        self.unlisted: dict[str, str] = {}

    def add(self, *differences: Difference | None) -> None:
        self.differences |= {each.key: each for each in differences if each is not None}
