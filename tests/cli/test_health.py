"""`easel health`, as container engines ask it."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.web.probes import Check, Probes
from bot.web.server import WebServer
from tests.process.program import Ended, execute

HEAVY = {"discord", "sqlalchemy", "aiohttp", "typer", "PIL", "cryptography"}


@asynccontextmanager
async def answering(**checks: Check) -> AsyncGenerator[dict[str, str]]:
    """Settings with which a program answers that has these checks."""
    server = WebServer(Probes(checks).routes(), host="127.0.0.1", port=0)
    await server.start()
    yield {"HTTP_HOST": "0.0.0.0", "HTTP_PORT": str(server.port)}
    await server.close()


async def well() -> None:
    return None


async def unwell() -> str:
    return "not connected to Discord"


async def test_it_says_whether_the_program_turns_over_and_whether_members_are_served(tmp_path: Path) -> None:
    async with answering(database=well, discord=unwell) as settings:
        alive, ready = await asyncio.gather(
            execute("health", directory=tmp_path, settings=settings, forked=False),
            execute("health", "--ready", directory=tmp_path, settings=settings, forked=False),
        )
    assert alive == Ended(0, "alive\n", "")
    assert ready == Ended(1, "status 503; discord: not connected to Discord\n", "")
    async with answering(database=well) as settings:
        assert await execute("health", "--ready", directory=tmp_path, settings=settings, forked=False) == Ended(
            0, "ready\n", ""
        )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "It can't be asked: set HTTP_PORT"),
        ({"HTTP_PORT": "1", "HTTP_HOST": "::"}, "No answer at ::1, port 1: "),
    ],
)
async def test_where_nobody_answers(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    ended = await execute("health", directory=tmp_path, settings=settings, forked=False)
    assert (ended.code, ended.stderr) == (1, "")
    assert ended.stdout.startswith(words)
    assert len(ended.stdout.splitlines()) == 1


async def test_wrong_settings_are_told_as_everywhere(tmp_path: Path) -> None:
    ended = await execute("health", directory=tmp_path, settings={"HTTP_PORT": "99999"}, forked=False)
    assert (ended.code, ended.stdout) == (1, "")
    assert "HTTP_PORT: Input should be less than or equal to 65535" in ended.stderr


async def test_it_loads_next_to_nothing(tmp_path: Path) -> None:
    """It is asked twice a minute, and the rest of the program takes seconds to load."""
    ended = await execute(
        "health",
        directory=tmp_path,
        settings={},
        forked=False,
        program=(sys.executable, "-X", "importtime", "-m", "bot"),
    )
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in ended.stderr.splitlines()}
    assert "pydantic_settings" in loaded
    assert not loaded & HEAVY
