"""How a run can end without pictures, each in its own words in the place of the card, and what it costs."""

import pytest

from bot.demo.reading import text_of
from bot.demo.replicate_faults import Respond
from bot.demo.replicate_runs import Ending
from bot.demo.room import Room

ENDINGS = {
    "safety": (
        Ending("failed", error="The input or output was flagged as sensitive. (E005)"),
        "safety system refused this",
    ),
    "credit": (Ending("failed", error="Insufficient credit (E001)"), "no credit left"),
    "key": (Ending("failed", error="Invalid key (E002)"), "token was refused"),
    "busy": (
        Ending("failed", error="Service is currently unavailable due to high demand (E003)"),
        "too busy right now",
    ),
    "input": (Ending("failed", error="Invalid input: bad image (E006)"), "didn't accept the request"),
    "platform": (
        Ending("failed", error="Director: unexpected error (E8765)"),
        "The model failed (Director: unexpected error (E8765))",
    ),
    "aborted": (Ending("aborted"), "took longer than"),
    "nothing": (Ending(output=[]), "answered without a picture"),
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_run_without_pictures_ends_in_one_sentence_and_costs_nothing(room: Room, ending: str) -> None:
    outcome, words = ENDINGS[ending]
    room.replicate.endings.append(outcome)
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.app.dispatch.idle()
    text = text_of(result.response)
    assert words in text
    assert "may cost" not in text
    assert result.response is not None
    assert not result.response.attachments
    usage = await room.app.store.usage(room.member.id, room.app.client.studio.clock.now(), 1)
    assert usage.today.amount == 0
    assert usage.last[0].cost == 0


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Respond(401, {"title": "Unauthenticated", "detail": "no", "status": 401}), "token was refused"),
        (
            Respond(422, {"detail": "- input.prompt: too rude", "status": 422, "title": "Input validation failed"}),
            "didn't accept the request",
        ),
    ],
)
async def test_a_create_that_is_refused_ends_on_the_card(room: Room, fault: Respond, words: str) -> None:
    room.replicate.faults.order(fault, method="POST", path="*/predictions")
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await room.app.dispatch.idle()
    assert words in text_of(result.response)
    assert not room.replicate.runs
    usage = await room.app.store.usage(room.member.id, room.app.client.studio.clock.now(), 0)
    assert usage.today.amount == 0
