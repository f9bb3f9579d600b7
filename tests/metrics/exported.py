"""All metrics that the program can export, without a process: from the same registry, with states made up."""

from dataclasses import replace
from datetime import UTC, datetime

from bot.domain.account import Vendor
from bot.domain.audit import DifferenceKind
from bot.domain.job import JobStatus
from bot.metrics.deployment import Ceilings, DeploymentCollector
from bot.metrics.exposition import Metrics
from bot.metrics.process import GatewayState, ProcessState
from bot.service.clock import SystemClock
from bot.service.ports import DeploymentFigures, Received
from tests.metrics.scrape import Scrape
from tests.storage.examples import a_job

JOB = a_job()

FIGURES = DeploymentFigures(
    jobs={JobStatus.RUNNING: 1},
    waiting=2,
    oldest_wait=3.0,
    held=4_000_000,
    committed_today=5_000_000,
    committed_this_month=6_000_000,
    processes=7,
    closed_accounts={True: 0, False: 1},
    reconciled_at=datetime(2026, 11, 23, tzinfo=UTC),
    new_differences={DifferenceKind.STRAY: 8},
    database_bytes=9,
)


class Steady:
    """Figures that never change."""

    async def figures(self, now: datetime) -> DeploymentFigures:
        return FIGURES


async def exported() -> Scrape:
    metrics = Metrics()

    async def blobs() -> int:
        return 10

    metrics.watch(
        ProcessState("1", "all", True, lambda: 0, lambda: 0, lambda: GatewayState(True, 0.1, 900)),
        DeploymentCollector(Steady(), blobs, Ceilings(day=1, month=2), SystemClock()),
    )
    # What has no sample before something happens.
    metrics.meter.answered("application_command", 0.1)
    metrics.meter.responded("discord", 200)
    metrics.meter.received(Received.ACCEPTED, 1.0)
    metrics.meter.admitted(JOB)
    metrics.meter.settled(replace(JOB, status=JobStatus.SUCCEEDED, cost=1, pictures=1))
    with metrics.calls.measured(Vendor.REPLICATE, "create"):
        pass
    body, _ = await metrics.expose("")
    return Scrape.of(body.decode())
