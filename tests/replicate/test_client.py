"""The client against the stand-in over a real socket, where all goes well or as it must."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from bot.demo.replicate_faults import Respond
from bot.demo.replicate_runs import Ending
from bot.demo.replicate_server import ReplicateServer
from bot.domain.errors import BadToken, InputRejected, PicturesGone, SafetyRefusal
from bot.domain.prediction import PredictionStatus, Tokens
from bot.replicate.client import ReplicateClient
from bot.service.ports import AnswerLost, PredictionNotFound
from tests.clocks import LeapingClock, ManualClock
from tests.replicate import support
from tests.replicate.receiver import Receiver
from tests.replicate.support import ACCOUNT, KEYED_ACCOUNT, ended, submission

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def test_a_run_from_create_to_pictures(replicate: ReplicateServer, client: ReplicateClient) -> None:
    replicate.end_gate.hold()
    created = await client.create(ACCOUNT, submission(number_of_images=2, quality="low"))
    assert created.status is PredictionStatus.STARTING
    assert (created.output, created.failure, created.completed_at) == ((), None, None)

    await replicate.until(lambda: replicate.runs[0].status == "processing")
    assert (await client.get(ACCOUNT, created.id)).status is PredictionStatus.PROCESSING

    replicate.end_gate.release()
    done = await ended(replicate, client, created)
    assert done.status is PredictionStatus.SUCCEEDED
    assert done.failure is None
    assert done.input == {"prompt": "a lighthouse", "number_of_images": 2, "quality": "low"}
    assert done.tokens == Tokens(input_text=18, input_image=0, output=392)
    assert done.completed_at is not None
    assert done.completed_at.tzinfo is UTC
    assert done.predict_time is not None
    assert done.total_time is not None
    assert done.total_time >= done.predict_time
    assert [await client.fetch(url) for url in done.output] == [
        support.JPEG + each for each in (b"a lighthouse 0", b"a lighthouse 1")
    ]
    assert replicate.billed == {created.id: 24_000}


async def test_a_create_says_how_long_it_may_run_and_whom_to_tell(
    replicate: ReplicateServer, client: ReplicateClient, receiver: Receiver
) -> None:
    await client.create(ACCOUNT, submission(webhook=f"{receiver.url}/job-1"))
    sent = replicate.requests[0]
    assert sent.path == support.PREDICTIONS_PATH
    assert sent.headers["cancel-after"] == "300s"
    assert "prefer" not in sent.headers
    assert sent.json == {
        "input": {"prompt": "a lighthouse"},
        "webhook": f"{receiver.url}/job-1",
        "webhook_events_filter": ["start", "completed"],
    }


async def test_the_openai_key_is_added_as_a_create_is_sent_and_never_comes_back(
    replicate: ReplicateServer, client: ReplicateClient
) -> None:
    intent = submission()
    created = await client.create(KEYED_ACCOUNT, intent)
    await client.create(ACCOUNT, intent)
    with_key, without_key = (request.json["input"] for request in replicate.requests)
    assert with_key["openai_api_key"] == support.OPENAI_KEY
    assert "openai_api_key" not in without_key
    assert created.input == intent.input == {"prompt": "a lighthouse"}


async def test_recent_predictions_come_over_all_pages_newest_first(clock: LeapingClock) -> None:
    async with support.server(page_size=2) as replicate, support.client(replicate.url, clock) as client:
        ids = [(await client.create(ACCOUNT, submission(f"prompt {n}"))).id for n in range(5)]
        recent = await client.recent(ACCOUNT, LONG_AGO)
        assert [each.id for each in recent] == ids[::-1]
        assert [request.query.get("cursor") is not None for request in replicate.requests[5:]] == [False, True, True]

        since = replicate.runs[2].created_at
        assert [each.id for each in await client.recent(ACCOUNT, since)] == ids[:1:-1]
        assert await client.recent(ACCOUNT, since + timedelta(hours=1)) == []


async def test_recent_predictions_hold_even_where_created_after_is_not_heeded(
    replicate: ReplicateServer, client: ReplicateClient
) -> None:
    def prediction(prediction_id: str, created_at: str) -> dict[str, object]:
        return {"id": prediction_id, "status": "processing", "created_at": created_at}

    page = {
        "next": f"{replicate.url}/predictions?cursor=more",
        "results": [prediction("young", "2026-11-20T12:00:00Z"), prediction("old", "2026-11-20T11:00:00Z")],
    }
    replicate.faults.order(Respond(200, page))
    recent = await client.recent(ACCOUNT, datetime(2026, 11, 20, 11, 30, tzinfo=UTC))
    assert [each.id for each in recent] == ["young"]
    assert len(replicate.requests) == 1


async def test_the_token_does_not_follow_the_list_to_another_host(
    replicate: ReplicateServer, client: ReplicateClient, receiver: Receiver
) -> None:
    created = await client.create(ACCOUNT, submission())
    page = {"next": f"{receiver.url}/v1/predictions?cursor=b2xkZXIgOTk=", "previous": None, "results": []}
    replicate.faults.order(Respond(200, page), path="/v1/predictions")
    assert [each.id for each in await client.recent(ACCOUNT, LONG_AGO)] == [created.id]
    assert receiver.received == []
    assert replicate.requests[-1].query["cursor"] == "b2xkZXIgOTk="


async def test_a_list_that_leads_nowhere_is_not_taken_for_whole(
    replicate: ReplicateServer, client: ReplicateClient
) -> None:
    circle = {"next": f"{replicate.url}/predictions?cursor=same", "previous": None, "results": []}
    replicate.faults.order(Respond(200, circle), times=2)
    with pytest.raises(AnswerLost):
        await client.recent(ACCOUNT, LONG_AGO)
    replicate.faults.order(Respond(200, circle | {"next": "https://api.replicate.com/v1/predictions"}), times=3)
    with pytest.raises(AnswerLost):
        await client.recent(ACCOUNT, LONG_AGO)


async def test_a_cancel_ends_a_run_and_changes_nothing_afterwards(
    replicate: ReplicateServer, client: ReplicateClient
) -> None:
    replicate.end_gate.hold()
    created = await client.create(ACCOUNT, submission())
    assert (await client.cancel(ACCOUNT, created.id)).status is PredictionStatus.CANCELED
    assert (await client.cancel(ACCOUNT, created.id)).status is PredictionStatus.CANCELED

    replicate.end_gate.release()
    done = await client.create(ACCOUNT, submission())
    await ended(replicate, client, done)
    assert (await client.cancel(ACCOUNT, done.id)).status is PredictionStatus.SUCCEEDED


@pytest.mark.parametrize("prediction_id", ["nosuchprediction", "../account", "a/b?c"])
async def test_an_unknown_prediction_is_not_found(client: ReplicateClient, prediction_id: str) -> None:
    with pytest.raises(PredictionNotFound):
        await client.get(ACCOUNT, prediction_id)
    with pytest.raises(PredictionNotFound):
        await client.cancel(ACCOUNT, prediction_id)


async def test_an_upload_serves_as_an_input(replicate: ReplicateServer, client: ReplicateClient) -> None:
    content = b"\r\n--picture--\r\n\r\n\x00\xff"
    url = await client.upload(ACCOUNT, 'häß"lich\r\nX: y.png', "image/png", content)
    assert url.startswith(f"{replicate.url}/files/")
    done = await ended(replicate, client, await client.create(ACCOUNT, submission(input_images=[url])))
    assert await client.fetch(done.output[0]) == support.JPEG + b"a lighthouse 0" + content
    assert b'filename="h-lich-X-y.png"' in replicate.requests[0].body


async def test_megabytes_go_both_ways(replicate: ReplicateServer, client: ReplicateClient, receiver: Receiver) -> None:
    content = bytes(range(256)) * 8_000
    uploaded = await client.upload(ACCOUNT, "a.png", "image/png", content)
    inline = "data:image/png;base64," + base64.b64encode(content).decode()
    intent = submission(webhook=f"{receiver.url}/hook", input_images=[uploaded, inline])
    done = await ended(replicate, client, await client.create(ACCOUNT, intent))
    assert await client.fetch(done.output[0]) == support.JPEG + b"a lighthouse 0" + content + content
    await replicate.until(lambda: [each.status for each in replicate.webhooks] == [200, 200])


async def test_account_secret_and_schema(replicate: ReplicateServer, client: ReplicateClient) -> None:
    assert await client.check_account(ACCOUNT) == "easel-demo"
    secret = await client.webhook_secret(ACCOUNT)
    assert secret.get_secret_value() == replicate.webhook_secret
    schema = await client.schema(ACCOUNT, support.MODEL)
    assert schema is not None
    assert schema["components"]["schemas"]["quality"]["enum"] == ["low", "medium", "high", "auto"]
    with pytest.raises(InputRejected):
        await client.schema(ACCOUNT, "openai/no-such-model")
    replicate.faults.order(Respond(200, {"latest_version": None}))
    assert await client.schema(ACCOUNT, support.MODEL) is None


async def test_an_account_without_credentials_is_a_bad_token(
    replicate: ReplicateServer, client: ReplicateClient
) -> None:
    with pytest.raises(BadToken):
        await client.create("a guild that took its token back", submission())
    assert replicate.requests == []


async def test_a_refused_prompt_is_the_safety_systems_refusal(
    replicate: ReplicateServer, client: ReplicateClient
) -> None:
    done = await ended(replicate, client, await client.create(ACCOUNT, submission("a FORBIDDEN thing")))
    assert done.status is PredictionStatus.FAILED
    assert done.failure == SafetyRefusal()
    assert replicate.billed == {}


async def test_outputs_as_data_uris_are_decoded_without_a_request(
    replicate: ReplicateServer, client: ReplicateClient
) -> None:
    replicate.endings.append(Ending(output=["data:image/png;base64," + base64.b64encode(b"picture").decode()]))
    done = await ended(replicate, client, await client.create(ACCOUNT, submission()))
    asked = len(replicate.requests)
    assert await client.fetch(done.output[0]) == b"picture"
    assert len(replicate.requests) == asked
    with pytest.raises(PicturesGone):
        await client.fetch("data:image/png;base64,not base64")


async def test_pictures_and_inputs_are_gone_an_hour_after_the_end(clock: LeapingClock) -> None:
    replicates_clock = ManualClock()
    async with (
        support.server(clock=replicates_clock) as replicate,
        support.client(replicate.url, clock) as client,
    ):
        done = await ended(replicate, client, await client.create(ACCOUNT, submission()))
        assert await client.fetch(done.output[0])
        replicates_clock.advance(3600)
        gone = await client.get(ACCOUNT, done.id)
        assert gone.data_removed
        assert (gone.input, gone.output) == ({}, ())
        assert gone.failure == PicturesGone()  # and not a refusal by the model
        with pytest.raises(PicturesGone):
            await client.fetch(done.output[0])
