"""Cancel on a card whose job waits or runs: who may press it, what they are told, and what becomes of the card."""

import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from tests.chat.forms import restart
from tests.chat.test_buttons import AFTER_A_FAILURE, BUTTON, press


async def running(room: Room, **options: object) -> InteractionResult:
    """A card whose run has begun and doesn't end by itself."""
    room.replicate.end_gate.hold()
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low", **options)
    await room.replicate.until(lambda: room.replicate.runs)
    return result


async def status_of_last(room: Room) -> tuple[str, int | None]:
    usage = await room.app.store.usage(room.member.id, room.app.client.studio.clock.now(), 1)
    return usage.last[0].status.value, usage.last[0].cost


@pytest.mark.parametrize(
    ("who", "words"), [("member", "You canceled this."), ("moderator", "A moderator canceled this.")]
)
async def test_cancel_ends_the_job_and_says_so_on_the_card(room: Room, who: str, words: str) -> None:
    result = await running(room)
    person: MemberActor = getattr(room, who)
    await restart(room)
    pressed = await press(person, result, "Cancel")
    assert pressed.ephemeral
    assert text_of(pressed.response).startswith("Canceling …")
    await room.app.dispatch.idle()
    text = text_of(result.response)
    assert words in text
    assert [button["label"] for button in components_of(result.response, BUTTON)] == AFTER_A_FAILURE
    status, cost = await status_of_last(room)
    assert status == "canceled"
    assert ("Replicate charges for canceled runs, too: $0.012." in text) is bool(cost)


async def test_cancel_pressed_twice_is_said_to_be_under_way(room: Room) -> None:
    result = await running(room)
    first, second = await press(room.member, result, "Cancel"), await press(room.moderator, result, "Cancel")
    assert text_of(first.response).startswith("Canceling …")
    assert any(words in text_of(second.response) for words in ("canceled already", "too late to cancel"))
    assert second.ephemeral
    await room.app.dispatch.idle()
    assert "You canceled this." in text_of(result.response)


async def test_cancel_by_somebody_else_is_refused(room: Room) -> None:
    result = await running(room)
    pressed = await press(room.other_member, result, "Cancel")
    assert pressed.ephemeral
    assert "Only the member who asked for this, or a moderator, can cancel it." in text_of(pressed.response)
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    assert (await status_of_last(room))[0] == "succeeded"


async def test_cancel_of_a_private_job(room: Room) -> None:
    result = await running(room, private=True)
    await press(room.member, result, "Cancel")
    await room.app.dispatch.idle()
    assert "You canceled this." in text_of(result.response)
