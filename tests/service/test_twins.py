"""A create that was thought lost and was not: its run is found later, stopped, and reported once."""

import asyncio

import pytest
import structlog
from simcord.env import Env

from bot.demo.replicate_faults import LoseAnswer, Respond
from bot.demo.room import Room
from bot.domain.job import JobStatus
from bot.service.strays import StraySearch
from tests.clocks import FastClock
from tests.service.test_fulfilment import CREATE, committed, last_job

EMPTY = Respond(200, {"results": [], "next": None, "previous": None})
PRICE = 12_000


@pytest.fixture(autouse=True)
def _env(room: Room) -> Env:
    """SimCord puts a test whose fixtures hold an environment on that environment's clock."""
    return room.env


async def test_a_twin_that_appears_after_all_is_canceled_and_reported(room: Room) -> None:
    room.replicate.end_gate.hold()
    room.replicate.faults.order(LoseAnswer(), method="POST", path=CREATE)
    room.replicate.faults.order(EMPTY, method="GET", path="/v1/predictions", times=6)
    with structlog.testing.capture_logs() as log:
        result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
        await room.replicate.until(lambda: len(room.replicate.runs) == 2)
        twin, run = room.replicate.runs
        assert twin.input == run.input
        await room.replicate.until(lambda: twin.status == "canceled")
        room.replicate.end_gate.release()
        await room.app.dispatch.idle()
        reports = [each for each in log if "no job owns" in each["event"]]
    assert [each["prediction"] for each in reports] == [twin.id]
    assert run.status == "succeeded"
    job = await last_job(room)
    assert (job.status, job.prediction_id, job.doubtful) == (JobStatus.SUCCEEDED, run.id, True)
    assert await committed(room) == PRICE, "the member pays for one"
    assert result.response is not None
    assert len(result.response.attachments) == 1


async def test_a_run_like_a_doubtful_one_that_another_job_owns_is_left_alone(room: Room, clock: FastClock) -> None:
    room.replicate.faults.order(Respond(500, "no"), method="POST", path=CREATE)
    await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.app.dispatch.idle()
    room.replicate.end_gate.hold()
    await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.replicate.until(lambda: len(room.replicate.runs) == 2)
    search = StraySearch(room.app.store, room.app.replicate, clock, lookup_grace=1)
    clock.advance(300)
    await search.look()  # as the create's answer may be on its way
    while (await last_job(room)).status is not JobStatus.RUNNING:  # noqa: ASYNC110 # it is saved without an event
        await asyncio.sleep(0.005)
    await search.look()
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    assert [run.status for run in room.replicate.runs] == ["succeeded", "succeeded"]
    assert await committed(room) == 2 * PRICE
