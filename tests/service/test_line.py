"""Those who wait for their turn are told their place in line, at once and when it moves, and when it has come."""

import asyncio
from typing import Any

import pytest
from simcord.env import Env

from bot.chat.announcer import DiscordAnnouncer
from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.errors import EaselError
from bot.domain.job import Job
from tests.chat.test_buttons import press
from tests.service.test_queue import ask, made, prompts, until

NEXT = "Next in line."
CANCELED = "You canceled this."


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"easel_max_in_flight": 1}


@pytest.fixture(autouse=True)
def _env(room: Room) -> Env:
    """SimCord puts a test whose fixtures hold an environment on that environment's clock."""
    return room.env


async def test_a_place_is_told_at_once_and_moves_until_it_has_come(room: Room) -> None:
    room.replicate.end_gate.hold()
    running = await ask(room, prompt="running")
    assert "Painting" in text_of(running.response)
    await made(room, 1)
    mine = [await ask(room, prompt=f"mine {number}") for number in range(3)]
    assert NEXT in text_of(mine[0].response)
    assert "1 request is ahead of it in line" in text_of(mine[1].response)
    assert "2 requests are ahead of it in line" in text_of(mine[2].response)

    # Who had no turn yet goes before those who ask for much; theirs move back.
    theirs = await ask(room, room.other_member, prompt="theirs")
    assert NEXT in text_of(theirs.response)
    await until(lambda: "1 request is ahead" in text_of(mine[0].response))
    await until(lambda: "3 requests are ahead" in text_of(mine[2].response))
    assert "Painting" in text_of(running.response)

    # One run ends, and the next begins: its card counts down, and the others move up.
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    assert prompts(room) == ["running", "theirs", "mine 0", "mine 1", "mine 2"]
    for each in (running, theirs, *mine):
        assert each.response is not None
        assert len(each.response.attachments) == 1


async def test_the_card_counts_down_once_the_turn_has_come(room: Room) -> None:
    room.replicate.end_gate.hold()
    first = await ask(room, prompt="first")
    await made(room, 1)
    second = await ask(room, prompt="second")
    assert NEXT in text_of(second.response)
    third = await ask(room, prompt="third")
    await press(room.member, first, "Cancel")
    await made(room, 2)
    await until(lambda: "Painting" in text_of(second.response))
    await until(lambda: NEXT in text_of(third.response))
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()


async def test_a_place_that_is_told_too_late_doesnt_hide_how_the_request_ended(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.replicate.end_gate.hold()
    first = await ask(room, prompt="first")
    await made(room, 1)
    second, third = await ask(room, prompt="second"), await ask(room, prompt="third")
    show, told = DiscordAnnouncer.show_waiting, asyncio.Event()
    pressed: list[asyncio.Task[Any]] = []

    async def show_late(announcer: DiscordAnnouncer, job: Job, because: EaselError | None) -> None:
        if job.request.prompt == "third" and not pressed:
            pressed.append(asyncio.create_task(press(room.member, third, "Cancel")))
            await until(lambda: CANCELED in text_of(third.response))
        await show(announcer, job, because)
        told.set()

    monkeypatch.setattr(DiscordAnnouncer, "show_waiting", show_late)
    await press(room.member, first, "Cancel")
    await told.wait()
    await until(lambda: CANCELED in text_of(third.response))
    assert CANCELED not in text_of(second.response)
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    await asyncio.gather(*pressed)
    assert CANCELED in text_of(third.response)
