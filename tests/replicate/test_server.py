"""The stand-in for Replicate, asked over HTTP as anything else would ask it."""

import base64
import json
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from bot.demo.painter import paint as draw
from bot.demo.replicate_runs import Ending, Run, demo_pace
from bot.demo.replicate_server import ReplicateServer
from bot.domain.catalog import CATALOG
from tests.clocks import ManualClock
from tests.replicate import support
from tests.replicate.receiver import Receiver
from tests.replicate.support import TOKEN


class Api:
    """Bare HTTP with the token; answers status and JSON."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session = session
        self._url = url

    async def get(self, path: str) -> tuple[int, Any]:
        async with self._session.get(self._url + path) as response:
            return response.status, json.loads(await response.read())

    async def post(self, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._session.post(self._url + path, json=body, headers=named) as response:
            return response.status, json.loads(await response.read())

    async def create(self, prompt: str = "a lighthouse", webhook: str | None = None, **values: Any) -> dict[str, Any]:
        body: dict[str, Any] = {"input": {"prompt": prompt} | values}
        if webhook:
            body |= {"webhook": webhook, "webhook_events_filter": ["start", "completed"]}
        status, prediction = await self.post(f"/models/{support.MODEL}/predictions", body, Cancel_After="5m")
        assert status == 201, prediction
        return prediction

    async def ended(self, replicate: ReplicateServer, prediction_id: str) -> dict[str, Any]:
        await replicate.until(lambda: run_of(replicate, prediction_id).ended)
        return (await self.get(f"/predictions/{prediction_id}"))[1]


def run_of(replicate: ReplicateServer, prediction_id: str) -> Run:
    return next(run for run in replicate.runs if run.id == prediction_id)


@pytest.fixture
def clock() -> ManualClock:
    """The stand-in's."""
    return ManualClock()


@pytest.fixture
async def replicate(clock: ManualClock) -> AsyncGenerator[ReplicateServer]:
    async with support.server(clock=clock, page_size=2, webhook_retry_delays=(2, 8)) as server:
        yield server


@pytest.fixture
async def api(replicate: ReplicateServer) -> AsyncGenerator[Api]:
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session:
        yield Api(session, replicate.url)


async def test_the_life_of_a_run(replicate: ReplicateServer, api: Api, clock: ManualClock) -> None:
    replicate.start_gate.hold()
    replicate.end_gate.hold()
    created = await api.create(number_of_images=2, quality="medium", output_format="png")
    assert created["status"] == "starting"
    assert (created["output"], created["error"], created["logs"]) == (None, None, "")
    assert (created["created_at"], created["deadline"]) == (
        "2026-11-20T12:00:00.000000Z",
        "2026-11-20T12:05:00.000000Z",
    )
    assert "metrics" not in created

    clock.advance(2)
    replicate.start_gate.release()
    await replicate.until(lambda: replicate.runs[0].status == "processing")
    status, running = await api.get(f"/predictions/{created['id']}")
    assert (status, running["status"], running["output"]) == (200, "processing", None)
    assert running["logs"] == "Model check completed.\nModel: gpt-image-2\nGenerating image...\n"

    clock.advance(38.8)
    replicate.end_gate.release()
    done = await api.ended(replicate, created["id"])
    assert done["status"] == "succeeded"
    assert done["metrics"] == {"total_time": 40.8, "predict_time": 38.8, "image_output_count": 2}
    assert done["logs"] == (
        "Model check completed.\nModel: gpt-image-2\nGenerating image...\nGenerated image in 38.8sec\n"
        "Generated 2 images\nInput text token count: 18\nInput image token count: 0\nOutput token count: 3512\n"
    )
    assert len(done["output"]) == 2
    assert all(url.startswith("http://127.0.0.1:") and url.endswith(".png") for url in done["output"])
    assert replicate.billed == {created["id"]: 94_000}


async def test_a_run_takes_as_long_as_its_pace_says(clock: ManualClock) -> None:
    async with (
        support.server(clock=clock, seconds=lambda values: 10.0 * values["number_of_images"]) as replicate,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
    ):
        api = Api(session, replicate.url)
        created = await api.create()
        await replicate.until(lambda: replicate.runs[0].status == "processing")
        clock.advance(9)
        assert (await api.get(f"/predictions/{created['id']}"))[1]["status"] == "processing"
        clock.advance(1)
        assert (await api.ended(replicate, created["id"]))["metrics"]["predict_time"] == 10.0


