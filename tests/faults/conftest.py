"""Every test here runs in a time that leaps, so no time-out and no back-off costs any."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from tests.faults.discord_scenes import DISCORD_SCENES, DiscordScene
from tests.faults.kinds import Doors
from tests.faults.scenes import SCENES, Scene
from tests.faults.stage import Stage, open_stage
from tests.leaping_loop import LeapingLoop
from tests.storage.migrated import migrated_data, move_in

ALL_SCENES: Mapping[str, Scene | DiscordScene] = {**SCENES, **DISCORD_SCENES}


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"leaping": LeapingLoop}


@pytest.fixture(autouse=True)
def _watch_sqlite(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite works in threads that aiosqlite starts by itself, each call of them in one of these."""
    for name in ("_connect", "_execute", "close"):
        monkeypatch.setattr(aiosqlite.Connection, name, _watched(getattr(aiosqlite.Connection, name)))


def _watched(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def watched(*args: Any, **options: Any) -> Any:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, LeapingLoop)
        with loop.watched():
            return await call(*args, **options)

    return watched


@pytest.fixture
def doors(monkeypatch: pytest.MonkeyPatch) -> Doors:
    return Doors(monkeypatch)


@pytest.fixture
def log() -> Iterator[list[EventDict]]:
    """What Easel logs, also shown where a test fails; without tracebacks, which take their time."""
    with capture_logs() as log:
        yield log
    for each in log:
        print({name: value for name, value in each.items() if name != "exc_info"})


@pytest.fixture(scope="session", autouse=True)
def _migrated() -> None:
    """Before SQLite is watched: it is done in a loop that doesn't leap."""
    migrated_data()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory of this test's own, as Easel makes it: making it takes as long as all else in a test."""
    return move_in(tmp_path / "data")


@pytest.fixture
def settings() -> dict[str, Any]:
    """Settings that a test's stage has besides its scene's; override it by parametrizing."""
    return {}


@pytest.fixture
async def stage(data: Path, log: list[EventDict], settings: dict[str, Any], name: str) -> AsyncIterator[Stage]:
    """A scene's stage is as the scene wants it."""
    scene = ALL_SCENES[name]
    async with open_stage(data, log, webhooks=scene.webhooks, **settings | scene.settings) as stage:
        yield stage
    mistakes = [each for each in log if each["event"] in ("a step failed", "a claim failed")]
    assert mistakes == [], "the world's trouble is not our mistake"
