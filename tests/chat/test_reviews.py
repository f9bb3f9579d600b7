"""What waits for a reviewer: as its member sees it, as reviewers do, and as those who have no say in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, RoleHandle
from simcord.results import InteractionResult, ResponseMessage
from sqlalchemy import select

from bot.demo.reading import components_of, text_of
from bot.demo.replicate_faults import out_of_credit
from bot.demo.room import Room, open_room
from bot.domain.job import Job, JobStatus
from bot.domain.moderation import Policy, Review, ReviewOf, ReviewStage
from bot.domain.trail import Action
from bot.storage.tables import accounts
from tests.chat.conftest import paint_small
from tests.chat.forms import restart
from tests.chat.pictures import png
from tests.chat.test_buttons import AFTER_A_FAILURE
from tests.clocks import FastClock
from tests.storage.migrated import move_in

BUTTON, FILE, GALLERY = 2, 13, 12  # Discord's component types
DECIDING = ["Approve", "Approve and trust", "Reject …"]
HOUR = 3600.0


@pytest.fixture
def clock() -> FastClock:
    return FastClock(rate=100)


@pytest.fixture
async def room(tmp_path: Path, clock: FastClock) -> AsyncIterator[Room]:
    """One where all is reviewed before the spend; what waits is shown in a channel of the moderators'."""
    async with open_room(move_in(tmp_path), seconds=lambda _: 0.0, paint=paint_small, clock=clock) as room:
        channel = a_channel(room, "desk", room.member.guild.roles["Moderators"])
        await let_review(room, ReviewStage.REQUEST, review_channel_id=channel.id)
        yield room
    assert not room.env.errors, "nothing failed inside the bot"


async def let_review(room: Room, *stages: ReviewStage, of: ReviewOf = ReviewOf.EVERYONE, **changes: Any) -> None:
    def change(held: Policy) -> Policy:
        review = Review(of=frozenset({of}), stages=frozenset(stages))
        return replace(held, **changes).with_rules(None, review=review)

    studio = room.app.client.studio
    await studio.preferences.change_policy(room.member.guild.id, change, None, studio.clock.now())


async def ask(room: Room, who: MemberActor | None = None, **options: Any) -> InteractionResult:
    """A request that waits by the time that this returns, if it is to wait."""
    asked = {"prompt": "a fox", "quality": "low"} | options
    result = await (who or room.member).slash(room.channel, "imagine", **asked)
    await room.app.dispatch.idle()
    return result


async def settle(room: Room) -> None:
    """Let everything happen that follows from a press."""
    await room.app.dispatch.idle()


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await condition():  # noqa: ASYNC110 # a round of the service's comes to it without an event
            await asyncio.sleep(0.01)


async def last_job(room: Room, who: MemberActor | None = None) -> Job:
    studio = room.app.client.studio
    return (await studio.store.usage((who or room.member).id, studio.clock.now(), 1)).last[0]


async def committed(room: Room) -> int:
    studio = room.app.client.studio
    return (await studio.store.usage(room.member.id, studio.clock.now(), 0)).month.amount


def shown_by(result: InteractionResult) -> ResponseMessage:
    """The message that answers, which is there."""
    assert result.response is not None
    return result.response


def labels(message: Any) -> list[str]:
    return [each["label"] for each in components_of(message, BUTTON)]


def desk(room: Room) -> ChannelHandle:
    return room.member.guild.channels["desk"]


def card(room: Room, channel: ChannelHandle | None = None) -> discord.Message:
    return (channel or desk(room)).history()[-1]


def reviewer(room: Room, name: str, *, role: RoleHandle | None = None) -> MemberActor:
    """Another one, by the moderators' role or by one that the policy names."""
    guild = room.member.guild
    user = room.env.create_user(name, global_name=name.title())
    return guild.add_member(user, roles=[role or guild.roles["Moderators"]])


def a_channel(room: Room, name: str, *seen_by: MemberActor | RoleHandle) -> ChannelHandle:
    """A channel that isn't for everybody."""
    guild = room.member.guild
    assert room.app.client.user is not None
    seen, unseen = (discord.PermissionOverwrite(view_channel=each) for each in (True, False))
    overwrites = dict.fromkeys((room.app.client.user, *seen_by), seen)
    return guild.create_text_channel(name, overwrites={guild.default_role: unseen, **overwrites})