def test_the_demo_takes_seconds() -> None:
    for model in CATALOG.values():
        for quality in model.choices("quality"):
            assert 1 < demo_pace({"quality": quality, "number_of_images": 1}) < 10
            assert demo_pace({"quality": quality, "number_of_images": 10}) < 20
            assert demo_pace({"quality": quality, "number_of_images": 1, "prompt": "a slow river"}) == 60


async def test_cancel_after_ends_a_run_that_started_and_bills_it(
    replicate: ReplicateServer, api: Api, clock: ManualClock
) -> None:
    replicate.end_gate.hold()
    created = await api.create(quality="low", number_of_images=3)
    await replicate.until(lambda: replicate.runs[0].status == "processing")
    clock.advance(300)
    assert (await api.ended(replicate, created["id"]))["status"] == "canceled"
    assert replicate.billed == {created["id"]: 36_000}


async def test_a_deadline_before_the_start_aborts_and_a_cancel_then_is_free(
    replicate: ReplicateServer, api: Api, clock: ManualClock
) -> None:
    replicate.start_gate.hold()
    first, second = await api.create(), await api.create()
    assert (await api.post(f"/predictions/{second['id']}/cancel"))[1]["status"] == "canceled"
    clock.advance(300)
    aborted = await api.ended(replicate, first["id"])
    assert (aborted["status"], "started_at" in aborted) == ("aborted", False)
    assert replicate.billed == {}


async def test_an_ordered_ending(replicate: ReplicateServer, api: Api) -> None:
    replicate.endings += [Ending("failed", error="Out of credits (E001)"), Ending(output=[]), Ending(output="data:,x")]
    ended = [await api.ended(replicate, (await api.create(quality="low"))["id"]) for _ in range(4)]
    assert [(each["status"], each["error"]) for each in ended] == [
        ("failed", "Out of credits (E001)"),
        ("succeeded", None),
        ("succeeded", None),
        ("succeeded", None),
    ]
    assert [each["output"] for each in ended[:3]] == [None, [], "data:,x"]
    assert replicate.billed == {ended[2]["id"]: 12_000, ended[3]["id"]: 12_000}


# --------------------------------------------------------------------------------------- refusals and inputs


@pytest.mark.parametrize("prompt", ["something forbidden", "GORE, please"])
async def test_the_words_that_are_refused(replicate: ReplicateServer, api: Api, prompt: str) -> None:
    failed = await api.ended(replicate, (await api.create(prompt))["id"])
    assert failed["status"] == "failed"
    assert failed["error"].startswith("Prediction failed: ")
    assert failed["error"].endswith(f" (E005) ({failed['id']})")


@pytest.mark.parametrize(
    "url",
    [
        "data:image/png;base64," + base64.b64encode(b"not a picture").decode(),
        "data:image/png;base64,???",
        "data:image/png,plain",
        "https://example.com/picture.png",
        "http://127.0.0.1:1/v1/files/abc",
        "{files}/nosuchfile",
    ],
)
async def test_an_input_that_cant_be_had_or_read_fails_the_run(replicate: ReplicateServer, api: Api, url: str) -> None:
    url = url.format(files=f"{replicate.url}/files")
    failed = await api.ended(replicate, (await api.create(input_images=[url]))["id"])
    assert failed["status"] == "failed"
    assert "(E006)" in failed["error"]


async def test_the_demos_own_painter_reports_what_is_no_picture(clock: ManualClock) -> None:
    async with (
        support.server(paint=draw, clock=clock) as replicate,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
    ):
        api = Api(session, replicate.url)
        created = await api.create(input_images=["data:image/png;base64,bm8gcGljdHVyZQ=="])
        assert "(E006)" in (await api.ended(replicate, created["id"]))["error"]


async def test_transparent_needs_a_format_that_can(replicate: ReplicateServer, api: Api) -> None:
    created = await api.create(background="transparent", output_format="jpeg")
    assert "(E006)" in (await api.ended(replicate, created["id"]))["error"]


