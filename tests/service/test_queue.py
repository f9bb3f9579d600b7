"""Jobs that wait: for their turn, for a throttle, for credit."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest
import structlog
from simcord.env import Env
from simcord.results import InteractionResult

from bot.demo.reading import text_of
from bot.demo.replicate_faults import out_of_credit, throttled
from bot.demo.room import Room
from bot.domain.errors import OutOfCredit
from bot.domain.fairness import Limits
from bot.service.line import Line
from bot.storage.queue import SqlQueue
from tests.clocks import FastClock
from tests.service.test_fulfilment import CREATE, committed

PRICE = 12_000


@pytest.fixture(autouse=True)
def _env(room: Room) -> Env:
    """SimCord puts a test whose fixtures hold an environment on that environment's clock."""
    return room.env


async def ask(room: Room, person: Any = None, **options: Any) -> InteractionResult:
    """Type the command, and don't wait for what follows."""
    asked = {"prompt": "a fox", "quality": "low"} | options
    return await (person or room.member).slash(room.channel, "imagine", **asked)


def prompts(room: Room) -> list[str]:
    return [run.input["prompt"] for run in room.replicate.runs]


async def made(room: Room, count: int) -> None:
    await room.replicate.until(lambda: len(room.replicate.runs) == count)


async def test_one_member_runs_two_at_once_and_delays_nobody_elses_first(room: Room) -> None:
    room.replicate.end_gate.hold()
    for number in range(6):
        await ask(room, prompt=f"mine {number}")
    await made(room, 2)
    await ask(room, room.other_member, prompt="theirs")
    await made(room, 3)
    assert sorted(prompts(room)) == ["mine 0", "mine 1", "theirs"]
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    assert sorted(prompts(room)) == [*(f"mine {number}" for number in range(6)), "theirs"]
    assert await committed(room) == 6 * PRICE, "of the one"


async def test_a_throttled_job_keeps_its_turn_for_as_long_as_it_takes(room: Room) -> None:
    room.replicate.faults.order(throttled(60), method="POST", path=CREATE, times=8)
    first = await ask(room, prompt="first")
    await room.replicate.until(lambda: room.replicate.faults.pending < 7)
    second = await ask(room, prompt="second")
    await room.app.dispatch.idle()
    assert prompts(room) == ["first", "second"]
    for result in (first, second):
        assert result.response is not None
        assert len(result.response.attachments) == 1


async def test_replicate_out_of_reach_for_minutes_ends_in_a_sentence(room: Room) -> None:
    await room.replicate.__aexit__(None, None, None)
    result = await ask(room)
    await room.app.dispatch.idle()
    assert "too busy right now" in text_of(result.response)
    assert await committed(room) == 0


async def test_without_credit_all_creates_wait_and_go_on_by_themselves(room: Room) -> None:
    room.replicate.faults.order(out_of_credit(), method="POST", path=CREATE, times=3)
    with structlog.testing.capture_logs() as log:
        mine = [await ask(room, prompt=f"mine {number}") for number in range(3)]
        theirs = await ask(room, room.other_member, prompt="theirs")
        await room.app.dispatch.idle()
    assert sorted(prompts(room)) == ["mine 0", "mine 1", "mine 2", "theirs"]
    for result in (*mine, theirs):
        assert result.response is not None
        assert len(result.response.attachments) == 1
    errors = [each["event"] for each in log if each["log_level"] == "error"]
    assert len(errors) == 1
    assert "no credit left" in errors[0]
    creates = [each for each in room.replicate.requests if each.method == "POST" and "predictions" in each.path]
    assert len(creates) == 3 + 4, "one probe a minute, not one of each job"


async def test_members_are_told_that_they_wait_for_credit(room: Room) -> None:
    room.replicate.faults.order(out_of_credit(), method="POST", path=CREATE, times=10_000)
    results = [await ask(room, prompt=f"mine {number}") for number in range(3)]
    late = await ask(room, room.other_member)
    for result in (*results, late):
        await until(lambda result=result: "no credit" in text_of(result.response))
        assert "by itself" in text_of(result.response)


async def test_who_is_admitted_just_before_the_account_is_closed_is_told_too(room: Room, clock: FastClock) -> None:
    """Between the admission and the card, which nobody can tell of it yet."""
    queue = SqlQueue(room.app.store.database, Limits())

    class ClosingLine:
        async def ahead(self, job_id: str) -> int | None:
            await queue.close("operator", clock.now(), OutOfCredit())

    studio = room.app.client.studio
    room.app.client.studio = replace(studio, line=cast("Line", ClosingLine()))
    room.replicate.faults.order(out_of_credit(), method="POST", path=CREATE, times=10_000)
    result = await ask(room)
    await until(lambda: "no credit" in text_of(result.response))
    assert "by itself" in text_of(result.response)


async def test_who_waits_for_credit_for_an_hour_is_let_go(room: Room, clock: FastClock) -> None:
    room.replicate.faults.order(out_of_credit(), method="POST", path=CREATE, times=10_000)
    result = await ask(room)
    await until(lambda: "no credit" in text_of(result.response))
    clock.advance(3600)
    await room.app.dispatch.idle()
    assert "There is no credit left to make pictures with" in text_of(result.response)
    assert not room.replicate.runs
    assert await committed(room) == 0


async def until(condition: Any) -> None:
    while not condition():  # noqa: ASYNC110 # SimCord's messages change without an event
        await asyncio.sleep(0.005)