async def test_a_request_waits_where_its_member_sees_it_and_reviewers_alone_decide(room: Room) -> None:
    """In a channel where those have a seat, too, who have no say."""
    channel = a_channel(room, "open desk", room.moderator, room.other_member, room.member)
    await let_review(room, ReviewStage.REQUEST, review_channel_id=channel.id)
    result = await ask(room, prompt="a *fox* of mine")
    assert "A moderator looks at this first, until <t:" in text_of(result.response)
    assert labels(result.response) == ["Cancel"]
    jobs = await room.member.slash(room.channel, "jobs")
    assert "A moderator looks at this first, until <t:" in text_of(jobs.response)
    assert labels(jobs.response) == ["Cancel"]
    shown = card(room, channel)
    assert labels(shown) == DECIDING
    assert "Nothing is spent before you decide. It may cost up to $0.012." in text_of(shown)
    assert f"<@{room.member.id}> asks for this in <#{room.channel.id}>." in text_of(shown)
    assert r"> a \*fox\* of mine" in text_of(shown)
    assert await committed(room) == 12_000, "the price is held"
    for label in DECIDING:
        pressed = await room.other_member.click(shown, label=label)
        assert pressed.ephemeral
        assert "takes the permission **Manage Messages** in this channel" in text_of(pressed.response)
    assert (await last_job(room)).status is JobStatus.REQUEST_REVIEW
    assert room.replicate.runs == []
    await restart(room)
    room.replicate.end_gate.hold()
    await room.moderator.click(card(room, channel), label="Approve")

    async def painting() -> bool:
        return "Painting with" in text_of(result.response)

    await until(painting)
    room.replicate.end_gate.release()
    await settle(room)
    assert f"**Approved** by <@{room.moderator.id}>." in text_of(card(room, channel))
    assert labels(card(room, channel)) == []
    assert result.response is not None
    assert len(result.response.attachments) == len(room.replicate.runs) == 1
    listed = await room.moderator.slash(channel, "moderate review")
    assert "Nothing waits for review." in text_of(listed.response)


async def test_who_comes_second_is_told_what_was_decided_and_by_whom(room: Room) -> None:
    """By the form that was open before, and by a look at it that still had its buttons."""
    second = reviewer(room, "second_moderator")
    await ask(room)
    shown = card(room)
    listed = await room.moderator.slash(desk(room), "moderate review")
    look = await room.moderator.click(shown_by(listed), label="Look")
    form = await room.moderator.click(shown, label="Reject …")
    await second.click(shown, label="Approve")
    await settle(room)
    faster = f"Somebody was faster. **Approved** by <@{second.id}>."
    submitted = await room.moderator.submit_modal(form, {"reason": "too late"})
    assert faster in [text_of(each) for each in submitted.followups]
    pressed = await room.moderator.click(shown_by(look), label="Approve and trust")
    assert faster in [text_of(each) for each in pressed.followups]
    assert labels(look.response) == labels(card(room)) == []
    decisions = (Action.APPROVE, Action.REJECT, Action.TRUST)
    entries = await room.app.client.studio.trail.entries(room.member.guild.id, 10, actions=decisions)
    assert [(each.action, each.actor_id) for each in entries] == [("approve", second.id)], "nobody is trusted"
    assert len(room.replicate.runs) == 1


async def test_a_private_request_that_is_rejected(room: Room, clock: FastClock) -> None:
    result = await ask(room, private=True)
    assert "> ||a fox||" in text_of(card(room))
    assert "for their eyes only" in text_of(card(room))
    form = await room.moderator.click(card(room), label="Reject …")
    assert (await last_job(room)).status is JobStatus.REQUEST_REVIEW, "not before the reason is there"
    await restart(room)
    await room.moderator.submit_modal(form, {"reason": "no *foxes* today"})
    await settle(room)
    text = text_of(result.response)
    assert r"**No picture this time.** A moderator turned this down: no \*foxes\* today." in text
    assert "cost" not in text
    assert labels(result.response) == [*AFTER_A_FAILURE, "Appeal"]
    assert f"**Rejected** by <@{room.moderator.id}>:\n> no \\*foxes\\* today" in text_of(card(room))
    assert "a fox" not in text_of(card(room)), "what was private isn't repeated"
    assert await committed(room) == 0, "the hold is released"
    assert room.replicate.runs == []
    # Another one, decided on when the interaction's token is no good any more.
    await ask(room, prompt="a shy hare", private=True)
    clock.advance(HOUR)
    form = await room.moderator.click(card(room), label="Reject …")
    await room.moderator.submit_modal(form, {"reason": "nor hares"})
    await settle(room)
    (message,) = room.member.user.dm_channel.history()
    assert "nor hares" in text_of(message)
    assert len(room.channel.history(viewer=room.other_member)) == 1, "the welcome alone"


