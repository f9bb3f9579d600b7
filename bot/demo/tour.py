"""`easel demo --once`: a scripted walk through the room, which fails where any of it does not happen."""

import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops, ImageStat
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Locator, Page, expect
from rich.console import Console
from simcord.results import InteractionResult, ResponseMessage

from bot.demo.browser import HOW_TO_GET_ONE, find_chromium, open_page, settled
from bot.demo.painter import edit_region
from bot.demo.painter import paint as draw
from bot.demo.people import MEMBER, MODERATOR, Person
from bot.demo.reading import plain, text_of
from bot.demo.replicate_runs import Pace, demo_pace
from bot.demo.replicate_worker import Paint
from bot.demo.room import Room, open_room

PHOTOS = Path(__file__).parent / "photos"

WIDTH, HEIGHT, SCALE = 960, 1180, 4 / 3
"""Of the browser's window, in CSS pixels, and how many pixels are one of them: 1,280 across, as the README shows it."""

_console = Console(highlight=False, soft_wrap=True)


class TourFailed(Exception):
    """A step of the tour did not end as it should."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a member sees in the end: the text of the message, and its pictures by name."""

    message: ResponseMessage
    text: str
    pictures: dict[str, bytes]


async def play(out: Path, *, seconds: Pace = demo_pace, paint: Paint = draw, history: bool = False) -> bool:
    """Walk through the room, print what happens, write the pictures to `out`; whether all of it happened. With
    `history` it is a room that was in use for a month, and the walk is about what was used."""
    out.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 # before anything runs that could wait for it
    _console.print("Easel's demo, played once. The pictures are drawn on this machine; no model runs.\n")
    with tempfile.TemporaryDirectory(prefix="easel-demo-") as directory:
        async with open_room(Path(directory), seconds=seconds, paint=paint, history=history) as room:
            try:
                await (_look_at_accounts if history else _make_pictures)(room, out)
            except TourFailed as failed:
                _console.print(f"\n[red]✗ {failed}[/]")
                return False
    _console.print(f"\n[green]✓[/] All of it happened. The pictures are in {out}.")
    return True


async def _make_pictures(room: Room, out: Path) -> None:
    await _text_to_image(room, out)
    await _edit_two_photographs(room, out)
    await _batch(room, out)
    await _refused_prompt(room)
    await _usage(room)
    await _screenshot(room, out)


async def _look_at_accounts(room: Room, out: Path) -> None:
    used = await _ask_usage(room, MEMBER, "usage")
    _save(used, out, "usage")
    _expect(len(used.pictures) == 1, "a chart of the member's month")
    used = await _ask_usage(room, MODERATOR, "studio usage")
    _save(used, out, "studio-usage")
    _expect(len(used.pictures) == 2, "two charts of the server's month")
    await _screenshot_of_charts(room, out)


async def _ask_usage(room: Room, person: Person, command: str) -> Shown:
    _console.print(f"[bold]{person.name}[/] types /{command}")
    response = (await room.people[person].slash(room.channel, command)).response
    _expect(response is not None, "an answer")
    assert response is not None  # noqa: S101 # for the type checker; said above
    _print_card(room, text_of(response))
    return Shown(response, text_of(response), {each.filename: await each.read() for each in response.attachments})


async def _text_to_image(room: Room, out: Path) -> None:
    shown = await _imagine(
        room, "Text to image", prompt="a lighthouse on a cliff above a stormy sea, at dusk",
        quality="high", aspect_ratio="16:9",
    )  # fmt: skip
    _save(shown, out, "text-to-image")
    _expect(_sizes(shown) == [(2048, 1152)], "one picture of 2048 × 1152 pixels")


async def _edit_two_photographs(room: Room, out: Path) -> None:
    photographs = [(path.name, path.read_bytes()) for path in (PHOTOS / "cat.jpg", PHOTOS / "coffee.jpg")]
    shown = await _imagine(
        room, "An edit with two photographs", prompt="the cat enjoys a coffee in the mountains",
        quality="medium", aspect_ratio="16:9", format="png", image=photographs[0], image_2=photographs[1],
    )  # fmt: skip
    _save(shown, out, "edit")
    data = next(iter(shown.pictures.values()))
    _expect(_holds_pixels_of(data, photographs[0][1]), "the photograph's own pixels in the edit")


async def _batch(room: Room, out: Path) -> None:
    shown = await _imagine(
        room, "A batch of four, transparent", prompt="a friendly fox sticker", quality="low", background="transparent",
        format="webp", count=4,
    )  # fmt: skip
    _save(shown, out, "batch")
    _expect(len(shown.pictures) == 4, "four pictures")
    for data in shown.pictures.values():
        low, _ = Image.open(BytesIO(data)).convert("RGBA").getchannel("A").getextrema()
        _expect(low == 0, "a transparent background")


