"""Answers come first, whatever else there is to do."""

import asyncio
from contextlib import ExitStack

import pytest

from bot.chat import intake
from bot.demo.reading import text_of
from bot.demo.room import Room
from bot.service import dispatch
from tests.chat.test_imagine import created, imagine

LONG = 3_600.0


async def test_no_job_is_claimed_while_somebody_waits_for_an_answer(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dispatch, "ANSWERS_FIRST_SECONDS", LONG)
    studio = room.app.client.studio
    with studio.answering.one():
        result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
        assert "Painting" in text_of(result.response)
        for _ in range(50):
            await studio.store.remember("a", "commit")  # a claim would have come and gone meanwhile
        assert not created(room)
    await room.app.dispatch.idle()
    assert len(created(room)) == 1


async def test_a_claim_does_not_wait_for_ever(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "ANSWERS_FIRST_SECONDS", 0.01)
    with room.app.client.studio.answering.one():
        await imagine(room, prompt="a fox", quality="low")
        assert len(created(room)) == 1


async def test_one_of_a_crowd_hears_at_once_that_it_is_being_checked(room: Room) -> None:
    studio, crowd = room.app.client.studio, ExitStack()
    for _ in range(intake.CROWD):
        crowd.enter_context(studio.answering.one())

    async def answer_the_others() -> None:
        told = False
        for _ in range(1_000):
            told = any("Checking" in text_of(each) for each in room.channel.history())
            if told and studio.answering.waiting == intake.CROWD:  # who was told waits for its answer no longer
                break
            await studio.store.remember("a", "commit")
        assert told
        assert not (await studio.store.jobs_of(room.member.id, 1)).live
        crowd.close()

    others = asyncio.create_task(answer_the_others())
    result = await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await others
    assert "Painting" in text_of(result.response)
    await room.app.dispatch.idle()
    assert len(created(room)) == 1