async def test_pictures_wait_before_they_are_shown(room: Room, tmp_path: Path) -> None:
    await let_review(room, ReviewStage.RESULT)
    result = await ask(room)
    assert "Your pictures are made. A moderator looks at them before they are shown" in text_of(result.response)
    assert result.response is not None
    assert result.response.attachments == []
    (attachment,) = card(room).attachments
    assert attachment.is_spoiler()
    (item,) = components_of(card(room), GALLERY)[0]["items"]
    assert item["spoiler"]
    assert "They cost $0.012." in text_of(card(room))
    (run,) = room.replicate.runs
    made = list(run.files.values())
    run.files.clear()  # Replicate forgets
    await room.moderator.click(card(room), label="Approve")
    await settle(room)
    assert [await each.read() for each in await attachments(room, result)] == made, "untouched"
    assert card(room).attachments == [], "they are where they belong now"
    assert kept_pictures(tmp_path) == 0
    rejected = await ask(room, prompt="another fox")
    form = await room.moderator.click(card(room), label="Reject …")
    assert kept_pictures(tmp_path) == 1
    await room.moderator.submit_modal(form, {"reason": "not this one"})
    await settle(room)
    text = text_of(rejected.response)
    assert "A moderator turned this down: not this one." in text
    assert "It had been painted by then, and cost $0.012." in text
    assert rejected.response is not None
    assert rejected.response.attachments == card(room).attachments == []
    assert await committed(room) == sum(room.replicate.billed.values()) == 24_000, "it ran"
    assert kept_pictures(tmp_path) == 0


def kept_pictures(directory: Path) -> int:
    return len(list((directory / "blobs").rglob("*.blob")))


async def attachments(room: Room, result: InteractionResult) -> list[discord.Attachment]:
    assert result.response is not None
    (message,) = [each for each in room.channel.history() if each.id == result.response.id]
    return message.attachments


async def test_both_stages_and_who_is_trusted_at_the_first_waits_no_more(room: Room) -> None:
    await let_review(room, *ReviewStage)
    first = await ask(room)
    await room.moderator.click(card(room), label="Approve")
    await settle(room)
    assert "Your pictures are made." in text_of(first.response)
    assert [labels(each) for each in desk(room).history()] == [[], DECIDING]
    await room.moderator.click(card(room), label="Approve")
    await settle(room)
    assert first.response is not None
    assert len(first.response.attachments) == 1
    second = await ask(room, prompt="a hare")
    await room.moderator.click(card(room), label="Approve and trust")
    await settle(room)
    assert second.response is not None
    assert len(second.response.attachments) == 1
    assert len(desk(room).history()) == 3
    third = await ask(room, prompt="an owl")
    assert third.response is not None
    assert len(third.response.attachments) == 1
    listed = await room.moderator.slash(desk(room), "moderate review")
    assert f"because they are trusted: <@{room.member.id}>" in text_of(listed.response)
    told = await room.moderator.slash(desk(room), "moderate distrust", member=room.member)
    assert "are reviewed again" in text_of(told.response)
    assert labels((await ask(room, prompt="a wolf")).response) == ["Cancel"]
    told = await room.moderator.slash(desk(room), "moderate trust", member=room.member)
    assert "aren't reviewed any more" in text_of(told.response)


async def test_what_nobody_decides_on_expires_and_is_cleared_out_of_the_way(room: Room, clock: FastClock) -> None:
    result = await ask(room)
    job = await last_job(room)
    clock.advance(25 * HOUR)

    async def closed() -> bool:
        return "**Expired.**" in text_of(card(room))

    await until(closed)
    await settle(room)
    (message,) = [each for each in room.channel.history() if result.response and each.id == result.response.id]
    assert "No moderator decided on this in time" in text_of(message)
    assert labels(card(room)) == []
    assert await committed(room) == 0
    assert (await room.app.client.studio.store.job(job.id) or job).status is JobStatus.FAILED


async def test_what_is_approved_while_there_is_no_credit_says_so(room: Room) -> None:
    await let_review(room, ReviewStage.REQUEST, of=ReviewOf.EDITS)
    room.replicate.faults.order(out_of_credit(), method="POST", path="*/predictions", times=None)
    await room.member.slash(room.channel, "imagine", prompt="a fox", quality="low")
    await until(lambda: closed(room))
    await let_review(room, ReviewStage.REQUEST)
    result = await room.member.slash(room.channel, "imagine", prompt="a hare", quality="low")
    await until(lambda: posted(room))
    assert "A moderator looks at this first" in text_of(result.response)
    await room.moderator.click(card(room), label="Approve")
    assert "There is no credit left at Replicate at the moment." in text_of(result.response)