async def test_a_file_needs_the_token_and_expires(replicate: ReplicateServer, api: Api, clock: ManualClock) -> None:
    form = aiohttp.FormData()
    form.add_field("content", b"bytes", filename="a.png", content_type="image/png")
    async with aiohttp.ClientSession() as anybody:
        async with anybody.post(f"{replicate.url}/files", data=form) as response:
            assert response.status == 401
        form = aiohttp.FormData()
        form.add_field("content", b"bytes", filename="a.png", content_type="image/png")
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with anybody.post(f"{replicate.url}/files", data=form, headers=headers) as response:
            assert response.status == 201
            stored = await response.json()
        async with anybody.get(stored["urls"]["get"]) as response:
            assert response.status == 401
    path = f"/files/{stored['id']}"
    assert (await api.get(path))[0] == 200
    used = await api.ended(replicate, (await api.create(input_images=[stored["urls"]["get"]]))["id"])
    assert used["status"] == "succeeded"
    assert "Input image token count: 361" in used["logs"]

    clock.advance(24 * 3600)
    assert (await api.get(path))[0] == 404
    late = await api.ended(replicate, (await api.create(input_images=[stored["urls"]["get"]]))["id"])
    assert "(E006)" in late["error"]


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({}, "required", "input"),
    ({"prompt": 3}, "invalid_type", "input.prompt"),
    ({"prompt": "x" * 32_001}, "string_lte", "input.prompt"),
    ({"prompt": "x", "quality": "xhigh"}, "enum", "input.quality"),
    ({"prompt": "x", "aspect_ratio": "5:4"}, "enum", "input.aspect_ratio"),
    ({"prompt": "x", "number_of_images": 0}, "number_gte", "input.number_of_images"),
    ({"prompt": "x", "number_of_images": 11}, "number_lte", "input.number_of_images"),
    ({"prompt": "x", "number_of_images": "2"}, "invalid_type", "input.number_of_images"),
    ({"prompt": "x", "output_compression": True}, "invalid_type", "input.output_compression"),
    ({"prompt": "x", "input_images": "https://a.example/b"}, "invalid_type", "input.input_images"),
    ({"prompt": "x", "input_images": ["no uri"]}, "format", "input.input_images"),
    ({"prompt": "x", "seed": 3}, "additional_property_not_allowed", "input"),
]


@pytest.mark.parametrize(("values", "kind", "field"), WRONG)
async def test_wrong_input_is_refused_by_field(
    replicate: ReplicateServer, api: Api, values: dict[str, Any], kind: str, field: str
) -> None:
    status, problem = await api.post(f"/models/{support.MODEL}/predictions", {"input": values})
    assert (status, problem["status"], problem["title"]) == (422, 422, "Input validation failed")
    assert [(each["type"], each["field"]) for each in problem["invalid_fields"]] == [(kind, field)]
    assert replicate.runs == []


async def test_a_wrong_create_is_refused(replicate: ReplicateServer, api: Api) -> None:
    path, values = f"/models/{support.MODEL}/predictions", {"prompt": "x"}
    for body in (
        {"input": values, "version": "1"},
        {"input": values, "webhook": "http://plain.example/hook"},
        {"input": values, "webhook": "/hook"},
        {"input": values, "webhook_events_filter": ["end"]},
        {"input": None},
    ):
        assert (await api.post(path, body))[0] == 422
    for duration in ("4s", "soon", "-5", ""):
        assert (await api.post(path, {"input": values}, Cancel_After=duration))[0] == 422
    assert (await api.post(path, ["x"]))[0] == 400
    assert (await api.post("/models/openai/dall-e/predictions", {"input": values}))[0] == 404
    assert replicate.runs == []


@pytest.mark.parametrize(
    ("header", "seconds"), [("5", 5), ("90s", 90), ("5m", 300), ("2h30m", 9000), ("1h30m45s", 5445)]
)
async def test_cancel_after_in_all_its_forms(replicate: ReplicateServer, api: Api, header: str, seconds: int) -> None:
    await api.post(f"/models/{support.MODEL}/predictions", {"input": {"prompt": "x"}}, Cancel_After=header)
    cancel_after = replicate.runs[0].cancel_after
    assert cancel_after is not None
    assert cancel_after.total_seconds() == seconds


async def test_nothing_goes_without_the_token(replicate: ReplicateServer) -> None:
    async with aiohttp.ClientSession() as session:
        for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            for path in ("/account", "/predictions", "/predictions/abc", "/webhooks/default/secret", "/nowhere"):
                async with session.get(replicate.url + path, headers=headers) as response:
                    assert response.status == 401
                    assert response.content_type == "application/problem+json"
                    assert (await response.json(content_type=None))["title"] == "Unauthenticated"


async def test_requests_are_kept_without_the_token(replicate: ReplicateServer, api: Api) -> None:
    await api.create(openai_api_key="sk-secret")
    (request,) = replicate.requests
    assert request.with_token
    assert (request.method, request.path) == ("POST", support.PREDICTIONS_PATH)
    assert request.json["input"]["prompt"] == "a lighthouse"
    assert TOKEN not in f"{request.headers} {request.body!r} {request!r}"
    assert "sk-secret" not in f"{request!r} {replicate.runs[0]!r}"


