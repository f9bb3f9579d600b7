"""Both sides held against Replicate's own OpenAPI file: what the client sends, and what the stand-in answers."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from jsonschema import ValidationError

from bot.demo.replicate_faults import out_of_credit, throttled
from bot.demo.replicate_runs import Ending
from bot.demo.replicate_server import ReplicateServer
from bot.replicate.client import ReplicateClient
from tests.clocks import LeapingClock, ManualClock
from tests.contract.replicate.openapi import OpenApi
from tests.replicate import support
from tests.replicate.support import ACCOUNT, KEYED_ACCOUNT, MODEL, TOKEN, submission


@pytest.fixture(scope="module")
def spec() -> OpenApi:
    return OpenApi.load()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def replicate(spec: OpenApi, clock: ManualClock) -> AsyncGenerator[ReplicateServer]:
    async with support.server(page_size=2, clock=clock, largest_file=100_000) as server:
        yield server


@pytest.fixture
async def client(replicate: ReplicateServer) -> AsyncGenerator[ReplicateClient]:
    async with support.client(replicate.url, LeapingClock()) as client:
        yield client


# ------------------------------------------------------------------------------------------ the client's side


async def test_what_the_client_sends(spec: OpenApi, replicate: ReplicateServer, client: ReplicateClient) -> None:
    url = await client.upload(ACCOUNT, "a.png", "image/png", b"\x00\xffdata")
    webhook = "https://easel.example/webhooks/replicate/job"
    values: dict[str, Any] = {"quality": "low", "number_of_images": 3, "output_compression": 80, "input_images": [url]}
    created = await client.create(KEYED_ACCOUNT, submission(webhook=webhook, **values))
    await client.create(ACCOUNT, submission())
    await client.create(ACCOUNT, submission())
    await client.get(ACCOUNT, created.id)
    await client.recent(ACCOUNT, datetime(2026, 11, 20, 13, 0, 0, 5, tzinfo=UTC))
    await client.recent(ACCOUNT, datetime(2026, 1, 1, tzinfo=UTC))
    await client.cancel(ACCOUNT, created.id)
    await client.schema(ACCOUNT, MODEL)
    await client.check_account(ACCOUNT)
    await client.webhook_secret(ACCOUNT)

    assert len(replicate.requests) == 12
    for request in replicate.requests:
        path = request.path.removeprefix("/v1")
        spec.check_request(request.method, path, dict(request.query), dict(request.headers), request.body)
    (upload,) = (request for request in replicate.requests if request.path == "/v1/files")
    assert b'name="content"' in upload.body


def test_a_wrong_request_would_be_noticed(spec: OpenApi) -> None:
    path = f"/models/{MODEL}/predictions"
    headers = {"content-type": "application/json"}
    spec.check_request("POST", path, {}, headers | {"prefer": "wait=5"}, b'{"input": {}}')
    for body in (b"{}", b'{"input": []}', b'{"input": {}, "x": 1}', b'{"input": {}, "webhook_events_filter": ["end"]}'):
        with pytest.raises(ValidationError):
            spec.check_request("POST", path, {}, headers, body)
    with pytest.raises(ValidationError):
        spec.check_request("POST", path, {}, headers | {"prefer": "respond-async"}, b'{"input": {}}')
    with pytest.raises(KeyError):
        spec.check_request("GET", "/predictions", {"since": "x"}, {}, b"")
    with pytest.raises(AssertionError):
        spec.operation("DELETE", "/predictions/abc")


# ---------------------------------------------------------------------------------------- the stand-in's side


@dataclass(frozen=True)
class Answer:
    status: int
    media_type: str
    body: Any


class Asker:
    """Asks the stand-in, and holds each success against the file."""

    def __init__(self, spec: OpenApi, session: aiohttp.ClientSession, url: str) -> None:
        self._spec = spec
        self._session = session
        self._url = url

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        async with self._session.request(method, self._url + path, **options) as response:
            answer = Answer(response.status, response.content_type, json.loads(await response.read()))
        if answer.status < 400:
            self._spec.check_answer(method, path.partition("?")[0], answer.status, answer.media_type, answer.body)
        return answer

    async def create(self, **values: Any) -> Any:
        body = {"input": {"prompt": "a lighthouse"} | values}
        answer = await self.ask("POST", f"/models/{MODEL}/predictions", json=body, headers={"Cancel-After": "5m"})
        assert answer.status == 201
        return answer.body["id"]


@pytest.fixture
async def asker(spec: OpenApi, replicate: ReplicateServer) -> AsyncGenerator[Asker]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        yield Asker(spec, session, replicate.url)


async def test_a_prediction_in_each_of_its_states(replicate: ReplicateServer, asker: Asker, clock: ManualClock) -> None:
    replicate.start_gate.hold()
    replicate.end_gate.hold()
    canceled, aborted = await asker.create(), await asker.create()
    seen = [(await asker.ask("POST", f"/predictions/{canceled}/cancel")).body["status"]]
    clock.advance(300)
    await replicate.until(lambda: replicate.runs[1].ended)
    seen.append((await asker.ask("GET", f"/predictions/{aborted}")).body["status"])

    replicate.start_gate.release()
    replicate.endings.append(Ending("failed", error="Something went wrong. (E9243)"))
    failed, done = await asker.create(), await asker.create(number_of_images=2, quality="high")
    await replicate.until(lambda: replicate.runs[3].status == "processing")
    seen.append((await asker.ask("GET", f"/predictions/{done}")).body["status"])
    replicate.end_gate.release()
    await replicate.until(lambda: all(run.ended for run in replicate.runs))
    seen += [(await asker.ask("GET", f"/predictions/{each}")).body["status"] for each in (failed, done)]
    assert seen == ["canceled", "aborted", "processing", "failed", "succeeded"]

    clock.advance(3600)
    assert (await asker.ask("GET", f"/predictions/{done}")).body["data_removed"] is True
    pages = [(await asker.ask("GET", "/predictions?created_after=2026-11-20T00:00:00Z")).body]
    while pages[-1]["next"]:
        pages.append((await asker.ask("GET", pages[-1]["next"].removeprefix(replicate.url))).body)
    assert [len(page["results"]) for page in pages] == [2, 2]


async def test_webhooks_carry_predictions(spec: OpenApi, replicate: ReplicateServer, asker: Asker) -> None:
    body = {"input": {"prompt": "x"}, "webhook": "http://127.0.0.1:9/nobody", "webhook_events_filter": ["completed"]}
    await asker.ask("POST", f"/models/{MODEL}/predictions", json=body)
    await replicate.until(lambda: replicate.webhooks)
    spec.check_answer("GET", "/predictions/abc", 200, "application/json", replicate.webhooks[0].prediction)


async def test_files_models_account_and_secret(asker: Asker) -> None:
    form = aiohttp.FormData()
    form.add_field("content", b"data", filename="a.png", content_type="image/png")
    stored = await asker.ask("POST", "/files", data=form)
    assert (stored.status, stored.body["size"], stored.body["content_type"]) == (201, 4, "image/png")
    assert (await asker.ask("GET", f"/files/{stored.body['id']}")).body == stored.body
    assert (await asker.ask("GET", f"/models/{MODEL}")).body["latest_version"]["openapi_schema"]["components"]
    assert (await asker.ask("GET", "/account")).body["type"] == "user"
    assert (await asker.ask("GET", "/webhooks/default/secret")).body["key"].startswith("whsec_")


async def test_problems(spec: OpenApi, replicate: ReplicateServer, asker: Asker) -> None:
    """The file describes few of them; the others are held to the form that all of them share."""
    missing = await asker.ask("GET", "/files/nosuchfile")
    spec.check_answer("GET", "/files/nosuchfile", 404, missing.media_type, missing.body)
    large = aiohttp.FormData()
    large.add_field("content", bytes(200_000), filename="a.png", content_type="image/png")
    too_large = await asker.ask("POST", "/files", data=large)
    spec.check_answer("POST", "/files", 413, too_large.media_type, too_large.body)

    path = f"/models/{MODEL}/predictions"
    replicate.faults.order(out_of_credit(), method="POST")
    replicate.faults.order(throttled(5), method="POST")
    problems = [
        await asker.ask("GET", "/account", headers={"Authorization": "Bearer wrong"}),
        await asker.ask("POST", path, json={"input": {"prompt": "x"}}),
        await asker.ask("POST", path, json={"input": {"prompt": "x"}}),
        await asker.ask("GET", "/predictions/nosuchprediction"),
        await asker.ask("POST", path, json={"input": {"prompt": "x", "quality": "best"}}),
    ]
    assert [problem.status for problem in problems] == [401, 402, 429, 404, 422]
    for problem in problems:
        assert problem.media_type == "application/problem+json"
        assert problem.body["status"] == problem.status
        assert isinstance(problem.body["detail"], str)
