"""How the whole deployment stands, told by each of its processes alike."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from time import monotonic

import structlog
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from bot.domain.audit import DifferenceKind
from bot.domain.catalog import DOLLAR, MicroDollars
from bot.domain.errors import StoreUnavailable
from bot.domain.job import JobStatus
from bot.service.ports import Clock, DeploymentFigures, Figures

_log = structlog.get_logger(__name__)

FRESH_SECONDS = 5.0
"""For how long figures are told again, however many ask."""

BLOBS_FRESH_SECONDS = 60.0
"""The same for the size of kept pictures, for which every file is looked at."""

PATIENCE = 4.0
"""Seconds that a scrape waits for the database: less than Prometheus waits for a scrape."""


@dataclass(frozen=True, slots=True)
class Ceilings:
    """What all members together may spend on the operator's account; None where there is no ceiling."""

    day: MicroDollars
    month: MicroDollars | None


class DeploymentCollector:
    """Tells the figures that `refresh` found. While the database can't be asked, there are none but that.

    `fresh` is for how many seconds they are told again, `patience` for how many the database is waited for.
    """

    def __init__(
        self,
        figures: Figures,
        blobs_size: Callable[[], Awaitable[int]],
        ceilings: Ceilings,
        clock: Clock,
        *,
        fresh: float = FRESH_SECONDS,
        patience: float = PATIENCE,
    ) -> None:
        self._figures = figures
        self._blobs_size = blobs_size
        self._ceilings = ceilings
        self._clock = clock
        self._fresh = fresh
        self._patience = patience
        self._turn = asyncio.Lock()
        self._found: DeploymentFigures | None = None
        self._found_at: float | None = None
        self._blobs: int | None = None
        self._blobs_at: float | None = None

    async def refresh(self) -> None:
        """Ask the database, unless it was asked just now. It takes a few seconds at most, and raises nothing."""
        async with self._turn:
            if self._found_at is not None and monotonic() - self._found_at < self._fresh:
                return
            try:
                async with asyncio.timeout(self._patience):
                    self._found = await self._figures.figures(self._clock.now())
                    if self._blobs_at is None or monotonic() - self._blobs_at >= BLOBS_FRESH_SECONDS:
                        self._blobs, self._blobs_at = await self._blobs_size(), monotonic()
            except (StoreUnavailable, TimeoutError):
                self._found = None
            except Exception:  # noqa: BLE001 # the metrics of the process are worth more than these
                _log.exception("the deployment's figures can't be told")
                self._found = None
            self._found_at = monotonic()

    def collect(self) -> Iterable[Metric]:
        found = self._found
        yield GaugeMetricFamily(
            "easel_database_up", "1 where the database answered this process in time.", int(found is not None)
        )
        if found is None:
            return
        yield _by(
            "jobs",
            "Jobs that haven't ended, by status.",
            "status",
            {each.value: found.jobs.get(each, 0) for each in JobStatus if not each.ended},
        )
        yield _gauge("jobs_waiting", "Jobs that wait for their turn.", found.waiting)
        yield _gauge(
            "oldest_wait_seconds", "How long the first of these has waited; 0 where none does.", found.oldest_wait or 0
        )
        yield _gauge("held_dollars", "US dollars that are held for jobs on the operator's account.", _usd(found.held))
        yield _by(
            "committed_dollars",
            "US dollars spent or held on the operator's account, in this day and month (UTC).",
            "period",
            {"day": _usd(found.committed_today), "month": _usd(found.committed_this_month)},
        )
        yield _by("spend_ceiling_dollars", "What they may come to.", "period", self._ceilings_usd())
        yield _gauge("processes", "Processes that work on jobs.", found.processes)
        yield _by(
            "closed_accounts",
            "Accounts at Replicate that take no creates, out of credit for example.",
            "account",
            {"operator" if own else "guild": number for own, number in found.closed_accounts.items()},
        )
        yield from _of_reconciliation(found)
        yield _gauge("database_bytes", "What the database takes.", found.database_bytes)
        if self._blobs is not None:
            yield _gauge("blobs_bytes", "What kept pictures take, as of the last minute.", self._blobs)

    def _ceilings_usd(self) -> Mapping[str, float]:
        set_ = {"day": self._ceilings.day, "month": self._ceilings.month}
        return {period: _usd(amount) for period, amount in set_.items() if amount is not None}


def _of_reconciliation(found: DeploymentFigures) -> Iterable[Metric]:
    if found.reconciled_at is None:
        return
    yield _gauge(
        "reconciled_timestamp_seconds",
        "When the ledger was last compared with Replicate's list by night, in Unix time; absent before the first.",
        found.reconciled_at.timestamp(),
    )
    yield _by(
        "ledger_differences",
        "Differences that this comparison found, and none before it.",
        "kind",
        {each.value: found.new_differences.get(each, 0) for each in DifferenceKind},
    )


def _gauge(name: str, what: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"easel_deployment_{name}", _of_all(what), value)


def _by(name: str, what: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(f"easel_deployment_{name}", _of_all(what), labels=[label])
    for value, number in values.items():
        family.add_metric([value], number)
    return family


def _of_all(what: str) -> str:
    return f"{what} Every process tells the same: take the max, not the sum."


def _usd(amount: MicroDollars) -> float:
    return amount / DOLLAR
