"""The port that Replicate and probes reach: what it tells, and whom it believes."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncGenerator, Mapping
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from tests.process.deployment import LOW, Deployment, open_deployment
from tests.process.program import EaselRun, listening, needs_proc
from tests.signing import signed
from tests.wire.world import Channel, Member

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def http(deployment: Deployment, easel: EaselRun) -> AsyncGenerator[aiohttp.ClientSession]:
    assert deployment.relay is not None
    async with aiohttp.ClientSession(deployment.relay.url) as session:
        yield session


async def post(http: aiohttp.ClientSession, path: str, body: bytes, headers: Mapping[str, str]) -> int:
    async with http.post(path, data=body, headers=headers) as answer:
        return answer.status


@needs_proc
async def test_it_is_the_one_port(easel: EaselRun) -> None:
    (address,) = await asyncio.to_thread(listening, easel.pid)
    assert address.startswith("0100007F:"), "on the loopback, where HTTP_HOST isn't set"


@needs_proc
async def test_without_being_asked_it_opens_none(tmp_path: Path) -> None:
    async with open_deployment(tmp_path, webhooks=False) as deployment, deployment.running() as run:
        assert await asyncio.to_thread(listening, run.pid) == []


async def test_probes(http: aiohttp.ClientSession, easel: EaselRun) -> None:
    async with http.get("/livez") as answer:
        assert (answer.status, await answer.json()) == (200, {"live": True})
    await easel.logged("ready")  # which comes two seconds after the last guild, as discord.py goes
    async with http.get("/readyz") as answer:
        assert answer.status == 200
        assert await answer.json() == {"ready": True, "checks": {"database": "ok", "blobs": "ok", "discord": "ok"}}


async def test_a_delivery_that_is_not_replicates_is_refused_and_believed_in_nothing(
    deployment: Deployment, easel: EaselRun, http: aiohttp.ClientSession, channel: Channel, ann: Member
) -> None:
    """A forged end would hand a member's job a picture of somebody else's choice."""
    replicate = deployment.replicate
    replicate.end_gate.hold()
    interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="not forged", quality="low")
    await replicate.until(lambda: [run for run in replicate.runs if run.input["prompt"] == "not forged"])
    run = deployment.run_of(interaction)
    assert run.webhook is not None
    path = "/webhooks/" + run.webhook.partition("/webhooks/")[2]
    body = json.dumps({"id": run.id, "status": "failed", "error": "forged", "output": None, "input": {}}).encode()
    stranger = "whsec_" + base64.b64encode(b"somebody else's key").decode()
    honest = signed(replicate.webhook_secret, body)
    forgeries: list[tuple[bytes, Mapping[str, str]]] = [
        (body, {}),
        (body, signed(stranger, body)),
        (body + b" ", honest),
        (body, honest | {"webhook-id": "msg_other"}),
        (body, signed(replicate.webhook_secret, body, at=time.time() - 310)),
        (body, signed(replicate.webhook_secret, body, at=time.time() + 310)),
        (body, honest | {"webhook-signature": "v1,"}),
        (body, honest | {"webhook-timestamp": "soon"}),
    ]
    assert [await post(http, path, *forgery) for forgery in forgeries] == [401] * len(forgeries)
    assert await post(http, path, b"{}", signed(replicate.webhook_secret, b"{}")) == 400

    replicate.end_gate.release()
    message = await interaction.until(lambda message: message.pictures)
    deployment.assert_made(interaction, message)
    assert (await deployment.settled(easel, channel)).captured == LOW


async def test_a_repeated_delivery_is_taken_and_changes_nothing(
    deployment: Deployment, easel: EaselRun, http: aiohttp.ClientSession, channel: Channel, ann: Member
) -> None:
    interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="told twice", quality="low")
    await interaction.until(lambda message: message.pictures)
    books = await deployment.settled(easel, channel)
    run = deployment.run_of(interaction)
    news = [each for each in deployment.replicate.webhooks if each.prediction["id"] == run.id]
    (webhook,) = (each for each in news if each.event == "completed")
    asked = len(deployment.discord.requests), len(deployment.replicate.requests)

    path = "/webhooks/" + webhook.url.partition("/webhooks/")[2]
    async with http.post(path, data=webhook.body, headers=dict(webhook.headers)) as answer:
        assert await answer.json() == {"received": True, "repeated": True}
    (start,) = (each for each in news if each.event == "start")
    async with http.post(path, data=start.body, headers=dict(start.headers)) as answer:
        assert await answer.json() == {"received": True, "repeated": False}, "of a start no record is kept"
    late = signed(deployment.replicate.webhook_secret, webhook.body, webhook_id="msg_another")
    assert await post(http, path, webhook.body, late) == 200, "another id with the same news"

    assert (len(deployment.discord.requests), len(deployment.replicate.requests)) == asked
    assert deployment.books(channel) == books


async def test_news_of_a_job_that_nobody_knows_is_harmless(
    deployment: Deployment, easel: EaselRun, http: aiohttp.ClientSession
) -> None:
    body = json.dumps({"id": "x" * 26, "status": "succeeded", "output": [], "input": {}}).encode()
    headers = signed(deployment.replicate.webhook_secret, body, webhook_id="msg_stray")
    assert await post(http, f"/webhooks/replicate/{'0' * 16}", body, headers) == 200
    assert easel.code is None


async def test_what_is_not_served_is_not_found(http: aiohttp.ClientSession) -> None:
    for path in ("/", "/webhooks/replicate", "/metrics/../livez/x"):
        async with http.get(path) as answer:
            assert answer.status == 404
