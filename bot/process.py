"""One process of Easel, from its start to its stop."""

import asyncio
import os
import secrets
import socket
from collections.abc import Coroutine, Mapping
from typing import Any

import structlog

from bot.chat.client import EaselClient
from bot.domain.account import OPERATOR
from bot.domain.errors import BadToken, EaselError
from bot.replicate.client import ReplicateClient
from bot.service.deliveries import Deliveries
from bot.service.dispatch import Dispatch
from bot.service.ports import AnswerLost, Clock, NeverSent
from bot.settings import Settings
from bot.storage.store import SqlStore
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
        dispatch: Dispatch,
        web: WebServer | None,
        rounds: list[Coroutine[Any, Any, None]],
    ) -> None:
        self.client = client
        self.store = store
        self.replicate = replicate
        self.dispatch = dispatch
        self.web = web
        self.rounds = rounds
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open the port, if one was asked for, and begin to work through the jobs: first what a restart found."""
        if self.web is not None:
            await self.web.start()
            _log.info("listening", port=self.web.port)
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
        if self.web is not None:
            await self.web.close()

    async def check_replicate(self) -> EaselError | None:
        """Whether Replicate takes the token; answers `BadToken` where it doesn't. Not to be reached is no answer."""
        try:
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
        deliveries, WebhookSecrets(deliveries.account_of, replicate.webhook_secret, clock), clock
    )
    return WebServer([*probes.routes(), *webhook.routes()], host=settings.http_host, port=settings.http_port)
