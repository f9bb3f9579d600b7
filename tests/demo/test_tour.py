"""`easel demo --once` as a process: what it prints, what it writes, and how it ends."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from pathlib import Path

from PIL import Image

from bot.demo.browser import find_chromium

EASEL = str(Path(sys.executable).with_name("easel"))

BROKEN_PAINTER = """
import functools
from bot.cli import main
from bot.demo import tour

def paint(values, inputs):
    raise ValueError("no brush")

tour.play = functools.partial(tour.play, paint=paint)
main()
"""


async def run(*command: str, cwd: Path, path: str = os.environ["PATH"]) -> tuple[int | None, str]:
    """Exit code and transcript."""
    process = await asyncio.create_subprocess_exec(
        *command, cwd=cwd, stdout=PIPE, stderr=STDOUT, env={"PATH": path, "COLUMNS": "100"}
    )
    async with asyncio.timeout(90):
        out, _ = await process.communicate()
    return process.returncode, out.decode()


async def test_the_tour_happens(tmp_path: Path) -> None:
    code, transcript = await run(EASEL, "demo", "--once", "--fast", "--out", "out", cwd=tmp_path)
    assert code == 0, transcript
    assert "no model runs" in transcript
    assert "Member types /imagine prompt:a lighthouse on a cliff above a stormy sea, at dusk quality:high" in transcript
    assert "Member asked for" in transcript
    assert re.search(r"It should be here (in 1 second|now), and may cost up to \$0\.13\.", transcript)
    assert "The model's safety system refused this." in transcript
    assert "Today  6 pictures, $0.22" in transcript
    assert "<" not in transcript, "ids and timestamps are in words"
    assert "All of it happened." in transcript

    out = tmp_path / "out"
    written = {path.name for path in out.iterdir()}
    batch = {f"batch-{n}.webp" for n in range(1, 5)}
    assert written - {"room.png"} == {"text-to-image-1.webp", "edit-1.png"} | batch
    assert look(out / "text-to-image-1.webp") == ("WEBP", "RGB", (2048, 1152))
    assert look(out / "edit-1.png") == ("PNG", "RGB", (2048, 1152))
    for name in batch:
        assert look(out / name) == ("WEBP", "RGBA", (1024, 1024))
    if find_chromium() is None:
        assert "No screenshot: no Chromium found" in transcript
    else:
        form, _, (width, _) = look(out / "room.png")
        assert (form, width) == ("PNG", 1280)
        assert (out / "room.png").stat().st_size < 400_000


async def test_a_step_that_fails_ends_it_with_1(tmp_path: Path) -> None:
    code, transcript = await run(sys.executable, "-c", BROKEN_PAINTER, "demo", "--once", "--fast", cwd=tmp_path)
    assert code == 1
    assert "✗ expected one picture of 2048 × 1152 pixels" in transcript
    assert "All of it happened" not in transcript
    assert "Traceback" not in transcript


async def test_a_browser_that_breaks_ends_it_with_1(tmp_path: Path) -> None:
    browser = tmp_path / "bin" / "chromium"
    browser.parent.mkdir()
    browser.write_text("#!/bin/sh\nexit 1\n")
    browser.chmod(0o755)
    path = f"{browser.parent}:{os.environ['PATH']}"
    code, transcript = await run(EASEL, "demo", "--once", "--fast", cwd=tmp_path, path=path)
    assert code == 1
    assert "✗ expected the room in a browser" in transcript
    assert "Traceback" not in transcript


async def test_with_a_history_it_is_about_what_was_used(tmp_path: Path) -> None:
    code, transcript = await run(EASEL, "demo", "--once", "--history", "--out", ".", cwd=tmp_path, path="/nowhere")
    assert code == 0, transcript
    assert "16 pictures beyond the limits" in transcript
    assert "Moderator types /studio usage" in transcript
    for name in ("usage-1.png", "studio-usage-1.png", "studio-usage-2.png"):
        kind, _, (width, _) = look(tmp_path / name)
        assert (kind, width) == ("PNG", 1200)


def look(path: Path) -> tuple[str | None, str, tuple[int, int]]:
    """Format, mode and size of a picture that opens as a whole."""
    with Image.open(path) as picture:
        picture.load()
        return picture.format, picture.mode, picture.size
