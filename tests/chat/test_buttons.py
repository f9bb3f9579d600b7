"""Delete under a result, pressed by each who may and each who may not, before and after a restart."""

from typing import Any

import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from tests.chat.forms import restart

BUTTON = 2  # Discord's component type
AFTER_A_FAILURE = ["Again", "Edit", "Details", "Delete"]


async def made(room: Room, **options: Any) -> InteractionResult:
    result = await room.member.slash(room.channel, "imagine", **({"prompt": "a fox", "quality": "low"} | options))
    await room.app.dispatch.idle()
    return result


async def press(who: MemberActor, result: InteractionResult, label: str) -> InteractionResult:
    response = result.response
    assert response is not None
    assert label in [button["label"] for button in components_of(response, BUTTON)]
    return await who.click(response, label=label)


@pytest.mark.parametrize("who", ["member", "moderator"])
async def test_delete_by_its_member_and_by_a_moderator(room: Room, who: str) -> None:
    result = await made(room)
    await press(getattr(room, who), result, "Delete")
    assert result.response is None


async def test_delete_by_somebody_else_is_refused_privately(room: Room) -> None:
    result = await made(room)
    pressed = await press(room.other_member, result, "Delete")
    assert result.response is not None
    assert pressed.ephemeral
    assert "Only the member who asked for this, or a moderator" in text_of(pressed.response)


async def test_a_private_result_can_be_deleted_by_its_member(room: Room) -> None:
    result = await made(room, private=True)
    await press(room.member, result, "Delete")
    assert result.response is None


async def test_buttons_live_on_after_a_restart(room: Room) -> None:
    result = await made(room)
    await restart(room)
    await press(room.member, result, "Delete")
    assert result.response is None


async def test_a_failure_can_be_deleted_but_has_nothing_to_report(room: Room) -> None:
    result = await room.member.slash(room.channel, "imagine", prompt="something forbidden", quality="low")
    await room.app.dispatch.idle()
    assert [button["label"] for button in components_of(result.response, BUTTON)] == AFTER_A_FAILURE
    await press(room.member, result, "Delete")
    assert result.response is None