async def _refused_prompt(room: Room) -> None:
    billed = len(room.replicate.billed)
    shown = await _imagine(room, "A refused prompt", prompt="something forbidden", quality="low")
    _expect(not shown.pictures and "safety system" in shown.text, "a refusal in words, without a picture")
    _expect(len(room.replicate.billed) == billed, "nothing billed for it")


async def _usage(room: Room) -> None:
    _console.rule("What it came to", align="left")
    _console.print(f"[bold]{MEMBER.name}[/] types /usage")
    result = await room.member.slash(room.channel, "usage")
    _print_card(room, text_of(result.response))
    _expect("6 pictures" in text_of(result.response), "six pictures on the member's account")


async def _screenshot(room: Room, out: Path) -> None:
    """The room in a browser, from the first result on, as `room.png`: the README's picture (docs/images)."""

    async def find(page: Page) -> Locator:
        return page.locator(".channel-message").filter(has=page.locator(".component-button")).first

    await _take_picture(room, out / "room.png", find)


async def _screenshot_of_charts(room: Room, out: Path) -> None:
    """The moderator's charts in a browser, as `charts.png`: another of the README's pictures."""

    async def find(page: Page) -> Locator:
        await page.get_by_label("Viewing as").select_option(label=MODERATOR.name)
        await settled(page)
        charts = page.locator(".channel-message img[alt^='This server']")
        for each in await charts.all():
            await expect(each).not_to_have_js_property("naturalWidth", 0)
        return charts.first

    await _take_picture(room, out / "charts.png", find, width=700, height=1480, scale=1)


async def _take_picture(
    room: Room,
    path: Path,
    find: Callable[[Page], Awaitable[Locator]],
    *,
    width: int = WIDTH,
    height: int = HEIGHT,
    scale: float = SCALE,
) -> None:
    """The room in a browser, from what is found there on."""
    if find_chromium() is None:
        _console.print(f"\nNo screenshot: {HOW_TO_GET_ONE}.")
        return
    try:
        async with await room.page(0) as live, open_page(live.url, width=width, height=height, scale=scale) as page:
            await page.get_by_role("button", name="Messages", exact=True).click()
            await (await find(page)).evaluate("each => each.scrollIntoView()")
            await settled(page)
            shown = Image.open(BytesIO(await page.get_by_role("main").screenshot())).convert("RGB")
    except (PlaywrightError, AssertionError) as error:
        raise TourFailed(f"expected the room in a browser; {error}") from error
    # In 256 colours it has half the bytes, and a README is read over slow lines, too.
    palette = shown.quantize(256, Image.Quantize.MEDIANCUT)
    shown.quantize(palette=palette, dither=Image.Dither.FLOYDSTEINBERG).save(path, optimize=True)
    _console.print(f"\nA picture of the room is in {path}.")


async def _imagine(room: Room, title: str, **options: Any) -> Shown:
    """Type the command, print what the member sees at first and in the end."""
    _console.rule(title, align="left")
    typed = " ".join(f"{name}:{value[0] if isinstance(value, tuple) else value}" for name, value in options.items())
    _console.print(f"[bold]{MEMBER.name}[/] types /imagine {typed}")
    result: InteractionResult = await room.member.slash(room.channel, "imagine", **options)
    _expect(result.response is not None, "an answer at once")
    _print_card(room, text_of(result.response))
    await room.app.dispatch.idle()
    response = result.response
    _expect(response is not None, "an answer in the end")
    assert response is not None  # noqa: S101 # for the type checker; said above
    pictures = {each.filename: await each.read() for each in response.attachments}
    text = text_of(response)
    _print_card(room, text)
    for name, data in pictures.items():
        _console.print(f"    [green]▣[/] {name}, {len(data) // 1000:,} kB")
    return Shown(response, text, pictures)


def _print_card(room: Room, text: str) -> None:
    for line in plain(text, room.names, datetime.now(UTC)).splitlines():
        _console.print(f"    │ {line}", markup=False)
    _console.print()


def _save(shown: Shown, out: Path, name: str) -> None:
    for index, (filename, data) in enumerate(shown.pictures.items(), start=1):
        (out / f"{name}-{index}{Path(filename).suffix}").write_bytes(data)


def _sizes(shown: Shown) -> list[tuple[int, int]]:
    return [Image.open(BytesIO(data)).size for data in shown.pictures.values()]


def _holds_pixels_of(output: bytes, photograph: bytes) -> bool:
    painted, source = (Image.open(BytesIO(data)).convert("RGB") for data in (output, photograph))
    in_output, in_input = edit_region(painted.size, source.size)
    difference = ImageChops.difference(painted.crop(in_output), source.crop(in_input))
    return max(ImageStat.Stat(difference).mean) < 1.0


def _expect(happened: bool, what: str) -> None:
    if not happened:
        raise TourFailed(f"expected {what}")