async def closed(room: Room) -> bool:
    async with room.app.store.database.read() as connection:
        return (await connection.scalar(select(accounts.c.closed_until))) is not None


async def posted(room: Room) -> bool:
    return bool(desk(room).history())


@pytest.mark.parametrize("stage", ReviewStage)
async def test_canceled_while_it_waits(room: Room, stage: ReviewStage) -> None:
    await let_review(room, stage)
    result = await ask(room)
    assert result.response is not None
    await room.member.click(result.response, label="Cancel")
    await settle(room)
    assert "You canceled this." in text_of(result.response)

    async def closed() -> bool:
        return "**Canceled** before anybody decided." in text_of(card(room))

    await until(closed)
    assert labels(card(room)) == card(room).attachments == []
    assert await committed(room) == sum(room.replicate.billed.values())


async def test_without_a_channel_it_waits_in_the_list(room: Room) -> None:
    """The channel is gone; a member's own request isn't theirs to decide on, whatever their role."""
    role = room.member.guild.create_role("Curators")
    curator = reviewer(room, "curator", role=role)
    await let_review(room, ReviewStage.REQUEST, review_channel_id=404, reviewer_role_ids=(role.id,))
    result = await ask(room, curator, prompt="a hidden fox", private=True)
    listed = await room.moderator.slash(room.channel, "moderate review")
    assert listed.ephemeral
    assert f"A request of <@{curator.id}>; ends <t:" in text_of(listed.response)
    assert "a hidden fox" not in text_of(listed.response)
    assert labels(listed.response) == ["Look"]
    look = await room.moderator.click(shown_by(listed), label="Look")
    assert look.ephemeral
    assert "> ||a hidden fox||" in text_of(look.response)
    await room.moderator.click(shown_by(look), label="Approve")
    await settle(room)
    assert f"**Approved** by <@{room.moderator.id}>." in text_of(look.response)
    assert result.response is not None
    assert len(result.response.attachments) == 1


async def test_a_reviewer_by_role_may_decide_but_not_on_their_own_and_an_open_channel_shows_nothing(
    room: Room,
) -> None:
    role = room.member.guild.create_role("Curators")
    curator = reviewer(room, "curator", role=role)
    await let_review(room, ReviewStage.RESULT, review_channel_id=room.channel.id, reviewer_role_ids=(role.id,))
    await ask(room, curator)
    shown = card(room, room.channel)
    assert labels(shown) == ["Look"]
    assert shown.attachments == []
    assert "a fox" not in text_of(shown)
    assert "Everybody can see this channel" in text_of(shown)
    pressed = await room.other_member.click(shown, label="Look")
    assert "takes the permission **Manage Messages**" in text_of(pressed.response)
    pressed = await curator.click(shown, label="Look")
    assert pressed.ephemeral
    assert "This is your own request." in text_of(pressed.response)
    look = await room.moderator.click(shown, label="Look")
    assert look.ephemeral
    assert look.response is not None
    assert len(look.response.attachments) == 1
    assert labels(look.response) == DECIDING
    second = reviewer(room, "second_curator", role=role)
    look = await second.click(shown, label="Look")
    await second.click(shown_by(look), label="Approve")
    await settle(room)
    assert (await last_job(room, curator)).status is JobStatus.SUCCEEDED


async def test_an_edit_is_shown_with_its_pictures_and_a_long_prompt_whole(room: Room) -> None:
    await let_review(room, ReviewStage.REQUEST, of=ReviewOf.EDITS)
    made = await ask(room)
    assert len(shown_by(made).attachments) == 1, "it is no edit"
    prompt = "make it blue " * 149 + "again"
    await ask(room, prompt=prompt, image=("fox.png", png()))
    names = [each.filename for each in card(room).attachments]
    assert names == ["SPOILER_prompt.txt", "SPOILER_input-1.png"]
    assert (await card(room).attachments[0].read()).decode() == prompt
    (item,) = components_of(card(room), GALLERY)[0]["items"]
    (file,) = components_of(card(room), FILE)
    assert item["spoiler"]
    assert file["spoiler"]
    await room.moderator.click(card(room), label="Approve")
    await settle(room)
    assert card(room).attachments == []
    assert (await last_job(room)).status is JobStatus.SUCCEEDED
