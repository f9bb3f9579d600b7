"""`/jobs`: what a member's requests are at, with Cancel, and pictures that could not be delivered."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from simcord.results import InteractionResult

from bot.chat.jobs import jobs_card
from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.job import JobStatus
from bot.domain.moderation import Spoilers
from bot.service.ports import MemberJobs
from tests.chat.places import age_restrict
from tests.chat.test_buttons import BUTTON, press
from tests.storage.examples import NOON, a_job


@pytest.fixture
def room_overrides() -> dict[str, Any]:
    return {"easel_max_in_flight": 1}


async def ask(room: Room, prompt: str, **options: Any) -> InteractionResult:
    return await room.member.slash(room.channel, "imagine", prompt=prompt, quality="low", **options)


def buttons(result: InteractionResult) -> list[str]:
    return [button["label"] for button in components_of(result.response, BUTTON)]


async def test_it_tells_how_each_request_stands_and_cancels_after_a_restart(room: Room) -> None:
    await ask(room, "a hare")
    await ask(room, "something forbidden")
    await room.app.dispatch.idle()
    await room.other_member.slash(room.channel, "imagine", prompt="not mine", quality="low")
    await room.app.dispatch.idle()
    room.replicate.end_gate.hold()
    running = await ask(room, "a running fox")
    await room.replicate.until(lambda: len(room.replicate.runs) == 4)
    waiting = await ask(room, "a waiting fox", private=True)

    told = await room.member.slash(room.channel, "jobs")
    assert told.ephemeral
    text = text_of(told.response)
    assert "[a running fox](https://discord.com/channels/" in text
    assert "Painting. It should be here <t:" in text
    assert "a waiting fox, asked" in text  # without a link, which would lead nowhere
    assert "Next in line." in text
    assert "1 picture · $0.012" in text
    assert "No picture. The model's safety system refused this." in text
    assert "not mine" not in text
    assert buttons(told) == ["Cancel", "Cancel"]

    await room.env.restart_bot()
    assert told.response is not None
    first, _ = components_of(told.response, BUTTON)
    pressed = await room.member.click(told.response, custom_id=first["custom_id"])
    assert text_of(pressed.response).startswith("Canceling …")
    await room.replicate.until(lambda: len(room.replicate.runs) == 5)  # the next one's turn has come
    room.replicate.end_gate.release()
    await room.app.dispatch.idle()
    assert "You canceled this." in text_of(running.response)
    assert waiting.response is not None
    assert len(waiting.response.attachments) == 1

    told = await room.member.slash(room.channel, "jobs")
    assert "None of your requests waits or runs." in text_of(told.response)
    assert "You canceled this." in text_of(told.response)
    assert buttons(told) == []


async def test_pictures_that_reached_nobody_are_handed_out_after_a_restart(room: Room) -> None:
    room.env.inject_error("PATCH", "/webhooks/*", status=401, code=50027, times=9)
    room.env.inject_error("POST", "/users/@me/channels", status=403, code=50007, times=9)
    await ask(room, "a shy fox", private=True, count=2)
    await room.app.dispatch.idle()
    room.env.backend.faults.clear()

    told = await room.member.slash(room.channel, "jobs")
    assert "2 pictures that could not be brought to you, kept until <t:" in text_of(told.response)
    assert buttons(told) == ["Get: a shy fox"]
    await room.env.restart_bot()
    await room.moderator.slash(room.channel, "moderate block", member=room.member, until="1d", reason="a while")
    refused = await press(room.member, told, "Get: a shy fox")
    assert "The pictures aren't shown: the member was blocked" in text_of(refused.response)
    await room.moderator.slash(room.channel, "moderate lift", member=room.member, reason="enough")
    shown = await press(room.member, told, "Get: a shy fox")
    assert shown.ephemeral
    (run,) = room.replicate.runs
    assert shown.response is not None
    assert [await each.read() for each in shown.response.attachments] == list(run.files.values())
    assert "a shy fox" in text_of(shown.response)


async def test_what_was_made_for_adults_is_veiled_where_it_is_handed_out_elsewhere(room: Room) -> None:
    assert room.channel.guild is not None
    adults = room.channel.guild.create_text_channel("adults")
    await room.env.settle()
    age_restrict(room, adults.id)
    preferences = room.app.client.studio.preferences
    await preferences.change_policy(
        room.channel.guild.id, lambda policy: policy.with_rules(None, spoilers=Spoilers.NEVER), None, NOON
    )
    room.env.inject_error("PATCH", "/webhooks/*", status=401, code=50027, times=9)
    room.env.inject_error("POST", "/users/@me/channels", status=403, code=50007, times=9)
    await room.member.slash(adults, "imagine", prompt="a bare fox", quality="low", private=True)
    await room.app.dispatch.idle()
    room.env.backend.faults.clear()
    shown = await press(room.member, await room.member.slash(room.channel, "jobs"), "Get: a bare fox")
    assert shown.response is not None
    assert shown.response.attachments[0].filename.startswith("SPOILER_")


@pytest.mark.parametrize("prompt", ["*_`[" * 8_000, "a fox"])
def test_the_card_holds_whatever_there_is(prompt: str) -> None:
    job = replace(a_job(), request=replace(a_job().request, prompt=prompt), message_id=2**62, guild_id=2**62)
    kept = replace(job, status=JobStatus.SUCCEEDED, pictures=10, cost=1, kept_until=NOON + timedelta(days=1))
    live = [(each, "It starts by itself when its turn comes. " * 3) for each in [job] * 5]
    view = jobs_card(MemberJobs((job,) * 20, (kept,) * 10), live, NOON)
    assert view.total_children_count <= 40
    assert view.content_length() <= 4_000
    assert len([each for each in view.walk_children() if getattr(each, "custom_id", None)]) == 5 + 10
