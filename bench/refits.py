"""Ten 4K pictures over Discord's limit: how long the refit takes beside Pillow alone, and what the event loop notices.

    python -m bench.refits easel|pillow DIRECTORY

does it with the pictures of a directory, as a process of its own, and tells on standard output.
"""

import asyncio
import json
import os
import random
import sys
import tempfile
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image

from bench.figures import Aim, Figure
from bench.processes import forget_peak, peak_megabytes, pinned
from bot.images.refit import PictureRefitter

PICTURES = 10
REPETITIONS = 3
SIZE = 3840, 2160
LIMIT = 10 * 1024 * 1024
"""Bytes that Discord takes in a file, where nobody has paid for more."""

LONGEST = 50.0
"""Milliseconds for which the event loop may be blocked."""

_TRY = 0.001  # seconds
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class Run:
    """What one process has told. `longest` is None where there was no event loop."""

    seconds: float
    megabytes: float  # at the most, over what it held with all pictures read
    longest: float | None = None  # milliseconds in which the event loop didn't come back


async def measure() -> AsyncIterator[Figure]:
    runs: dict[str, list[Run]] = {"easel": [], "pillow": []}
    with tempfile.TemporaryDirectory(prefix="easel-bench-") as directory:
        await asyncio.to_thread(_paint, Path(directory))
        for _ in range(REPETITIONS):
            for name, told in runs.items():
                told.append(await _run(name, directory))
    easel, pillow = runs["easel"], runs["pillow"]
    count = REPETITIONS * PICTURES
    yield Figure(
        "refit of ten 4K PNGs", "–", "s",
        [each.seconds for each in easel], [each.seconds for each in pillow], count=count,
    )  # fmt: skip
    blocks = [each.longest for each in easel if each.longest is not None]
    yield Figure(
        "the event loop blocked meanwhile, at the longest", "–", "ms", blocks, aim=Aim(most=LONGEST), count=count
    )
    yield Figure(
        "memory for it", "–", "MB",
        [each.megabytes for each in easel], [each.megabytes for each in pillow], count=count,
    )  # fmt: skip


async def _run(name: str, directory: str) -> Run:
    process = await asyncio.create_subprocess_exec(
        *pinned((sys.executable, "-m", "bench.refits", name, directory)), stdin=DEVNULL, stdout=PIPE, cwd=_ROOT
    )
    told, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"the refits ended with {process.returncode}")
    return Run(**json.loads(told))


def _paint(directory: Path) -> None:
    """Grainy pictures, of which none can be made to fit without loss."""
    width, height = SIZE
    grain = width // 3, height // 3
    for number in range(PICTURES):
        noise = random.Random(number).randbytes(grain[0] * grain[1] * 3)  # noqa: S311 # the same each time
        picture = Image.frombytes("RGB", grain, noise).resize(SIZE, Image.Resampling.BICUBIC)
        picture.save(directory / f"{number}.png", compress_level=1)


# ------------------------------------------------------------------------------------------- the measured process


def main() -> None:
    name, directory = sys.argv[1:]
    pictures = [path.read_bytes() for path in sorted(Path(directory).glob("*.png"))]
    _with_pillow(_tiny())  # its plugins are loaded with the first picture
    forget_peak(os.getpid())
    before = peak_megabytes(os.getpid())
    began = time.perf_counter()
    if name == "easel":
        longest = asyncio.run(_refit(pictures))
    else:
        longest = None
        for each in pictures:
            _with_pillow(each)
    seconds = time.perf_counter() - began
    sys.stdout.write(json.dumps(asdict(Run(seconds, peak_megabytes(os.getpid()) - before, longest))))


def _with_pillow(data: bytes) -> bytes:
    output = BytesIO()
    Image.open(BytesIO(data)).convert("RGB").save(output, "WEBP", quality=95)
    return output.getvalue()


async def _refit(pictures: list[bytes]) -> float:
    """All at once, as of ten jobs that end together. Answers for how many milliseconds the loop stood still."""
    refitter = PictureRefitter()
    longest = 0.0

    async def try_the_loop() -> None:
        nonlocal longest
        while True:
            due = time.perf_counter() + _TRY
            await asyncio.sleep(_TRY)
            longest = max(longest, time.perf_counter() - due)

    trying = asyncio.create_task(try_the_loop())
    await asyncio.gather(*(refitter.refit(f"{number}.png", each, LIMIT) for number, each in enumerate(pictures)))
    trying.cancel()
    refitter.close()
    return longest * 1_000


def _tiny() -> bytes:
    output = BytesIO()
    Image.new("RGB", (8, 8)).save(output, "PNG")
    return output.getvalue()


if __name__ == "__main__":
    main()
