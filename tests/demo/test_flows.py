"""What members do most with pictures, in a real browser: one room and one page for all of it, since both take a while
to open. Each test has its own place or prompt."""

import io
import os
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, expect

from bot.demo.browser import HOW_TO_GET_ONE, find_chromium, open_page
from bot.demo.people import MEMBER, MODERATOR
from bot.demo.room import Room, open_room
from bot.demo.tour import PHOTOS
from tests.demo.conftest import paint_small
from tests.demo.person import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason=HOW_TO_GET_ONE),
    pytest.mark.asyncio(loop_scope="package"),
]

FOR_LONG = 45.0  # seconds; no such run ends within a test

MEBIBYTE = 1 << 20

PLACES = [
    "#studio",
    "#inspiration",
    "#after-dark (age-restricted)",
    "sketches (thread)",
    "Foxes, please (forum post)",
    "#boosted (50 MiB files)",
    "Direct messages",
]
"""Where a member may go; a moderator may go to the log, too."""


def pace(values: Mapping[str, Any]) -> float:
    return FOR_LONG if "slow" in values["prompt"] else 0.0


def paint(values: Mapping[str, Any], inputs: Sequence[bytes]) -> list[bytes]:
    """Small pictures, but where a prompt asks for large files: of 4 MiB, or of 12."""
    large = {"heavy": 4, "huge": 12}
    size = next((mebibytes for word, mebibytes in large.items() if word in values["prompt"]), None)
    if size is None:
        return paint_small(values, inputs)
    pixels = (1024, size * MEBIBYTE // 3 // 1024)
    noise = Image.frombytes("RGB", pixels, os.urandom(pixels[0] * pixels[1] * 3))
    output = io.BytesIO()
    noise.save(output, "png", compress_level=0)
    return [output.getvalue()] * int(values["number_of_images"])


@pytest.fixture(scope="module")
def directory() -> Generator[Path]:
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def room(directory: Path) -> AsyncGenerator[Room]:
    async with open_room(directory, seconds=pace, paint=paint) as room:
        yield room
    assert not room.env.errors, "nothing failed inside the bot"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def person(room: Room, browser: Browser) -> AsyncGenerator[Person]:
    async with await room.page(0) as live, open_page(live.url, browser=browser) as page:
        yield Person(page)


async def test_pictures_are_made_in_every_place_and_stay_there(person: Person) -> None:
    assert await person.places() == PLACES
    for place in PLACES:
        await person.go_to(place)
        await person.imagine(f"a fox in {place}")
        await person.sees(person.pictures(f"a fox in {place}"))
    for place in (PLACES[0], PLACES[3], PLACES[-1]):
        await person.go_to(place)
        await expect(person.pictures(f"a fox in {place}")).to_have_count(1)
        await expect(person.messages.locator("img[alt*='a fox in']")).to_have_count(1)
    assert await person.here() == "Direct messages"
    await person.look_as(MODERATOR.name)
    await expect(person.messages).to_have_count(0)  # these are the moderator's own
    await person.go_to("#studio-log (moderators)")
    await person.look_as(MEMBER.name)
    assert await person.here() == "#studio", "where the other one was, this one may not go"


async def test_an_edit_from_the_menu_of_another_bots_message(room: Room, person: Person) -> None:
    await person.go_to("#inspiration")
    await person.use_app(person.message("Two for your wall"), "Edit image")
    card = person.messages.filter(has=person.page.get_by_text("Write the prompt"))
    await expect(card).to_contain_text("Only you can see this")
    await person.sees(card.locator("img[alt^='Picture']"), 2)
    await person.choose(card, "How many pictures", "2 pictures")
    await person.press(card, "Write the prompt")
    await person.write("a cat with a coffee", PHOTOS / "coffee.jpg")
    await person.choose(person.form, "Pictures to use", "Picture 2")
    await person.submit()

    await person.sees(person.pictures("a cat with a coffee"), 2)
    await expect(person.message("a cat with a coffee").last).to_contain_text("made from 3 pictures")
    run = room.replicate.runs[-1]
    assert (run.input["prompt"], run.input["number_of_images"]) == ("a cat with a coffee", 2)
    assert len(run.input["input_images"]) == 3


async def test_a_message_without_pictures_has_none_to_edit(room: Room, person: Person) -> None:
    await person.go_to("#inspiration")
    runs = len(room.replicate.runs)
    await person.use_app(person.message("And a message without any picture"), "Edit image")
    await expect(person.messages.last).to_contain_text("There is no picture in this message")
    await expect(person.messages.last).to_contain_text("Only you can see this")
    assert len(room.replicate.runs) == runs


async def test_a_result_is_edited_with_a_picture_of_ones_own(room: Room, person: Person) -> None:
    await person.go_to("sketches (thread)")
    await person.imagine("a boat")
    await person.sees(person.pictures("a boat"))
    await person.press(person.messages.last, "Edit")
    await expect(person.form.locator("textarea")).to_have_value("a boat")
    await person.write("a boat with a cat in it", PHOTOS / "cat.jpg")
    await person.submit()
    await person.sees(person.pictures("a boat with a cat in it"))
    assert len(room.replicate.runs[-1].input["input_images"]) == 2


async def test_one_picture_of_a_batch_is_deleted(person: Person) -> None:
    await person.go_to("#studio")
    await person.imagine("three balloons", count="3 pictures")
    await person.sees(person.pictures("three balloons"), 3)
    card = person.messages.last
    await person.press(card, "Delete")
    await person.choose(person.form, "Pictures to delete", "Picture 2")
    await person.submit()
    await person.sees(person.pictures("three balloons"), 2)
    alternatives = [await each.get_attribute("alt") for each in await person.pictures("three balloons").all()]
    assert [each.partition(".")[0] for each in alternatives if each] == ["Picture 1 of 3", "Picture 3 of 3"]


async def test_a_run_is_canceled_while_it_runs(room: Room, person: Person) -> None:
    await person.go_to("#studio")
    await person.imagine("a slow river")
    card = person.message("a slow river")
    await expect(card).to_contain_text("Painting")
    await person.press(card, "Cancel")
    await expect(card).to_contain_text("canceled")
    await expect(card.get_by_text("Cancel", exact=True)).to_have_count(0)
    assert room.replicate.runs[-1].status in {"canceled", "aborted"}


async def test_a_batch_over_the_limit_of_a_request_comes_whole(room: Room, person: Person) -> None:
    await person.go_to("#studio")
    await person.imagine("ten heavy stones", count="10 pictures", format="PNG")
    await person.sees(person.pictures("ten heavy stones"), 10)
    await expect(person.messages.last).not_to_contain_text("made to fit")
    made = room.channel.last_message
    assert made is not None
    assert sum(each.size for each in made.attachments) > 40 * MEBIBYTE


async def test_a_file_over_its_limit_is_made_to_fit_but_where_the_guild_is_boosted(person: Person) -> None:
    for place, refitted in (("#boosted (50 MiB files)", False), ("#studio", True)):
        await person.go_to(place)
        await person.imagine("a huge rock", format="PNG")
        await person.sees(person.pictures("a huge rock"))
        await expect(person.messages.last.get_by_text("made to fit")).to_have_count(int(refitted))
