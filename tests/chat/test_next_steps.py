"""Again, Edit, Variations and Details under a result, for whoever pressed; with another bot behind each press."""

import asyncio
import base64
import json
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image
from simcord.results import InteractionResult

from bot.chat import lookup
from bot.chat.modals import LONGEST_TEXT
from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.catalog import CATALOG
from bot.domain.errors import StoreUnavailable
from bot.domain.request import VARIATION
from tests.chat.forms import chosen, offered, parts, restart
from tests.chat.pictures import jpeg, png
from tests.chat.test_buttons import made, press


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"easel_member_daily_pictures": 9}


def inputs(room: Room) -> list[dict[str, Any]]:
    """What Replicate was asked for, run by run."""
    return [json.loads(each.body)["input"] for each in room.replicate.requests if each.path.endswith("2/predictions")]


def colour(uri: str) -> int:
    """Which picture of its batch it is, by the colour that `paint_small` gave it."""
    with Image.open(BytesIO(base64.b64decode(uri.partition(",")[2]))) as picture:
        return round(picture.convert("RGB").resize((1, 1)).tobytes()[0] / 40)


async def after_restart(room: Room, result: InteractionResult, label: str) -> InteractionResult:
    """The answer to a press by the other member, once all that follows from it has happened."""
    await restart(room)
    pressed = await press(room.other_member, result, label)
    await room.app.dispatch.idle()
    return pressed


async def pictures_used(room: Room) -> tuple[int, int]:
    """How many pictures the member and the other have used today."""
    now = room.app.client.studio.clock.now()
    used = [await room.app.store.usage(who.id, now, 0) for who in (room.member, room.other_member)]
    return used[0].today.pictures, used[1].today.pictures


async def test_again_makes_the_same_for_whoever_pressed(room: Room) -> None:
    result = await made(room, count=2, aspect_ratio="16:9", format="png", background="transparent")
    again = await after_restart(room, result, "Again")
    assert f"<@{room.other_member.id}> asked for\n> a fox" in text_of(again.response)
    first, second = inputs(room)
    assert first.pop("user_id") != second.pop("user_id")
    assert first == second
    assert await pictures_used(room) == (2, 2)
    assert not again.ephemeral
    # Their quota, too: nine pictures a day.
    for _ in range(3):
        again = await after_restart(room, result, "Again")
    assert not again.ephemeral
    refused = await after_restart(room, result, "Again")
    assert refused.ephemeral
    assert "You have 1 of 9 pictures left today, and asked for 2" in text_of(refused.response)
    assert len(inputs(room)) == 5


async def test_again_with_pictures_that_are_kept_and_then_are_not(room: Room, tmp_path: Path) -> None:
    result = await made(room, image=("fox.png", png()), image_2=("hen.jpg", jpeg()))
    again = await after_restart(room, result, "Again")
    assert "made from 2 pictures" in text_of(again.response)
    first, second = (each["input_images"] for each in inputs(room))
    assert first == second
    for blob in (tmp_path / "blobs").glob("*.blob"):
        blob.unlink()
    gone = await after_restart(room, again, "Again")
    assert gone.response is None
    (followup,) = gone.followups
    assert followup.ephemeral
    assert "isn't kept any longer. Please attach it again." in text_of(followup)
    assert await pictures_used(room) == (1, 1)


async def test_again_and_edit_of_what_was_private_are_private(room: Room) -> None:
    result = await made(room, private=True)
    await restart(room)
    again = await press(room.member, result, "Again")
    await room.app.dispatch.idle()
    assert again.ephemeral
    shown = await press(room.member, again, "Edit")
    edited = await room.member.submit_modal(shown, {"prompt": "a hen"})
    await room.app.dispatch.idle()
    assert edited.ephemeral
    assert edited.response is not None
    assert len(edited.response.attachments) == 1


async def test_again_after_a_failure(room: Room) -> None:
    result = await made(room, prompt="something forbidden")
    again = await after_restart(room, result, "Again")
    assert "The model's safety system refused this" in text_of(again.response)
    assert await pictures_used(room) == (0, 0)


