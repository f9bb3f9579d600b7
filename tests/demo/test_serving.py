"""`easel demo` as a process: its address, the reports it shows, and each way it ends."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.demo.browser import HOW_TO_GET_ONE, find_chromium, open_page
from bot.demo.people import OTHER_MEMBER
from tests.demo.person import Person

EASEL = Path(sys.executable).with_name("easel")


@asynccontextmanager
async def serving(directory: Path, *options: str) -> AsyncGenerator[Process]:
    """The process, with no settings but its own."""
    process = await asyncio.create_subprocess_exec(
        EASEL, "demo", *options, cwd=directory, stdout=PIPE, stderr=PIPE, env={"PATH": os.environ["PATH"]}
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def line_with(process: Process, words: str) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if words in line.decode():
            return line.decode().strip()
    raise AssertionError(f"{words!r} never came")


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
async def test_it_ends_cleanly_when_told(tmp_path: Path, told: signal.Signals) -> None:
    async with serving(tmp_path, "--port", "0") as process:
        assert (await line_with(process, "http://")).startswith("http://127.0.0.1:")
        await line_with(process, "Ctrl-C ends it")
        process.send_signal(told)
        out, err = await process.communicate()
    assert out.decode().strip() == "The demo has ended."
    assert err == b""
    assert process.returncode == 0


async def test_a_port_in_use_is_a_clear_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with serving(tmp_path, "--port", str(port)) as process:
            _, err = await process.communicate()
    assert (
        err.decode().split()
        == (
            f"The demo can't use port {port} (address already in use). Choose another with --port; 0 takes a free one."
        ).split()
    )
    assert process.returncode == 1


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason=HOW_TO_GET_ONE)
async def test_a_report_is_shown_and_the_page_ends_the_demo(tmp_path: Path) -> None:
    async with serving(tmp_path, "--port", "0", "--fast") as process:
        url = await line_with(process, "http://")
        async with open_page(url) as page:
            person = Person(page)
            await person.imagine("a boat at dawn")
            await person.sees(person.pictures("a boat at dawn"))
            await person.look_as(OTHER_MEMBER.name)
            await person.press(person.message("a boat at dawn"), "Report")
            await person.choose(person.form, "What is wrong with it?", "Hateful")
            await person.submit()
            assert await line_with(process, "#studio-log")
            assert await line_with(process, "asked for by") == "The message in #studio, asked for by Member"
            assert await line_with(process, "Hateful") == "- Other member: Hateful"
            await page.get_by_text("More", exact=True).click()
            await page.get_by_role("button", name="End preview session").click()
            _, err = await process.communicate()
    assert err == b""
    assert process.returncode == 0
