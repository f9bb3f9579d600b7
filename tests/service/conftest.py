"""The whole program with a fast clock: the simulated Discord, the stand-in for Replicate, a SQLite file."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.demo.room import Room, open_room
from tests.chat.conftest import paint_small
from tests.clocks import FastClock
from tests.storage.migrated import move_in


@pytest.fixture
def clock() -> FastClock:
    return FastClock()


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    """Settings that a test module's rooms have besides; override it there."""
    return {}


@pytest.fixture
async def room(tmp_path: Path, clock: FastClock, room_overrides: dict[str, Any]) -> AsyncIterator[Room]:
    """A room whose Easel is told nothing by webhook: it learns of ends by asking."""
    overrides: dict[str, Any] = {"public_url": None, **room_overrides}
    async with open_room(move_in(tmp_path), seconds=lambda _: 0.0, paint=paint_small, clock=clock, **overrides) as room:
        yield room
    assert not room.env.errors, "nothing failed inside the bot"
