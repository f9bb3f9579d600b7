"""Review, report and appeal in a real browser, as each person in the room."""

import pytest
from playwright.async_api import Locator, expect

from bot.demo.browser import HOW_TO_GET_ONE, find_chromium, settled
from bot.demo.people import MEMBER, MODERATOR, OTHER_MEMBER
from tests.demo.person import Person

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason=HOW_TO_GET_ONE),
    pytest.mark.asyncio(loop_scope="package"),
]

STUDIO, LOG = "#studio", "#studio-log (moderators)"


async def open_menu(person: Person, within: Locator, place: int, label: str) -> None:
    """Choose an entry of the menu in that place, whatever it shows by now; again where the page was busy."""
    for _ in range(3):
        await within.get_by_role("combobox").nth(place).click()
        await person.page.locator(".select-options [role=option]:visible").filter(has_text=label).click()
        if await person.page.get_by_role("button", name="Apply", exact=True).is_visible():
            await person.page.get_by_role("button", name="Apply", exact=True).click()
        await settled(person.page)
        if not await within.get_by_text("Wait for the current action").is_visible():
            return
    pytest.fail("the page was busy for three choices")


async def as_who(person: Person, name: str, place: str) -> None:
    await person.look_as(name)
    if await person.here() != place:
        await person.go_to(place)


async def let_everyones_requests_wait(person: Person) -> None:
    await as_who(person, MODERATOR.name, STUDIO)
    await person.pick("studio settings")
    await person.send()
    panel = person.messages.last
    await person.choose(panel, "What to change", "Channels for moderators")
    await expect(panel).to_contain_text("What is reported, and what moderators decide")
    await open_menu(person, panel, 0, "studio-log")
    await expect(panel).to_contain_text("Saved.")
    await person.press(panel, "Back")
    await expect(panel).to_contain_text("Settings of this server")
    await person.choose(panel, "What to change", "Review")
    await expect(panel).to_contain_text("Moderators' own never wait")
    await open_menu(person, panel, 0, "Everyone's")
    await expect(panel).to_contain_text("What a moderator looks at")
    await open_menu(person, panel, 1, "The result, before anybody sees it")
    await expect(panel.get_by_role("combobox").nth(1)).to_contain_text("The result, before anybody sees it")


async def test_what_is_asked_is_reviewed_shown_reported_removed_and_shown_again(person: Person) -> None:
    await let_everyones_requests_wait(person)

    await as_who(person, MEMBER.name, STUDIO)
    await person.imagine("a fox on a hill")
    card = person.message("a fox on a hill")
    await expect(card).to_contain_text("A moderator looks at this first")
    assert LOG not in await person.places()

    await as_who(person, MODERATOR.name, LOG)
    await person.press(person.message("Review this request"), "Approve")
    await expect(person.message("Review this request")).to_contain_text("Approved by @Moderator")
    result = person.message("Review these pictures")
    await expect(result).to_contain_text("Nobody has seen the pictures yet")
    await as_who(person, MEMBER.name, STUDIO)
    await expect(card).to_contain_text("A moderator looks at them before they are shown")
    await expect(person.pictures("a fox on a hill")).to_have_count(0)
    await as_who(person, MODERATOR.name, LOG)
    await person.press(result, "Approve and trust")
    await expect(result).to_contain_text("Approved by @Moderator")

    await as_who(person, OTHER_MEMBER.name, STUDIO)
    await person.sees(person.pictures("a fox on a hill"))
    await person.press(card, "Report")
    await open_menu(person, person.form, 0, "A real person")
    await person.write("That is my neighbour")
    await person.submit()
    await expect(person.message("Thank you")).to_contain_text("The moderators have been told")

    await as_who(person, MODERATOR.name, LOG)
    case = person.message("Reported result")
    await expect(case).to_contain_text("That is my neighbour")
    await person.press(case, "Remove")
    await as_who(person, OTHER_MEMBER.name, STUDIO)
    await expect(person.pictures("a fox on a hill")).to_have_count(0)
    await expect(person.message("Thank you for your report")).to_contain_text("has removed the pictures")

    await as_who(person, MEMBER.name, STUDIO)
    await person.press(card, "Appeal")
    await person.write("It is a fox, and nobody's neighbour.")
    await person.submit()
    await as_who(person, MODERATOR.name, LOG)
    await person.press(person.message("nobody's neighbour"), "Grant")
    await person.write("So it is.")
    await person.submit()
    await as_who(person, MEMBER.name, "Direct messages")
    await expect(person.message("your pictures are shown again")).to_contain_text("So it is.")
    await as_who(person, MEMBER.name, STUDIO)
    await person.sees(person.pictures("a fox on a hill"))


async def test_what_is_rejected_is_told_why_and_is_in_the_log(person: Person) -> None:
    await let_everyones_requests_wait(person)
    await as_who(person, OTHER_MEMBER.name, STUDIO)
    await person.imagine("a rabbit in the rain")
    await as_who(person, MODERATOR.name, LOG)
    await person.press(person.message("Review this request"), "Reject …")
    await person.write("No rabbits today.")
    await person.submit()
    await as_who(person, OTHER_MEMBER.name, STUDIO)
    await expect(person.message("a rabbit in the rain")).to_contain_text(
        "A moderator turned this down: No rabbits today."
    )
    await as_who(person, MODERATOR.name, LOG)
    await person.pick("moderate log")
    await person.send()
    await expect(person.messages.last).to_contain_text("@Moderator rejected a request of @Other member")
