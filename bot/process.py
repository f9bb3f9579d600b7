"""One process of Easel, from its start to its stop."""

import asyncio
import os
import secrets
import socket
from collections.abc import Coroutine, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any

import structlog

from bot.chat.client import EaselClient
from bot.domain.account import OPERATOR
from bot.domain.errors import BadToken, EaselError
from bot.metrics.deployment import Ceilings
from bot.metrics.exposition import Metrics
from bot.metrics.process import GatewayState, ProcessState
from bot.replicate.client import ReplicateClient
from bot.service.deliveries import Deliveries
from bot.service.dispatch import Dispatch
from bot.service.ports import AnswerLost, Clock, Meter, NeverSent, Received
from bot.service.token_watch import WatchedPredictions
from bot.service.watch import Alarm
from bot.settings import Settings
from bot.storage.store import SqlStore
from bot.web.metrics import MetricsEndpoint
from bot.web.probes import Check, Probes
from bot.web.secrets import WebhookSecrets
from bot.web.server import WebServer
from bot.web.webhook import ReplicateWebhook

_log = structlog.get_logger(__name__)

STEP_SECONDS = 8.0
"""How long a stop waits for steps that should not be cut off; all of it takes less than 10 s."""


class App:
    """One process of Easel. Made by `bot.app.open_app`; `start` and `stop` frame its work.

    `rounds` go on from the start to the stop.
    """

    def __init__(
        self,
        *,
        client: EaselClient,
        store: SqlStore,
        replicate: ReplicateClient,
        watched: WatchedPredictions,
        dispatch: Dispatch,
        web: WebServer | None,
        metrics: WebServer | None,
        rounds: list[Coroutine[Any, Any, None]],
    ) -> None:
        self.client = client
        self.store = store
        self.replicate = replicate
        self._watched = watched
        self.dispatch = dispatch
        self.web = web
        self.metrics = metrics
        self.rounds = rounds
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the port, if one was asked for, and begin to work through the jobs: first what a restart found."""
        if self.web is not None:
            await self.web.start()
            _log.info("listening", port=self.web.port)
        if self.metrics is not None:
            await self.metrics.start()
            _log.info("metrics are served", port=self.metrics.port)
        self._tasks = [asyncio.create_task(each) for each in (self.dispatch.run(), *self.rounds)]
        self.rounds = []

    async def stop(self) -> None:
        """Take no new work, let no step be cut off in its middle, and leave the rest for the next start."""
        if self._tasks:
            _log.info("stopping")
            await self.dispatch.stop(STEP_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in self.rounds:
            each.close()
        for server in (self.web, self.metrics):
            if server is not None:
                await server.close()

    async def check_replicate(self) -> EaselError | None:
        """Whether Replicate takes the token; answers `BadToken` where it doesn't. Not to be reached is no answer."""
        try:
            with self._watched.watched(OPERATOR):
                await self.replicate.check_account(OPERATOR)
        except BadToken as refused:
            return refused
        except (NeverSent, AnswerLost, EaselError) as error:
            _log.warning("Replicate could not be asked about the token", error=repr(error))
        return None


def process_name() -> str:
    """A name that was never used before and never is again."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def web_server(
    settings: Settings,
    checks: Mapping[str, Check],
    client: EaselClient,
    replicate: ReplicateClient,
    deliveries: Deliveries,
    *,
    clock: Clock,
    meter: Meter,
) -> WebServer | None:
    """With probes, and for Replicate's webhooks; None where no port was asked for."""
    if settings.http_port is None:
        return None

    async def discord_connected() -> str | None:
        return client.trouble

    if settings.easel_role.listens:
        checks = {**checks, "discord": discord_connected}
    probes = Probes(checks)
    webhook = ReplicateWebhook(
        deliveries, WebhookSecrets(deliveries.account_of, replicate.webhook_secret, clock), clock, meter
    )
    return WebServer(
        [*probes.routes(), *webhook.routes()],
        host=settings.http_host,
        port=settings.http_port,
        trusted_proxies=settings.http_trusted_proxies,
        limited=partial(meter.received, Received.LIMITED),
    )


def metrics_server(settings: Settings, metrics: Metrics) -> WebServer | None:
    """For Prometheus, at a port of its own; None where none was asked for."""
    if settings.metrics_port is None:
        return None
    endpoint = MetricsEndpoint(metrics.expose)
    return WebServer(endpoint.routes(), host=settings.metrics_host, port=settings.metrics_port)


def process_state(settings: Settings, client: EaselClient, dispatch: Dispatch, alarm: Alarm) -> ProcessState:
    """What the metrics tell of this process."""

    def gateway() -> GatewayState:
        return GatewayState(client.trouble is None, client.latency, client.session_starts_remaining)

    return ProcessState(
        version=version("easel"),
        role=settings.easel_role.value,
        webhooks=settings.public_url is not None,
        jobs=lambda: dispatch.jobs,
        database_troubles=lambda: alarm.rings,
        gateway=gateway if settings.easel_role.listens else None,
    )


def ceilings_of(settings: Settings) -> Ceilings:
    return Ceilings(settings.daily_spend, settings.monthly_spend)
