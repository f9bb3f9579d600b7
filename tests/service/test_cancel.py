"""A job is canceled at any state, once, by whoever may; and the ledger says what it cost."""

import asyncio
from typing import Any

import pytest
from simcord.env import Env
from simcord.results import InteractionResult

from bot.demo.reading import text_of
from bot.demo.replicate_faults import Respond, Wait
from bot.demo.room import Room
from bot.domain.job import Job, JobStatus
from bot.service.moderation import Cancellation
from tests.service.test_fulfilment import CREATE, committed, last_job

PRICE = 12_000


@pytest.fixture(autouse=True)
def _env(room: Room) -> Env:
    """SimCord puts a test whose fixtures hold an environment on that environment's clock."""
    return room.env


async def ask(room: Room, **options: Any) -> tuple[InteractionResult, Job]:
    """Type the command, and don't wait for what follows."""
    result = await room.member.slash(room.channel, "imagine", **({"prompt": "a fox", "quality": "low"} | options))
    return result, await last_job(room)


async def cancel(room: Room, job: Job, person: Any = None, *, moderator: bool = False) -> Cancellation:
    person = person or room.member
    return await room.app.client.studio.moderation.cancel(job.id, person.id, moderator=moderator)


async def ended(room: Room, job: Job) -> None:
    while not ((found := await room.app.store.job(job.id)) and found.status.ended):  # noqa: ASYNC110 # it ends without an event
        await asyncio.sleep(0.005)


async def test_a_running_job_is_stopped_and_pays_what_replicate_bills(room: Room) -> None:
    room.replicate.end_gate.hold()
    result, job = await ask(room)
    await room.replicate.until(lambda: room.replicate.runs)
    assert await cancel(room, job) is Cancellation.ACCEPTED
    await room.app.dispatch.idle()
    (run,) = room.replicate.runs
    assert run.status == "canceled"
    assert (await last_job(room)).status is JobStatus.CANCELED
    assert await committed(room) == sum(room.replicate.billed.values()) == PRICE
    assert result.response is not None
    assert not result.response.attachments
    assert "canceled" in text_of(result.response)


async def test_a_job_that_waits_for_its_turn_ends_at_once_and_costs_nothing(room: Room) -> None:
    room.replicate.end_gate.hold()
    for _ in range(2):
        await ask(room)
    result, job = await ask(room, prompt="the third of two")
    assert job.status is JobStatus.QUEUED
    assert await cancel(room, job) is Cancellation.ACCEPTED
    await ended(room, job)
    assert "canceled" in text_of(result.response)
    assert len(room.replicate.runs) == 2
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    assert await committed(room) == sum(room.replicate.billed.values()) == 2 * PRICE


async def test_a_cancel_during_the_create_lets_it_finish_and_cancels_there(room: Room) -> None:
    room.replicate.end_gate.hold()
    held = asyncio.Event()
    room.replicate.faults.order(Wait(held), method="POST", path=CREATE)
    _, job = await ask(room)
    await room.replicate.until(lambda: any(each.method == "POST" for each in room.replicate.requests))
    assert await cancel(room, job) is Cancellation.ACCEPTED
    held.set()
    await room.app.dispatch.idle()
    (run,) = room.replicate.runs
    assert run.status == "canceled"
    assert await committed(room) == sum(room.replicate.billed.values())


async def test_it_is_canceled_once_and_not_after_its_end(room: Room) -> None:
    room.replicate.end_gate.hold()
    _, job = await ask(room)
    assert await cancel(room, job) is Cancellation.ACCEPTED
    assert await cancel(room, job) in {Cancellation.ASKED_BEFORE, Cancellation.TOO_LATE}
    await room.app.dispatch.idle()
    assert await cancel(room, job) is Cancellation.TOO_LATE
    assert len(room.replicate.runs) <= 1


async def test_another_member_may_not_but_a_moderator_may(room: Room) -> None:
    room.replicate.end_gate.hold()
    result, job = await ask(room)
    assert await cancel(room, job, room.other_member) is Cancellation.NOT_ALLOWED
    assert await cancel(room, job, room.moderator, moderator=True) is Cancellation.ACCEPTED
    await room.app.dispatch.idle()
    assert "moderator" in text_of(result.response)


async def test_a_job_that_nobody_knows(room: Room) -> None:
    unknown = room.app.client.studio.moderation.cancel("0" * 16, room.member.id, moderator=True)
    assert await unknown is Cancellation.UNKNOWN


async def test_a_cancel_that_came_too_late_to_save_the_money_still_shows_no_picture(room: Room) -> None:
    room.replicate.end_gate.hold()
    room.replicate.faults.order(Respond(500, "no"), method="POST", path="*/cancel", times=1000)
    result, job = await ask(room)
    await room.replicate.until(lambda: room.replicate.runs)
    assert await cancel(room, job) is Cancellation.ACCEPTED
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    assert result.response is not None
    assert not result.response.attachments
    assert await committed(room) == sum(room.replicate.billed.values()) == PRICE
