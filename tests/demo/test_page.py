"""The room's page in a real browser, used as a person uses it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Route, expect
from simcord.results import InteractionResult

from bot.demo.browser import HOW_TO_GET_ONE, find_chromium
from bot.demo.page import LivePage
from bot.demo.painter import paint
from bot.demo.people import MEMBER, MODERATOR, OTHER_MEMBER
from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.demo.tour import PHOTOS
from tests.demo.person import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason=HOW_TO_GET_ONE),
    pytest.mark.asyncio(loop_scope="package"),
]

FOR_LONG = 45.0  # seconds; no such run ends within a test


async def made(room: Room, live: LivePage, prompt: str) -> InteractionResult:
    """A result of a member's, which nobody had to type."""
    async with live.turn:
        result = await room.member.slash(room.channel, "imagine", prompt=prompt, quality="low")
    await room.app.dispatch.idle()
    return result


@pytest.mark.parametrize("painter", [paint])
async def test_an_edit_made_with_picker_options_and_a_file(room: Room, person: Person) -> None:
    loads: list[str] = []
    person.page.on("load", lambda page: loads.append(page.url))
    await person.pick("imagine")
    await person.fill("the cat in the mountains", quality="Low: about $0.012 a picture", aspect_ratio="Wide 16:9")
    await person.attach(image=PHOTOS / "cat.jpg")
    await person.send()

    picture = person.pictures("the cat in the mountains")
    await person.sees(picture)
    await expect(picture).to_have_js_property("naturalWidth", 2048)
    await expect(person.message("the cat in the mountains")).to_contain_text("made from 1 picture")
    assert not loads, "nothing was reloaded"
    (run,) = room.replicate.runs
    assert (run.input["quality"], run.input["aspect_ratio"]) == ("low", "16:9")
    assert len(run.input["input_images"]) == 1


async def test_twenty_commands_in_a_row_lose_none(room: Room, person: Person) -> None:
    prompts = [f"picture number {n:02}" for n in range(20)]
    for prompt in prompts:
        await person.imagine(prompt)
    for prompt in prompts:
        await person.sees(person.pictures(prompt))
    assert sorted(run.input["prompt"] for run in room.replicate.runs) == prompts


async def test_a_command_sent_during_another_operation_waits_for_its_turn(
    room: Room, live: LivePage, person: Person
) -> None:
    await person.pick("imagine")
    await person.fill("patience")
    async with live.turn:
        room.env._begin_operation("what the clock does")
        async with person.page.expect_request("**/api/action"):
            await person.page.keyboard.press("Enter")
        await person.page.wait_for_event("response", lambda response: response.url.endswith("/api/state"))
        room.env._end_operation()
    await person.sees(person.pictures("patience"))


@pytest.mark.parametrize("pace", [lambda _: FOR_LONG])
async def test_a_countdown_is_true_and_leaves_a_draft_in_peace(room: Room, live: LivePage, person: Person) -> None:
    await person.imagine("something slow")
    async with live.turn:
        shown = room.channel.last_message
    found = re.search(r"<t:(\d+):R>", text_of(shown))
    assert found is not None
    end = int(found[1])
    countdown = person.message("something slow").locator(".discord-timestamp")
    await person.pick("imagine")
    await person.field("prompt").fill("half a pro")

    previous = await countdown.inner_text()
    for _ in range(3):
        await expect(countdown).not_to_have_text(previous)
        now, text = datetime.now(UTC), await countdown.inner_text()
        left = end - now.timestamp()
        assert seconds_in(text) < seconds_in(previous)
        # The page rounds, looks twice a second, and may have to wait for a busy machine.
        assert -1.0 <= seconds_in(text) - left <= 3.0
        previous = text

    await person.page.keyboard.type("mpt")
    await expect(person.field("prompt")).to_be_focused()
    await expect(person.field("prompt")).to_have_value("half a prompt")


def seconds_in(countdown: str) -> int:
    found = re.fullmatch(r"in (\d+) seconds?", countdown)
    assert found is not None, countdown
    return int(found[1])


async def test_a_refusal_is_seen_by_its_member_alone(room: Room, person: Person, tmp_path: Path) -> None:
    (tmp_path / "holiday.png").write_text("not a picture")
    await person.imagine("a sticker", background="Transparent (PNG or WebP)", format="JPEG")
    await person.pick("imagine")
    await person.fill("make it sunny")
    await person.attach(image=tmp_path / "holiday.png")
    await person.send()
    for words in ("JPEG can't hold a transparent background", "holiday.png isn't a picture"):
        await expect(person.message(words)).to_contain_text("Only you can see this")
    await expect(person.message("make it sunny")).to_have_count(0)

    await person.look_as(OTHER_MEMBER.name)
    await expect(person.message("Welcome to Easel's demo")).to_be_visible()
    await expect(person.messages).to_have_count(1)
    await person.look_as(MEMBER.name)
    await expect(person.messages).to_have_count(3)
    assert room.replicate.runs == []


async def test_delete_by_a_member_is_refused_and_by_a_moderator_done(
    room: Room, live: LivePage, person: Person
) -> None:
    result = await made(room, live, "a boat at dawn")
    await person.sees(person.pictures("a boat at dawn"))
    card = person.message("a boat at dawn")
    await person.look_as(OTHER_MEMBER.name)
    await person.press(card, "Delete")
    await expect(person.message("Only the member who asked for this, or a moderator")).to_be_visible()
    await expect(card).to_be_visible()
    await person.look_as(MODERATOR.name)
    await person.press(card, "Delete")
    await expect(card).to_have_count(0)
    assert result.response is None


async def test_a_click_on_a_page_that_was_refreshed_meanwhile_counts(
    room: Room, live: LivePage, person: Person
) -> None:
    result = await made(room, live, "a boat at dusk")
    await person.sees(person.pictures("a boat at dusk"))

    async def deliver_late(route: Route) -> None:
        await made(room, live, "what came in between")
        await person.sees(person.pictures("what came in between"))
        await route.continue_()

    await person.page.route("**/api/action", deliver_late, times=1)
    await person.press(person.message("a boat at dusk"), "Delete")
    await expect(person.message("a boat at dusk")).to_have_count(0)
    assert result.response is None


async def test_the_newest_is_in_view_after_a_command_and_after_a_reload(
    room: Room, live: LivePage, person: Person
) -> None:
    for n in range(8):
        await made(room, live, f"earlier {n}")
    await person.imagine("the newest of all")
    await person.sees(person.pictures("the newest of all"))
    await expect(person.pictures("the newest of all")).to_be_in_viewport()
    await person.page.reload()
    await expect(person.pictures("the newest of all")).to_be_in_viewport()