async def test_edit_of_a_batch_with_another_picture(room: Room) -> None:
    result = await made(room, count=3, aspect_ratio="16:9")
    shown = await after_restart(room, result, "Edit")
    assert len(parts(shown)) == 5
    assert parts(shown)["prompt"]["value"] == "a fox"
    assert chosen(shown, "pictures") == ["Picture 1"]
    assert [*chosen(shown, "quality"), *chosen(shown, "aspect_ratio")] == ["Low: about $0.012 a picture", "Wide 16:9"]
    menu = offered(shown, "pictures")
    await restart(room)
    edited = await room.other_member.submit_modal(
        shown,
        {
            "prompt": "a blue fox",
            "pictures": [menu["Picture 2"], menu["Picture 3"]],
            "more": [("hen.jpg", jpeg())],
            "quality": ["medium"],
        },
    )
    await room.app.dispatch.idle()
    text = text_of(edited.response)
    assert f"<@{room.other_member.id}> asked for\n> a blue fox" in text
    assert "Medium quality · Wide 16:9 · 3 pictures · WebP · made from 3 pictures" in text
    asked = inputs(room)[-1]
    assert asked["prompt"] == "a blue fox"
    assert [each.partition(";")[0] for each in asked["input_images"]] == [
        "data:image/webp", "data:image/webp", "data:image/jpeg",
    ]  # fmt: skip
    assert [colour(each) for each in asked["input_images"][:2]] == [1, 2], "the second and the third"
    assert await pictures_used(room) == (3, 3)


async def test_an_edit_with_no_picture_is_made_from_the_prompt(room: Room) -> None:
    result = await made(room)
    shown = await after_restart(room, result, "Edit")
    assert chosen(shown, "pictures") == ["Picture 1"]
    edited = await room.other_member.submit_modal(shown, {"prompt": "a hen", "pictures": []})
    await room.app.dispatch.idle()
    assert "made from" not in text_of(edited.response)
    assert "input_images" not in inputs(room)[-1]


async def test_bad_input_in_the_form_is_told_privately_and_costs_nothing(room: Room) -> None:
    result = await made(room, count=9)
    before = await pictures_used(room)
    for values, words in (
        ({"more": [("notes.pdf", b"%PDF-1.7")]}, "`notes.pdf` isn't a picture"),
        ({"more": [("fox.heic", b"heic")]}, "is a HEIC file"),
        ({"prompt": "  \n"}, "Write what you would like to see"),
        ({"more": [(f"{n}.png", png()) for n in range(8)]}, "You attached 17 pictures; 16 is the most"),
    ):
        shown = await after_restart(room, result, "Edit")
        everything = list(offered(shown, "pictures").values())
        refused = await room.other_member.submit_modal(shown, {"prompt": "a hen", "pictures": everything, **values})
        assert refused.ephemeral
        assert words in text_of(refused.response)
    shown = await after_restart(room, result, "Edit")
    values = {"prompt": "a hen", "pictures": [], "more": [("fox.png", b"this is text")]}
    withdrawn = await room.other_member.submit_modal(shown, values)
    await room.app.dispatch.idle()
    assert withdrawn.response is None
    assert ["`fox.png` isn't a picture" in text_of(each) for each in withdrawn.followups] == [True]
    assert await pictures_used(room) == before
    assert len(room.replicate.runs) == 1


async def test_an_edit_after_a_failure_has_the_prompt_and_its_pictures(room: Room) -> None:
    result = await made(room, prompt="something forbidden", image=("fox.png", png()))
    shown = await after_restart(room, result, "Edit")
    assert parts(shown)["prompt"]["value"] == "something forbidden"
    assert chosen(shown, "pictures") == ["fox.png"]
    await restart(room)
    edited = await room.other_member.submit_modal(
        shown, {"prompt": "something fine", "pictures": list(offered(shown, "pictures").values())}
    )
    await room.app.dispatch.idle()
    assert edited.response is not None
    assert len(edited.response.attachments) == 1
    first, second = inputs(room)
    assert first["input_images"] == second["input_images"]


