"""The room with its page open, served by this process; runs end at once, and pictures are small."""

from collections.abc import AsyncIterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from PIL import Image
from playwright.async_api import Browser, expect

from bot.demo.browser import open_browser, open_page
from bot.demo.page import LivePage
from bot.demo.replicate_runs import Pace, at_once
from bot.demo.replicate_worker import Paint
from bot.demo.room import Room, open_room
from tests.demo.person import Person
from tests.storage.migrated import move_in

expect.set_options(timeout=20_000)  # ms; a busy machine is no failure


def paint_small(values: Mapping[str, Any], inputs: Sequence[bytes]) -> list[bytes]:
    """A tiny picture for each that was asked for, in the format that was asked for."""
    output = BytesIO()
    Image.new("RGB", (48, 32), "teal").save(output, str(values["output_format"]))
    return [output.getvalue()] * int(values["number_of_images"])


@pytest.fixture
def pace() -> Pace:
    """How long runs take; a test may parametrize it."""
    return at_once


@pytest.fixture
def painter() -> Paint:
    """Who paints; a test may parametrize it."""
    return paint_small


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def browser() -> AsyncIterator[Browser]:
    """One for all tests, whose pages know nothing of each other: it takes longer to start than many a test."""
    async with open_browser() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="package")
async def room(tmp_path: Path, pace: Pace, painter: Paint) -> AsyncIterator[Room]:
    async with open_room(move_in(tmp_path), seconds=pace, paint=painter) as room:
        yield room
    assert not room.env.errors, "nothing failed inside the bot"


@pytest_asyncio.fixture(loop_scope="package")
async def live(room: Room) -> AsyncIterator[LivePage]:
    async with await room.page(0) as live:
        yield live


@pytest_asyncio.fixture(loop_scope="package")
async def person(live: LivePage, browser: Browser) -> AsyncIterator[Person]:
    """A member's eyes and hands, unless they look as somebody else."""
    async with open_page(live.url, browser=browser) as page:
        yield Person(page)
