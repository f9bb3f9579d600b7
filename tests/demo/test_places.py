"""The room's places and the apps' menu on the page: all in one room and one browser, since both take a while to open."""

import pytest
from playwright.async_api import expect

from bot.demo.browser import HOW_TO_GET_ONE, find_chromium
from bot.demo.page import LivePage
from bot.demo.people import MODERATOR
from bot.demo.room import Room
from tests.demo.person import Person

pytestmark = [pytest.mark.browser, pytest.mark.skipif(find_chromium() is None, reason=HOW_TO_GET_ONE)]

PLACES = [
    "#studio",
    "#inspiration",
    "#after-dark (age-restricted)",
    "sketches (thread)",
    "Foxes, please (forum post)",
    "#boosted (50 MiB files)",
    "Direct messages",
]


async def test_pictures_are_made_in_every_place_and_stay_there(room: Room, live: LivePage, person: Person) -> None:
    assert await person.places() == PLACES
    for place in PLACES:
        await person.go_to(place)
        await person.imagine(f"a fox in {place}")
        await person.sees(person.pictures(f"a fox in {place}"))
    for place in PLACES:
        await person.go_to(place)
        await expect(person.pictures(f"a fox in {place}")).to_have_count(1)
        await expect(person.messages.locator("img[alt*='a fox in']")).to_have_count(1)
    await person.look_as(MODERATOR.name)
    await expect(person.messages).to_have_count(0)  # the direct messages are the moderator's own
    await person.go_to("#studio-log (moderators)")
    await person.look_as("Member")
    assert await person.page.get_by_label("Place").input_value() == "#studio"
