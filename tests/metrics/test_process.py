"""An `easel run` between stand-ins, scraped before and after what happened to it."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import pytest

from bot.demo.replicate_faults import throttled
from tests.metrics.scrape import Scrape, scrape
from tests.process.deployment import LOW, Deployment, open_deployment
from tests.process.program import EaselRun, listening, needs_proc
from tests.signing import signed
from tests.wire.faults import Scope, rate_limited
from tests.wire.rest import Route
from tests.wire.world import Channel, Member

OF_JOBS = {
    "bot.service.admission",
    "bot.service.submission",  # the throttle
    "discord.webhook.async_",  # Discord's 429
    "bot.service.results",
    "bot.web.webhook",  # the forgery
}

CREATES = "/v1/models/openai/gpt-image-2/predictions"


@needs_proc
async def test_what_happened_is_what_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    settings = {"METRICS_PORT": "0", "EASEL_MEMBER_DAILY_PICTURES": "4", "OPENAI_API_URL": "http://127.0.0.1:1/v1"}
    async with open_deployment(tmp_path_factory.mktemp("metrics")) as deployment:
        channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
        async with deployment.running(settings) as run:
            port = (await run.logged("metrics are served"))["port"]
            await run.logged("ready")
            before = await scrape(port)
            await _commands(deployment, run, channel, ann)
            await _webhooks(deployment, run)
            after = await scrape(port)
            addresses = listening(run.pid)
    assert len(addresses) == 2
    assert all(each.startswith("0100007F:") for each in addresses), "on METRICS_HOST and HTTP_HOST alone"
    _check_start(before)
    _check_requests(before, after)
    _check_vendors(before, after)
    _check_deployment(after)
    _check_log(run.log)


async def _commands(deployment: Deployment, run: EaselRun, channel: Channel, ann: Member) -> None:
    discord, replicate = deployment.discord, deployment.replicate
    replicate.faults.order(throttled(1), method="POST", path=CREATES)
    discord.faults.inject("PATCH", Route.WEBHOOK_MESSAGE, rate_limited(0.01, scope=Scope.SHARED))
    slow = await discord.slash(ann, channel, "imagine", prompt="an owl, twice", quality="low", count=2)
    await slow.until(lambda message: message.pictures)
    refused = await discord.slash(ann, channel, "imagine", prompt="a forbidden owl", quality="low")
    await refused.until(lambda message: "No picture this time" in message.text)
    await deployment.settled(run, channel, jobs=2)
    too_many = await discord.slash(ann, channel, "imagine", prompt="too many owls", quality="low", count=3)
    await too_many.answered()


async def _webhooks(deployment: Deployment, run: EaselRun) -> None:
    assert deployment.relay is not None
    body = json.dumps({"id": "x" * 26, "status": "succeeded", "output": [], "input": {}}).encode()
    stranger = "whsec_" + base64.b64encode(b"somebody else's key").decode()
    async with aiohttp.ClientSession(deployment.relay.url) as http:
        for secret, status in ((stranger, 401), (deployment.replicate.webhook_secret, 200)):
            path = f"/webhooks/replicate/{'0' * 16}"
            async with http.post(path, data=body, headers=signed(secret, body, webhook_id="msg_one")) as answer:
                assert answer.status == status
        async with http.get("/metrics") as answer:
            assert answer.status == 404, "the public port tells no metrics"


def _check_start(before: Scrape) -> None:
    assert before.value("easel_gateway_connected") == 1
    assert before.value("easel_database_up") == 1
    assert before.value("easel_webhooks_expected") == 1
    assert before.total("easel_requests_admitted_total") == 0
    assert before.value("easel_gateway_session_starts_remaining") > 0
    assert before.total("easel_build_info", role="all") == 1


def _check_requests(before: Scrape, after: Scrape) -> None:
    model = {"model": "openai/gpt-image-2", "quality": "low"}
    assert after.value("easel_requests_admitted_total", **model) == 2
    assert after.total("easel_requests_admitted_total") == 2
    assert after.value("easel_requests_refused_total", reason="limit_reached") == 1
    assert after.total("easel_requests_refused_total") == 1
    ended = {(dict(its)["status"], dict(its)["outcome"]): value
             for (name, its), value in after.samples.items() if name == "easel_jobs_ended_total" and value}  # fmt: skip
    assert ended == {("succeeded", ""): 1, ("failed", "safety_refusal"): 1}
    assert after.value("easel_pictures_delivered_total", **model) == 2
    assert after.value("easel_spend_dollars_total", **model) == 2 * LOW / 1_000_000
    assert after.value("easel_queue_wait_seconds_count") == 2
    steps = {step: after.value("easel_job_step_seconds_count", step=step) for step in ("run", "deliver", "whole")}
    assert steps == {"run": 2, "deliver": 1, "whole": 2}
    answers = "easel_interaction_answer_seconds_count"
    assert after.value(answers, type="application_command") - before.total(answers) == 3
    assert after.value("easel_jobs_owned") == 0


def _check_vendors(before: Scrape, after: Scrape) -> None:
    def replicate(call: str, result: str) -> float:
        name = "easel_vendor_calls_total"
        return after.value(name, vendor="replicate", call=call, account="operator", result=result)

    assert (replicate("create", "ok"), replicate("create", "throttled")) == (2, 1)
    assert replicate("fetch", "ok") == 2
    assert after.value("easel_vendor_call_seconds_count", vendor="replicate", call="create") == 3
    assert after.value("easel_http_responses_total", service="replicate", status="429") == 1
    assert after.value("easel_http_responses_total", service="discord", status="429") == 1
    assert after.value("easel_discord_rate_limited_total", scope="shared") == 1
    assert after.value("easel_discord_rate_limit_seconds_total", scope="shared") == 1  # whole seconds, by its header
    webhooks = {result: after.value("easel_webhooks_received_total", result=result) for result in
                ("accepted", "repeated", "unverified", "unreadable", "unavailable", "limited")}  # fmt: skip
    ours = webhooks.pop("accepted") - before.value("easel_webhooks_received_total", result="accepted")
    assert ours >= 3, "the ends of two runs, and one of a job that nobody knows"
    assert webhooks == {"repeated": 0, "unverified": 1, "unreadable": 0, "unavailable": 0, "limited": 0}
    assert after.value("easel_webhook_delay_seconds_count") == 2
    assert after.value("easel_event_loop_lag_seconds_count") > before.value("easel_event_loop_lag_seconds_count")


def _check_deployment(after: Scrape) -> None:
    """As of the first scrape, perhaps: they are told again for some seconds."""
    assert after.value("easel_deployment_spend_ceiling_dollars", period="day") == 10
    assert after.total("easel_deployment_jobs") == 0
    assert after.value("easel_deployment_processes") == 1
    assert after.value("easel_deployment_database_bytes") > 0


def _check_log(log: Sequence[Mapping[str, Any]]) -> None:
    """What is said in the course of a job names it, whoever says it."""
    said = [each for each in log if each["logger"] in OF_JOBS]
    assert {each["logger"] for each in said} == OF_JOBS
    assert not [each for each in said if "job" not in each]
