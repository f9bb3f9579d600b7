"""However many stumble over a trouble, and for however long, the log says it a few times and in time."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.service.watch import Alarm, Watch
from tests.clocks import ManualClock

FULL = "the disk is full: free some space on it (at statement {})"


class Scene:
    """A watched thing, and who stumbles over it every second while it is in trouble."""

    def __init__(self, log: list[EventDict]) -> None:
        self.clock = ManualClock()
        self.alarm = Alarm()
        self.trouble: str | None = None
        self.log = log
        self._statement = 0

    async def check(self) -> str | None:
        return self.say() if self.trouble else None

    def say(self) -> str:
        assert self.trouble is not None
        self._statement += 1
        return self.trouble.format(self._statement)

    async def pass_time(self, seconds: int) -> None:
        for _ in range(seconds):
            if self.trouble:
                self.alarm.ring(self.say())
            for _ in range(6):  # for the watch to hear of it
                await asyncio.sleep(0)
            self.clock.advance(1)
        for _ in range(6):
            await asyncio.sleep(0)

    @property
    def events(self) -> list[str]:
        return [each["event"] for each in self.log]


BEGINS, ENDS = "the disk can't be used; what needs it waits", "the disk can be used again"


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    with capture_logs() as log:
        scene = Scene(log)
        task = asyncio.create_task(Watch("the disk", scene.check, scene.alarm, scene.clock).run())
        yield scene
        task.cancel()


async def test_where_nobody_stumbles_nothing_is_looked_at(scene: Scene) -> None:
    scene.check = pytest.fail  # type: ignore[method-assign]
    await scene.pass_time(3600)
    assert scene.events == []


async def test_an_hour_of_it_takes_a_few_lines(scene: Scene) -> None:
    scene.trouble = FULL
    await scene.pass_time(3590)
    scene.trouble = None
    await scene.pass_time(20)
    assert scene.events == [BEGINS] * 6 + [ENDS]
    assert [each["log_level"] for each in scene.log] == ["error"] * 6 + ["info"]
    assert scene.log[0]["why"] == FULL.format(1)
    assert 3590 <= scene.log[-1]["after_seconds"] <= 3605


async def test_it_is_told_at_once_and_over_within_a_second(scene: Scene) -> None:
    scene.trouble = FULL
    scene.alarm.ring(scene.say())
    await scene.pass_time(0)
    assert scene.events == [BEGINS]
    scene.trouble = None
    await scene.pass_time(1)
    assert scene.events == [BEGINS, ENDS]


async def test_another_trouble_is_told_of_too(scene: Scene) -> None:
    scene.trouble = FULL
    await scene.pass_time(2)
    scene.trouble = "the disk fails: look into the system's log"
    await scene.pass_time(10)
    assert [each["why"] for each in scene.log] == [FULL.format(1), scene.trouble]


async def test_one_that_comes_and_goes_is_told_of_once_a_minute(scene: Scene) -> None:
    for _ in range(100):
        scene.trouble = FULL
        await scene.pass_time(2)
        scene.trouble = None
        await scene.pass_time(4)
    assert scene.events.count(BEGINS) == 10
    assert scene.events.count(ENDS) == 10
