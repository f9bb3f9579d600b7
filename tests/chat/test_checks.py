"""Requests that are judged before they are sent, in a room with an OpenAI key."""

from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from pydantic import SecretStr
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.demo.reading import text_of
from bot.demo.replicate_faults import Respond
from bot.demo.room import DEMO_OPENAI_KEY, Room
from bot.domain.screening import Strictness


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"openai_moderation_key": SecretStr(DEMO_OPENAI_KEY)}


def red() -> bytes:
    output = BytesIO()
    Image.new("RGB", (16, 16), "red").save(output, "PNG")
    return output.getvalue()


async def imagine(room: Room, prompt: str, who: MemberActor | None = None, **options: Any) -> InteractionResult:
    result = await (who or room.member).slash(room.channel, "imagine", prompt=prompt, **options)
    await room.app.dispatch.idle()
    return result


async def said_to_member(result: InteractionResult) -> str:
    return "\n".join(text_of(each) for each in result.followups)


async def choose(room: Room, key: str, *values: str) -> str:
    panel = await room.moderator.slash(room.channel, "studio settings")
    assert panel.response is not None
    await room.moderator.select(panel.response, ["checks"], custom_id="easel:settings:")
    await room.moderator.select(panel.response, [*values], custom_id=f"easel:set:{key}:")
    return text_of(panel.response)


async def test_what_a_server_does_not_let_pass_is_withdrawn_and_costs_nothing(room: Room) -> None:
    calm = await imagine(room, "a calm sea")
    assert calm.response is not None
    assert len(room.replicate.runs) == 1

    attached: dict[str, Any] = {"image": ("a.png", red())}
    for prompt, options in (("a gory scene", {}), ("this, but at sea", attached)):
        refused = await imagine(room, prompt, **options)
        assert "found **graphic violence** in it, which isn't allowed here" in await said_to_member(refused)
    assert len(room.replicate.runs) == 1, "nothing was sent"
    assert not [each for each in room.channel.history() if "gory scene" in text_of(each)], "its card is withdrawn"
    now = room.app.client.studio.clock.now()
    costs = [each.cost for each in (await room.app.store.usage(room.member.id, now, 9)).last]
    assert sorted(map(bool, costs)) == [False, False, True], "only what ran is charged"

    assert not await said_to_member(await imagine(room, "a battle")), "violence is judged laxly at first"
    assert "**Saved.**" in await choose(room, "screening_strict", "violence", "sexual")
    assert "found **violence** in it" in await said_to_member(await imagine(room, "a battle"))
    await choose(room, "screening_off", "violence/graphic")
    assert not await said_to_member(await imagine(room, "a gory scene"))
    policy = await room.app.client.studio.preferences.policy(room.member.guild.id)
    assert policy.screening.strictness("sexual") is Strictness.STRICT
    judged = len(room.openai.judged)
    await choose(room, "screening", "False")
    assert not await said_to_member(await imagine(room, "a gory naked battle"))
    assert len(room.openai.judged) == judged


async def test_a_failed_check_lets_pass_or_refuses_as_the_server_chose(room: Room) -> None:
    room.openai.faults.order(Respond(503), times=None)
    assert not await said_to_member(await imagine(room, "a gory scene"))
    await choose(room, "screening_closed", "True")
    refused = await imagine(room, "a calm sea")
    assert "has to be checked before I send it, and that isn't possible right now" in await said_to_member(refused)
    assert len(room.replicate.runs) == 1