async def test_a_prompt_that_no_form_can_hold(room: Room) -> None:
    result = await made(room, prompt="fox " * (LONGEST_TEXT // 4) + "!")
    shown = await after_restart(room, result, "Edit")
    assert shown.ephemeral
    assert "This prompt has 4,001 characters" in text_of(shown.response)
    assert "`/edit`" in text_of(shown.response)
    details = await after_restart(room, result, "Details")
    assert details.response is not None
    (file,) = details.response.attachments
    assert (await file.read()).decode() == "fox " * 1000 + "!"


async def test_variations_of_a_single_picture_are_made_at_once(room: Room) -> None:
    result = await made(room)
    varied = await after_restart(room, result, "Variations")
    assert f"<@{room.other_member.id}> asked for\n> a fox" in text_of(varied.response)
    assert "1 picture · WebP · a variation" in text_of(varied.response)
    asked = inputs(room)[-1]
    assert asked["prompt"] == f"{VARIATION}\na fox"
    assert len(asked["input_images"]) == 1
    again = await after_restart(room, varied, "Again")
    assert "a variation" in text_of(again.response)
    assert inputs(room)[-1]["prompt"] == asked["prompt"]
    assert inputs(room)[-1]["input_images"] == asked["input_images"]


async def test_variations_of_one_in_a_batch(room: Room) -> None:
    result = await made(room, count=3)
    shown = await after_restart(room, result, "Variations")
    menu = offered(shown, "pictures")
    assert list(menu) == ["Picture 1", "Picture 2", "Picture 3"]
    await restart(room)
    varied = await room.other_member.submit_modal(shown, {"pictures": [menu["Picture 2"]]})
    await room.app.dispatch.idle()
    assert varied.response is not None
    assert len(varied.response.attachments) == 3
    (given,) = inputs(room)[-1]["input_images"]
    assert colour(given) == 1, "the second, as they are painted"


async def test_details_tell_everything_to_the_one_who_asked(room: Room) -> None:
    result = await made(room, image=("my_fox.png", png()), count=2, format="jpeg")
    details = await after_restart(room, result, "Details")
    assert details.ephemeral
    text = text_of(details.response)
    for words in (
        "> a fox",
        "GPT Image 2 (`openai/gpt-image-2`)",
        "**Quality** Low",
        "Square 1:1",
        "JPEG, compression 90 of 100",
        "**Made from 1 picture** my\\_fox.png",
        "of text in",
        "**Cost** $0.02",
        f"For <@{room.member.id}>",
    ):
        assert words in text
    assert "http" not in text
    assert result.response is not None
    menu = await room.other_member.context_menu(room.channel, "Show settings", result.response)
    assert menu.ephemeral
    assert text_of(menu.response) == text


async def test_settings_of_what_runs_and_of_what_is_not_ours(room: Room) -> None:
    room.replicate.end_gate.hold()
    running = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await restart(room)
    assert running.response is not None
    told = await room.other_member.context_menu(room.channel, "Show settings", running.response)
    assert "up to $0.012" in text_of(told.response)
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    theirs = await room.member.send(room.channel, "look at this")
    told = await room.other_member.context_menu(room.channel, "Show settings", theirs)
    assert told.ephemeral
    assert "This isn't one of my pictures" in text_of(told.response)


async def test_a_model_that_is_no_longer_offered(room: Room) -> None:
    result = await made(room)
    studio = room.app.client.studio
    room.app.client.studio = replace(studio, models=(CATALOG["openai/gpt-image-1.5"],))
    for label in ("Again", "Edit"):
        refused = await after_restart(room, result, label)
        assert refused.ephemeral
        assert "The model GPT Image 2 isn't offered here" in text_of(refused.response)


async def test_records_that_are_slow_are_not_waited_for(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form can't follow on a deferred answer, and Discord waits for three seconds."""
    answers = asyncio.Event()
    interaction: Any = SimpleNamespace(client=room.app.client)

    async def slow(_job_id: str) -> None:
        await answers.wait()
        raise StoreUnavailable  # which nobody waits for any longer

    monkeypatch.setattr(room.app.client.studio.moderation, "job", slow)
    monkeypatch.setattr(lookup, "LOOK_UP_SECONDS", 0.0)
    with pytest.raises(StoreUnavailable):
        await lookup.job_behind(interaction, "0" * 16)
    answers.set()
