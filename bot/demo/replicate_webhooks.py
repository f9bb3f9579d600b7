"""The webhooks that the stand-in for Replicate sends. Their signing is its own, so that it shares no bug with the
bot's verification."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from bot.domain.hosts import is_loopback
from bot.service.ports import Clock

RETRY_DELAYS = (2.0, 8.0, 20.0, 30.0)
"""Seconds between tries: the last one comes about a minute after the end, as Replicate's does."""

ANSWER_SECONDS = 10.0


@dataclass(slots=True)
class SentWebhook:
    """One try to deliver a webhook."""

    url: str
    event: str  # start or completed
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    status: int | None = None  # that it was answered with; None before, and where no answer came

    @property
    def prediction(self) -> dict[str, Any]:
        return json.loads(self.body)


def new_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()


class WebhookSender:
    """Sends webhooks in the background; each try is kept in `sent`."""

    def __init__(self, clock: Clock, retry_delays: Sequence[float], changed: Callable[[], None]) -> None:
        self.sent: list[SentWebhook] = []
        self._clock = clock
        self._retry_delays = retry_delays
        self._changed = changed
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    def send(self, url: str, event: str, prediction: Mapping[str, Any], secret: str) -> None:
        """Deliver the prediction as it is now, signed with `secret` (`whsec_…`). An end is tried again until it is
        answered with 2xx, a start is not.

        Nothing is sent beyond this machine.
        """
        if not is_loopback(urlsplit(url).hostname or ""):
            return
        body = json.dumps(prediction).encode()
        delays = self._retry_delays if event == "completed" else ()
        task = asyncio.create_task(self._deliver(url, event, body, secret, delays))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Drop what wasn't delivered."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    async def _deliver(self, url: str, event: str, body: bytes, secret: str, retry_delays: Sequence[float]) -> None:
        webhook_id = f"msg_{secrets.token_hex(12)}"
        for delay in (0.0, *retry_delays):
            if delay:
                await self._clock.sleep(delay)
            headers = {"Content-Type": "application/json"} | self._signed(webhook_id, body, secret)
            sent = SentWebhook(url, event, headers, body)
            self.sent.append(sent)
            sent.status = await self._post(sent)
            self._changed()
            if sent.status is not None and 200 <= sent.status < 300:
                return

    async def _post(self, webhook: SentWebhook) -> int | None:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS))
        try:
            async with self._session.post(
                webhook.url, data=BytesIO(webhook.body), headers=webhook.headers, allow_redirects=False
            ) as response:
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return None

    def _signed(self, webhook_id: str, body: bytes, secret: str) -> dict[str, str]:
        """The headers of a delivery that is sent now."""
        timestamp = str(int(self._clock.now().timestamp()))
        key = base64.b64decode(secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"{webhook_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
        return {
            "webhook-id": webhook_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        }
