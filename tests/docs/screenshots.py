"""The documents' pictures of the demo, taken anew: `make screenshots`, or with `NAMES="log edit"` some alone.

Each is what a person sees at the room's page at that moment; nothing is drawn by hand. It takes a Chromium.
"""

import argparse
import asyncio
import logging
import re
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path

import structlog
from PIL import Image
from playwright.async_api import Locator, expect

from bot.demo import tour
from bot.demo.browser import HOW_TO_GET_ONE, find_chromium, open_page, settled
from bot.demo.people import MEMBER, MODERATOR
from bot.demo.replicate_runs import at_once, demo_pace
from bot.demo.room import open_room
from tests.demo.person import Person
from tests.docs.documents import ROOT

IMAGES = ROOT / "docs" / "images"

WIDTH, HEIGHT = 860, 2000
"""Of the browser's window, in CSS pixels: room for the longest message, which the composer would cover otherwise."""

STUDIO, LOG = "#studio", "#studio-log (moderators)"
FOX = "a red fox in the snow, watercolor"

Scene = Callable[[], Awaitable[Mapping[str, bytes]]]


@asynccontextmanager
async def at_the_page(*, slowly: bool = False, history: bool = False) -> AsyncGenerator[Person]:
    """A member in a room of their own."""
    pace = demo_pace if slowly else at_once
    with tempfile.TemporaryDirectory(prefix="easel-demo-") as directory:
        async with (
            open_room(Path(directory), seconds=pace, history=history) as room,
            await room.page(0) as live,
            open_page(live.url, width=WIDTH, height=HEIGHT) as page,
        ):
            yield Person(page)


async def picture(shown: Locator) -> bytes:
    await shown.scroll_into_view_if_needed()
    await settled(shown.page)
    return await shown.screenshot(animations="disabled")


async def typing() -> Mapping[str, bytes]:
    """A command with its options, as it is being typed."""
    async with at_the_page() as member:
        await member.pick("imagine")
        await member.fill(FOX, quality="Low: about $0.012 a picture", aspect_ratio="Landscape 3:2")
        return {"command": await picture(member.page.locator("form").filter(has=member.command))}


async def waiting() -> Mapping[str, bytes]:
    """The card while a picture is being made."""
    async with at_the_page(slowly=True) as member:
        await member.imagine(f"a slow {FOX[2:]}")
        card = member.message("a slow red fox")
        await expect(card).to_contain_text(re.compile("Cancel"))
        return {"waiting": await picture(card)}


async def result() -> Mapping[str, bytes]:
    """A result with its buttons, and the form behind one of them."""
    async with at_the_page() as member:
        await member.imagine(
            FOX, quality="Low: about $0.012 a picture", aspect_ratio="Landscape 3:2", count="2 pictures"
        )
        await member.sees(member.pictures(FOX), 2)
        card = member.message(FOX)
        pictures = {"result": await picture(card)}
        await member.press(card, "Edit")
        await expect(member.form).to_be_visible()
        return pictures | {"edit": await picture(member.form.locator("form").first)}


async def usage() -> Mapping[str, bytes]:
    """A member's own account, after a month."""
    async with at_the_page(history=True) as member:
        await member.pick("usage")
        await member.send()
        chart = member.messages.last.locator("img").last
        await expect(chart).not_to_have_js_property("naturalWidth", 0)
        return {"usage": await picture(member.messages.last)}


async def moderation() -> Mapping[str, bytes]:
    """A server's settings, a request that waits for review, and the log of what was decided."""
    async with at_the_page() as person:
        await person.look_as(MODERATOR.name)
        await person.pick("studio settings")
        await person.send()
        panel = person.messages.last
        pictures = {"settings": await picture(panel)}
        await person.choose(panel, "What to change", "Channels for moderators")
        await _choose(person, panel, 0, "studio-log")
        await expect(panel).to_contain_text("Saved.")
        await person.press(panel, "Back")
        await person.choose(panel, "What to change", "Review")
        await _choose(person, panel, 0, "Everyone's")
        await expect(panel).to_contain_text("Saved.")
        await person.look_as(MEMBER.name)
        await person.go_to(STUDIO)
        await person.imagine(FOX)
        await person.look_as(MODERATOR.name)
        await person.go_to(LOG)
        card = person.message("Review this request")
        await expect(card).to_be_visible()
        pictures["review"] = await picture(card)
        await person.press(card, "Approve")
        await expect(card).to_contain_text("Approved by")
        await person.pick("moderate log")
        await person.send()
        return pictures | {"log": await picture(person.messages.last)}


async def room() -> Mapping[str, bytes]:
    """The whole page, as `easel demo --once` leaves it."""
    return await _of_tour("room", history=False)


async def charts() -> Mapping[str, bytes]:
    """The moderators' charts, as `easel demo --once --history` leaves them."""
    return await _of_tour("charts", history=True)


async def _of_tour(name: str, *, history: bool) -> Mapping[str, bytes]:
    with tempfile.TemporaryDirectory() as directory:
        assert await tour.play(Path(directory), seconds=at_once, history=history)
        return {name: (Path(directory) / f"{name}.png").read_bytes()}


async def _choose(person: Person, within: Locator, place: int, label: str) -> None:
    """An entry of the menu in that place, whatever it shows by now."""
    await within.get_by_role("combobox").nth(place).click()
    await person.page.locator(".select-options [role=option]:visible").filter(has_text=label).click()
    if await person.page.get_by_role("button", name="Apply", exact=True).is_visible():
        await person.page.get_by_role("button", name="Apply", exact=True).click()
    await settled(person.page)


SCENES: Mapping[Scene, tuple[str, ...]] = {
    room: ("room",),
    charts: ("charts",),
    typing: ("command",),
    waiting: ("waiting",),
    result: ("result", "edit"),
    usage: ("usage",),
    moderation: ("settings", "review", "log"),
}
"""What each scene takes, by the names of the files."""


def small(png: bytes) -> bytes:
    """In 256 colours, which has half the bytes: documents are read over slow lines, too."""
    shown = Image.open(BytesIO(png)).convert("RGB")
    palette = shown.quantize(256, Image.Quantize.MEDIANCUT)
    output = BytesIO()
    shown.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(output, "PNG", optimize=True)
    return output.getvalue()


async def main(names: set[str]) -> None:
    for scene, taken in SCENES.items():
        if names & set(taken):
            for name, png in (await scene()).items():
                data = small(png)
                (IMAGES / f"{name}.png").write_bytes(data)
                print(f"{name}.png: {len(data) // 1000} kB")


if __name__ == "__main__":
    everything = [name for taken in SCENES.values() for name in taken]
    parser = argparse.ArgumentParser(description="Take the documents' pictures of the demo anew.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(everything)}; all if none is given")
    if find_chromium() is None:
        sys.exit(HOW_TO_GET_ONE)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    asyncio.run(main(set(parser.parse_args().names or everything)))
