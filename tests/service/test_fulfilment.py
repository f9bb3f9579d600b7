"""A job's life where things go wrong: answers lost, ends not told, tokens expired, messages gone."""

import asyncio
from typing import Any

import pytest
from simcord.env import Env
from simcord.results import InteractionResult

from bot.demo.reading import text_of
from bot.demo.replicate_faults import Cut, Fault, Garble, LoseAnswer, Reset, Respond, throttled
from bot.demo.replicate_runs import Ending
from bot.demo.room import Room
from bot.domain.job import Job, JobStatus
from tests.clocks import FastClock

CREATE = "*/predictions"


@pytest.fixture(autouse=True)
def _env(room: Room) -> Env:
    """SimCord puts a test whose fixtures hold an environment on that environment's clock."""
    return room.env


async def imagine(room: Room, **options: Any) -> InteractionResult:
    """Type the command, and wait until everything that follows from it has happened."""
    result = await room.member.slash(room.channel, "imagine", **({"prompt": "a fox", "quality": "low"} | options))
    await room.app.dispatch.idle()
    return result


async def last_job(room: Room) -> Job:
    report = await room.app.store.usage(room.member.id, room.app.client.studio.clock.now(), 1)
    return report.last[0]


async def committed(room: Room) -> int:
    report = await room.app.store.usage(room.member.id, room.app.client.studio.clock.now(), 0)
    return report.month.amount


async def assert_made_once(room: Room, result: InteractionResult) -> None:
    """One prediction, one message with its picture, and the ledger says what Replicate bills."""
    assert len(room.replicate.runs) == 1
    assert result.response is not None
    assert len(result.response.attachments) == 1
    assert len(room.channel.history()) == 2, "the welcome, and this one message"
    assert await committed(room) == sum(room.replicate.billed.values()) == 12_000
    assert (await last_job(room)).status is JobStatus.SUCCEEDED


async def test_the_end_is_learned_by_asking_where_no_webhook_tells(room: Room) -> None:
    await assert_made_once(room, await imagine(room))
    assert not room.replicate.webhooks


@pytest.mark.parametrize("fault", [LoseAnswer(), Garble()])
async def test_a_create_whose_answer_is_lost_is_found_and_not_sent_again(room: Room, fault: Fault) -> None:
    room.replicate.faults.order(fault, method="POST", path=CREATE)
    await assert_made_once(room, await imagine(room))


@pytest.mark.parametrize(
    "fault", [Reset(), Respond(500, "no"), Respond(502, "no"), throttled(3), throttled(3, header=False)]
)
async def test_a_create_that_never_took_effect_is_sent_again_once(room: Room, fault: Fault) -> None:
    room.replicate.faults.order(fault, method="POST", path=CREATE)
    await assert_made_once(room, await imagine(room))


async def test_a_lost_answer_of_one_job_is_not_taken_for_the_run_of_another(room: Room) -> None:
    await imagine(room)
    room.replicate.faults.order(Respond(500, "no"), method="POST", path=CREATE)
    result = await imagine(room)
    assert len(room.replicate.runs) == 2, "the same input, but that run had an owner"
    assert result.response is not None
    assert len(result.response.attachments) == 1
    assert await committed(room) == sum(room.replicate.billed.values()) == 24_000


@pytest.mark.parametrize("fault", [Cut(after=20), Respond(503, "later"), Reset()])
async def test_a_picture_whose_fetch_fails_is_fetched_again(room: Room, fault: Fault) -> None:
    room.replicate.faults.order(fault, path="/delivery/*", times=2)
    await assert_made_once(room, await imagine(room))


async def test_pictures_that_are_gone_are_said_to_be_gone_and_paid_for_all_the_same(room: Room) -> None:
    room.replicate.faults.order(Respond(404, "gone"), path="/delivery/*", times=20)
    result = await imagine(room)
    assert "could not be fetched in time" in text_of(result.response)
    assert await committed(room) == sum(room.replicate.billed.values()) == 12_000


async def test_a_run_without_an_end_is_stopped_and_said_so(room: Room) -> None:
    room.replicate.end_gate.hold()
    result = await imagine(room)
    assert "took longer than 10 minutes" in text_of(result.response)
    assert (await last_job(room)).status is JobStatus.FAILED
    (run,) = room.replicate.runs
    assert run.status == "canceled"


