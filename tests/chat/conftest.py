"""The room with the real bot in a simulated Discord; runs end at once, and pictures are small."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import simcord.interactions
from PIL import Image
from simcord.actors import MemberActor
from simcord.env import Env

from bot.demo.room import Room, open_room
from tests.storage.migrated import move_in

Speak = Callable[[MemberActor, str], None]


def paint_small(values: Mapping[str, Any], inputs: Sequence[bytes]) -> list[bytes]:
    """A tiny picture for each that was asked for, in the format that was asked for."""
    pictures: list[bytes] = []
    for index in range(int(values["number_of_images"])):
        output = BytesIO()
        Image.new("RGB", (16, 16), (40 * index % 256, 90, 160)).save(output, str(values["output_format"]))
        pictures.append(output.getvalue())
    return pictures


@pytest.fixture(autouse=True, scope="session")
def _settled_soon() -> Iterator[None]:
    """SimCord looks every 50 ms whether the bot has done all that an interaction asks for. That would be most of the
    time that these tests take."""
    with pytest.MonkeyPatch.context() as patch:
        defaults = Env._settle_internal.__kwdefaults__  # pyright: ignore[reportPrivateUsage] # there is no other way
        assert defaults is not None
        patch.setitem(defaults, "idle", 0.004)
        yield


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    """Settings that a test module's rooms have besides; override it there."""
    return {}


@pytest.fixture
async def room(tmp_path: Path, room_overrides: dict[str, Any]) -> AsyncIterator[Room]:
    async with open_room(move_in(tmp_path), seconds=lambda _: 0.0, paint=paint_small, **room_overrides) as room:
        yield room
    assert not room.env.errors, "nothing failed inside the bot"


@pytest.fixture(autouse=True)
def _env(room: Room) -> Env:
    """SimCord puts a test whose fixtures hold an environment on that environment's clock."""
    return room.env


@pytest.fixture
def speak(monkeypatch: pytest.MonkeyPatch) -> Speak:
    """Set a member's language, which SimCord knows in profiles only: every interaction of its comes in English."""
    locales: dict[int, str] = {}
    made = simcord.interactions.base_payload

    def payload(*args: Any, user_id: int, **rest: Any) -> tuple[Any, dict[str, Any]]:
        record, interaction = made(*args, user_id=user_id, **rest)
        return record, interaction | {"locale": locales.get(user_id, interaction["locale"])}

    monkeypatch.setattr(simcord.interactions, "base_payload", payload)
    return lambda member, locale: locales.update({member.id: locale})
