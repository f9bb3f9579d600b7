"""What the tests around Replicate share."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from bot.demo.replicate_server import ReplicateServer
from bot.domain.hosts import AllowedHosts
from bot.domain.prediction import Prediction, Submission
from bot.replicate.client import Credentials, ReplicateClient
from bot.service.ports import Clock

TOKEN = "r8_thetokenthatmustnotleak"
OPENAI_KEY = "sk-thekeythatmustnotleak"
ACCOUNT = "operator"
KEYED_ACCOUNT = "keyed"  # with its own OpenAI key
REVOKED_ACCOUNT = "revoked"
MISTYPED_ACCOUNT = "mistyped"
MODEL = "openai/gpt-image-2"
PREDICTIONS_PATH = f"/v1/models/{MODEL}/predictions"


class LeapingClock:
    """Whoever sleeps finds the time passed at once; `slept` tells how long they wanted to."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class ManualClock:
    """Stands still until it is advanced; then those wake up whose time has come."""

    def __init__(self) -> None:
        self._now = datetime(2026, 11, 20, 12, tzinfo=UTC)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._now

    async def sleep(self, seconds: float) -> None:
        until = self._now + timedelta(seconds=seconds)
        while self._now < until:
            await self._moved.wait()

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)
        self._moved.set()
        self._moved = asyncio.Event()


def paint(values: Mapping[str, Any], inputs: Sequence[bytes]) -> list[bytes]:
    """A painter whose pictures tell what it was given."""
    if b"not a picture" in inputs:
        raise ValueError("an input is no picture")
    return [f"{values['prompt']} {n}".encode() + b"".join(inputs) for n in range(values["number_of_images"])]


def server(**options: Any) -> ReplicateServer:
    defaults: dict[str, Any] = {"token": TOKEN, "seconds": lambda _: 0, "paint": paint}
    return ReplicateServer(**(defaults | options))


def client(api_url: str, clock: Clock, **options: Any) -> ReplicateClient:
    accounts = {
        ACCOUNT: Credentials(SecretStr(TOKEN)),
        KEYED_ACCOUNT: Credentials(SecretStr(TOKEN), SecretStr(OPENAI_KEY)),
        REVOKED_ACCOUNT: Credentials(SecretStr("r8_revoked")),
        MISTYPED_ACCOUNT: Credentials(SecretStr("r8_with\r\na-second-line")),
    }
    return ReplicateClient(accounts, AllowedHosts.parse("127.0.0.1"), clock, api_url=api_url, **options)


def submission(prompt: str = "a lighthouse", *, webhook: str | None = None, **values: Any) -> Submission:
    return Submission(MODEL, {"prompt": prompt} | values, webhook, cancel_after=300)


async def ended(replicate: ReplicateServer, client: ReplicateClient, prediction: Prediction) -> Prediction:
    """The prediction as the client sees it after its end."""
    await replicate.until(lambda: all(run.ended for run in replicate.runs if run.id == prediction.id))
    return await client.get(ACCOUNT, prediction.id)