async def test_a_job_has_no_task_while_its_run_lasts(room: Room) -> None:
    room.replicate.end_gate.hold()
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.replicate.until(lambda: room.replicate.runs)
    async with asyncio.timeout(5):
        while tasks := [each for each in asyncio.all_tasks() if each.get_name().startswith("job ")]:
            await asyncio.wait(tasks)
    assert room.app.dispatch.jobs == 1
    assert (await last_job(room)).status is JobStatus.RUNNING
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    await assert_made_once(room, result)


async def test_a_list_that_fails_does_not_stop_the_asking(room: Room) -> None:
    room.replicate.faults.order(Respond(500, "no"), method="GET", path="/v1/predictions", times=4)
    await assert_made_once(room, await imagine(room))


long_runs = pytest.mark.parametrize("room_overrides", [{"replicate_cancel_after_s": 3_600}], ids=[""])
"""Runs may last longer than the tokens of interactions."""


async def expire_while_running(room: Room, clock: FastClock, **options: Any) -> InteractionResult:
    """A command whose interaction token expires before its run ends."""
    room.replicate.end_gate.hold()
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low", **options)
    await room.replicate.until(lambda: room.replicate.runs)
    clock.advance(15 * 60)
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    return result


@long_runs
async def test_after_the_token_has_expired_the_bot_edits_its_own_message(room: Room, clock: FastClock) -> None:
    result = await expire_while_running(room, clock)
    await assert_made_once(room, result)
    edits = [call.path for call in room.env.http_requests if call.method == "PATCH"]
    assert f"/channels/{room.channel.id}/messages/{(await last_job(room)).message_id}" in edits[-1]


async def test_a_card_that_was_deleted_meanwhile_is_replaced_by_a_new_message(room: Room) -> None:
    room.replicate.end_gate.hold()
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    assert result.response is not None
    await room.moderator.delete(result.response.message)
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    message = room.channel.history()[-1]
    assert len(message.attachments) == 1
    assert (await last_job(room)).message_id == message.id


@long_runs
async def test_a_private_answer_out_of_reach_becomes_a_direct_message_and_never_public(
    room: Room, clock: FastClock
) -> None:
    await expire_while_running(room, clock, private=True)
    assert len(room.channel.history(viewer=room.other_member)) == 1, "the welcome alone"
    (message,) = room.member.user.dm_channel.history()
    assert len(message.attachments) == 1
    assert (await last_job(room)).status is JobStatus.SUCCEEDED


@pytest.mark.parametrize("output", ["one", "list", "data"])
async def test_outputs_of_every_shape_are_delivered(room: Room, output: str) -> None:
    first = await imagine(room, format="png")
    assert first.response is not None
    (run,) = room.replicate.runs
    url = run.output[0]
    shapes = {"one": url, "list": [url], "data": "data:image/png;base64,iVBORw0KGgo="}
    room.replicate.endings.append(Ending(output=shapes[output]))
    second = await imagine(room, format="png")
    assert second.response is not None
    assert len(second.response.attachments) == 1


async def test_a_step_that_fails_for_ever_is_given_up_in_words_and_released(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("bot.service.staging.Staging.image_urls", broken)
    result = await imagine(room)
    assert "A mistake in this bot kept your pictures from you" in text_of(result.response)
    assert (await last_job(room)).status is JobStatus.FAILED
    assert await committed(room) == 0


async def test_while_discord_is_in_trouble_the_pictures_wait_and_then_arrive(room: Room) -> None:
    room.replicate.end_gate.hold()
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    room.env.inject_error("PATCH", "/webhooks/*", status=503, times=12)
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    await assert_made_once(room, result)


async def test_what_discord_does_not_take_for_a_day_is_kept_for_its_member(room: Room, clock: FastClock) -> None:
    room.replicate.end_gate.hold()
    await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.replicate.until(lambda: room.replicate.runs)
    for method in ("PATCH", "POST"):
        room.env.inject_error(method, "*", status=503, times=10_000)
    room.replicate.end_gate.release()
    while (await last_job(room)).status is not JobStatus.DELIVERING:  # noqa: ASYNC110 # it is saved without an event
        await asyncio.sleep(0.005)
    clock.advance(24 * 3600)
    await room.app.dispatch.idle()
    job = await last_job(room)
    assert (job.status, job.pictures) == (JobStatus.SUCCEEDED, 1)
    assert await committed(room) == sum(room.replicate.billed.values()) == 12_000
