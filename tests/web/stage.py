"""The port with all that is behind it in a deployment, but for the database and Replicate."""

import asyncio
import json
from collections.abc import Sequence
from typing import cast

from pydantic import SecretStr

from bot.domain.errors import StoreUnavailable
from bot.domain.prediction import Prediction
from bot.metrics.exposition import Metrics
from bot.service.deliveries import Deliveries
from bot.web.clients import Network
from bot.web.limits import AddressLimit
from bot.web.probes import Probes
from bot.web.secrets import WebhookSecrets
from bot.web.server import WebServer
from bot.web.webhook import ReplicateWebhook
from tests.clocks import NOON, ManualClock
from tests.signing import signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
JOB = "0123456789abcdef"
PATH = f"/webhooks/replicate/{JOB}"
NEWS = json.dumps({"id": "q3xk1m", "status": "succeeded", "output": ["https://replicate.delivery/a.webp"]}).encode()


class Heard:
    """Takes deliveries, as `Deliveries` does. With `trouble` the database is out of reach."""

    def __init__(self) -> None:
        self.news: list[tuple[str, str, Prediction]] = []
        self.asked_for: list[str] = []
        self.asked = asyncio.Semaphore(0)  # has a token for each of them
        self.trouble = False

    async def receive(self, webhook_id: str, job_id: str, prediction: Prediction) -> bool:
        self.news.append((webhook_id, job_id, prediction))
        return True

    async def account_of(self, job_id: str) -> str | None:
        self.asked_for.append(job_id)
        self.asked.release()
        if self.trouble:
            raise StoreUnavailable
        return None


def delivered(body: bytes = NEWS, *, webhook_id: str = "msg_1") -> dict[str, str]:
    """The headers that Replicate sends with it, by the clock of this stage."""
    return signed(SECRET, body, webhook_id=webhook_id, at=NOON.timestamp())


def web_server(
    heard: Heard, *, trusted_proxies: Sequence[Network] = (), limit: AddressLimit | None = None, port: int = 0
) -> WebServer:
    """On the loopback."""
    clock = ManualClock()

    async def secret(_account: str) -> SecretStr:
        return SecretStr(SECRET)

    async def well() -> str | None:
        return None

    webhook = ReplicateWebhook(
        cast("Deliveries", heard), WebhookSecrets(heard.account_of, secret, clock), clock, Metrics().meter
    )
    routes = [*Probes({"database": well}).routes(), *webhook.routes()]
    return WebServer(routes, host="127.0.0.1", port=port, trusted_proxies=trusted_proxies, limit=limit)
