"""`/moderate purge`, as the moderator, the member and others see it."""

from typing import Any

import pytest
from simcord.results import ResponseMessage

from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.domain.trail import Action
from tests.chat.forms import parts, restart


async def made(room: Room, who: Any, **options: Any) -> ResponseMessage:
    result = await who.slash(room.channel, "imagine", **({"prompt": "a fox", "quality": "low"} | options))
    await room.app.dispatch.idle()
    assert result.response is not None
    return result.response


async def test_a_purge_removes_what_can_be_and_says_what_cannot(room: Room) -> None:
    mine = [await made(room, room.member) for _ in range(4)]
    gone = await made(room, room.member)
    secret = await room.member.slash(room.channel, "imagine", prompt="a secret", quality="low", private=True)
    await room.app.dispatch.idle()
    theirs = await made(room, room.other_member)
    await room.member.click(gone, label="Delete")
    await room.other_member.click(mine[0], label="Details")
    form = await room.moderator.slash(
        room.channel, "moderate purge", member=room.member, since="all", reason="spam, *lots*"
    )
    modal = form.modal
    assert modal is not None
    text = modal["components"][0]["content"]
    assert f"This removes **6 results** of <@{room.member.id}>" in text
    assert "gone for good" in text
    assert parts(form)["reason"]["value"] == "spam, *lots*"
    assert theirs.attachments
    await restart(room)
    done = await room.moderator.submit_modal(form, {"reason": "spam"})
    assert done.ephemeral
    said = text_of(done.response)
    assert f"**Removed:** 6 results of <@{room.member.id}>." in said, "the private one by its token, while it lives"
    messages = {each.id for each in room.channel.history()}
    assert messages.isdisjoint({each.id for each in (*mine, gone)})
    assert theirs.id in messages
    assert secret.response is None
    entries = await room.app.client.studio.trail.entries(room.member.guild.id, 5, actions=[Action.PURGE])
    assert [(each.actor_id, each.subject_id, each.reason) for each in entries] == [
        (room.moderator.id, room.member.id, "spam")
    ] * 2
    assert entries[0].after == {"removed": 6}
    log = text_of((await room.moderator.slash(room.channel, "moderate log")).response)
    assert "removed: 6" in log
    assert "results: 6" in log
    again = await room.moderator.slash(room.channel, "moderate purge", member=room.member, since="all")
    assert text_of(again.response) == f"There are no results of <@{room.member.id}> in that time."


@pytest.mark.parametrize("who", ["member", "other_member"])
async def test_members_are_not_offered_it(room: Room, who: str) -> None:
    assert not [each for each in getattr(room, who).available_commands(room.channel) if each.startswith("moderate")]
    assert "moderate purge" in room.moderator.available_commands(room.channel)
