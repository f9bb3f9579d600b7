"""How one process is: whether it turns over, is connected, and has trouble with its database."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isfinite

from prometheus_client import CollectorRegistry, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily
from prometheus_client.metrics_core import Metric

LAG_SECONDS = 0.1
"""How often the event loop is tried, which takes 0.2 % of a core: what blocks it for longer is always seen."""

LONGEST_LAG = 60.0
"""Seconds of a lag that are told of; a process that was frozen may have one of hours."""

LAG_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


@dataclass(frozen=True, slots=True)
class GatewayState:
    """A process' connection to Discord's gateway."""

    connected: bool
    latency: float | None  # seconds between the last heartbeat and its acknowledgement; None before the first
    session_starts_remaining: int | None  # of the day's; None before Discord has told


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What is asked at each scrape. `gateway` is None in a process that has none; `webhooks`: Replicate is told to
    call."""

    version: str
    role: str
    webhooks: bool
    jobs: Callable[[], int]
    database_troubles: Callable[[], int]
    gateway: Callable[[], GatewayState] | None


class ProcessCollector:
    """Asks for the state of the process as it is scraped."""

    def __init__(self, state: ProcessState) -> None:
        self._state = state

    def collect(self) -> Iterable[Metric]:
        state = self._state
        labels = {"version": state.version, "role": state.role}
        yield InfoMetricFamily("easel_build", "The version that runs, and the process' role.", labels)
        yield GaugeMetricFamily("easel_jobs_owned", "Jobs that this process works on.", state.jobs())
        yield GaugeMetricFamily(
            "easel_webhooks_expected", "1 where PUBLIC_URL is set, so that Replicate calls.", int(state.webhooks)
        )
        yield CounterMetricFamily(
            "easel_database_troubles",
            "Transactions that failed for the database's own state: locked, full, out of reach.",
            state.database_troubles(),
        )
        if state.gateway is not None:
            yield from _of_gateway(state.gateway())


def _of_gateway(gateway: GatewayState) -> Iterable[Metric]:
    yield GaugeMetricFamily(
        "easel_gateway_connected", "1 while this process hears of interactions.", int(gateway.connected)
    )
    if gateway.latency is not None and isfinite(gateway.latency):
        yield GaugeMetricFamily(
            "easel_gateway_latency_seconds", "From a heartbeat to its acknowledgement.", gateway.latency
        )
    if gateway.session_starts_remaining is not None:
        yield GaugeMetricFamily(
            "easel_gateway_session_starts_remaining",
            "IDENTIFYs that Discord had left for the day when it was last asked: the application's, so take the min.",
            gateway.session_starts_remaining,
        )


class LoopLag:
    """Measures how much later than asked for the event loop comes back.

    While it is blocked it can't be tried, and what would have come due at each of the times left out would have waited,
    too: these waits are counted along. So a quantile is that of all waits, however many fall into one block.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lag = Histogram(
            "easel_event_loop_lag_seconds",
            f"How much later than asked for the event loop came back, for what was due every {LAG_SECONDS} s.",
            buckets=LAG_BUCKETS,
            registry=registry,
        )

    async def run(self) -> None:
        """Measure until canceled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + LAG_SECONDS
            await asyncio.sleep(LAG_SECONDS)
            lag = min(max(loop.time() - due, 0.0), LONGEST_LAG)
            self._lag.observe(lag)
            while (lag := lag - LAG_SECONDS) > 0:
                self._lag.observe(lag)