async def test_a_secret_input_comes_back_masked(replicate: ReplicateServer, api: Api) -> None:
    created = await api.create(openai_api_key="sk-secret")
    assert created["input"] == {"prompt": "a lighthouse", "openai_api_key": "[REDACTED]"}


# ------------------------------------------------------------------------------------------------------ list


async def test_pages_lead_there_and_back(replicate: ReplicateServer, api: Api, clock: ManualClock) -> None:
    ids: list[str] = []
    for _ in range(5):
        ids.insert(0, (await api.create())["id"])
        clock.advance(1)

    def page_ids(page: dict[str, Any]) -> list[str]:
        return [each["id"] for each in page["results"]]

    async def follow(url: str) -> dict[str, Any]:
        assert url.startswith(replicate.url)
        return (await api.get(url.removeprefix(replicate.url)))[1]

    _, first = await api.get("/predictions")
    assert (page_ids(first), first["previous"]) == (ids[:2], None)
    second = await follow(first["next"])
    third = await follow(second["next"])
    assert (page_ids(second), page_ids(third), third["next"]) == (ids[2:4], ids[4:], None)
    assert page_ids(await follow(third["previous"])) == ids[2:4]
    assert page_ids(await follow(second["previous"])) == ids[:2]

    _, since = await api.get("/predictions?created_after=2026-11-20T12:00:03Z")
    assert (page_ids(since), since["next"]) == (ids[:2], None)
    _, until = await api.get("/predictions?created_before=2026-11-20T12:00:01Z")
    assert page_ids(until) == ids[4:]
    _, bounded = await api.get("/predictions?created_after=2026-11-20T12:00:02%2B00:00")
    assert page_ids(await follow(bounded["next"])) == ids[2:3]
    for wrong in ("created_after=yesterday", "cursor=x"):
        assert (await api.get(f"/predictions?{wrong}"))[0] == 400


# -------------------------------------------------------------------------------------------------- webhooks


async def test_start_and_end_are_told(replicate: ReplicateServer, api: Api, receiver: Receiver) -> None:
    replicate.end_gate.hold()
    created = await api.create(webhook=f"{receiver.url}/hook")
    await replicate.until(lambda: [each.status for each in replicate.webhooks] == [200])
    started = json.loads(receiver.received[0].body)
    assert (started["id"], started["status"]) == (created["id"], "processing")
    replicate.end_gate.release()
    await replicate.until(lambda: [each.status for each in replicate.webhooks] == [200, 200])
    assert json.loads(receiver.received[1].body) == (await api.get(f"/predictions/{created['id']}"))[1]
    assert receiver.received[0].headers["webhook-id"] != receiver.received[1].headers["webhook-id"]


async def test_only_an_end_is_told_again_and_under_the_same_id(
    replicate: ReplicateServer, api: Api, receiver: Receiver, clock: ManualClock
) -> None:
    replicate.end_gate.hold()
    receiver.statuses = [500, 500, 503]
    await api.create(webhook=f"{receiver.url}/hook")
    await replicate.until(lambda: [each.status for each in replicate.webhooks] == [500])
    replicate.end_gate.release()
    for wait, statuses in ((2, [500, 500]), (8, [500, 500, 503]), (0, [500, 500, 503, 200])):
        await replicate.until(lambda expected=statuses: [each.status for each in replicate.webhooks] == expected)
        clock.advance(wait)
    events = [each.event for each in replicate.webhooks]
    assert events == ["start", "completed", "completed", "completed"]
    first, *again = replicate.webhooks[1:]
    for each in again:
        assert each.body == first.body
        assert each.headers["webhook-id"] == first.headers["webhook-id"]
        assert each.headers["webhook-signature"] != first.headers["webhook-signature"]  # it is from a later time


async def test_nobody_waits_for_a_receiver(replicate: ReplicateServer, api: Api, receiver: Receiver) -> None:
    receiver.open.clear()
    created = await api.create(webhook=f"{receiver.url}/hook")
    assert (await api.ended(replicate, created["id"]))["status"] == "succeeded"


async def test_no_webhook_leaves_the_machine(replicate: ReplicateServer, api: Api) -> None:
    await api.ended(replicate, (await api.create(webhook="https://easel.example/hook"))["id"])
    assert replicate.webhooks == []
