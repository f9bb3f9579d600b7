"""The reviewers' cards: each is posted once whatever becomes of the call, and of two who press at once one decides."""

import asyncio
from dataclasses import replace

import pytest

from bot.domain.moderation import Review, ReviewOf, ReviewStage
from bot.domain.trail import Action
from tests.faults.stage import Stage
from tests.faults.test_discord import STRUCK
from tests.wire.discord_server import Message, Route
from tests.wire.faults import KINDS
from tests.wire.places import Channel, Permission


@pytest.fixture
def name() -> str:
    """Of the scene."""
    return "answer"


@pytest.fixture
async def desk(stage: Stage) -> Channel:
    """The reviewers' channel of a guild in which all is reviewed before the spend."""
    desk = stage.guild.channel("desk")
    review = Review(of=frozenset({ReviewOf.EVERYONE}), stages=frozenset({ReviewStage.REQUEST}))
    await stage.app.client.studio.preferences.change_policy(
        stage.guild.id,
        lambda held: replace(held, review_channel_id=desk.id).with_rules(None, review=review),
        None,
        stage.clock.now(),
    )
    return desk


def cards(desk: Channel) -> list[Message]:
    return [each for each in desk.messages if not each.deleted]


async def test_a_card_is_posted_once_and_closed_whatever_becomes_of_the_calls(stage: Stage, desk: Channel) -> None:
    for number, kind in enumerate(STRUCK, start=1):
        stage.discord.faults.inject("POST", Route.MESSAGES, KINDS[kind])
        await stage.imagine()
        await stage.until_logged("waiting for a reviewer", number)
        assert stage.discord.faults.left == [], "it struck"
        assert len(cards(desk)) == number, kind
        stage.discord.faults.inject("PATCH", Route.MESSAGE, KINDS[kind], KINDS[kind])  # of their card and its member's
        stage.clock.advance(25 * 3600)
        await stage.ended()
        async with asyncio.timeout(3600):
            while "Expired" not in cards(desk)[-1].text:
                await stage.clock.sleep(1)  # which takes no time
        assert stage.discord.faults.left == [], "it struck"
        assert len(cards(desk)) == number, kind
        told = [each for each in stage.channel.messages if "No moderator decided on this in time" in each.text]
        assert len(told) == number, "a day is no excuse"


async def test_of_two_who_press_at_once_one_decides(stage: Stage, desk: Channel) -> None:
    moderating = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.MANAGE_MESSAGES
    people = [stage.guild.member(name, permissions=moderating) for name in ("bob", "cid")]
    await stage.imagine()
    await stage.until_status("request_review")
    await stage.app.dispatch.idle()
    (card,) = cards(desk)
    (look,) = card.controls
    looks = [await stage.discord.click(person, card, look) for person in people]
    shown = [await each.until(lambda message: len(message.controls) == 3) for each in looks]
    (approve,) = (each for each in shown[0].controls if ":approve:" in each)
    pressed = await asyncio.gather(
        *(stage.discord.click(person, message, approve) for person, message in zip(people, shown, strict=True))
    )
    for message in shown:
        async with asyncio.timeout(60):
            while "Approved" not in message.text:
                await stage.clock.sleep(0.1)  # which takes no time
    await stage.ended()
    assert len(stage.replicate.runs) == 1
    decisions = (Action.APPROVE, Action.REJECT)
    entries = await stage.app.client.studio.trail.entries(stage.guild.id, 10, actions=decisions)
    assert [each.action for each in entries] == ["approve"]
    told = [message.text for each in pressed for message in each.messages if "Somebody was faster." in message.text]
    assert told == [f"Somebody was faster. **Approved** by <@{entries[0].actor_id}>."]
