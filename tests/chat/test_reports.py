"""Reports, as the one who reports, the member, bystanders and moderators see them; each wrong hand on each button."""

from dataclasses import replace
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult, ResponseMessage

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.trail import Action
from tests.chat.forms import offered, restart

BUTTON = 2  # Discord's component type


@pytest.fixture
def bystanders(room: Room) -> list[MemberActor]:
    return [room.member.guild.add_member(room.env.create_user(name)) for name in ("one", "two")]


async def made(room: Room, **options: Any) -> ResponseMessage:
    result = await room.member.slash(room.channel, "imagine", **({"prompt": "a fox", "quality": "low"} | options))
    await room.app.dispatch.idle()
    assert result.response is not None
    return result.response


async def report(
    who: MemberActor, message: ResponseMessage, reason: str = "violence", text: str = ""
) -> InteractionResult:
    form = await who.click(message, label="Report")
    return await who.submit_modal(form, {"reason": [reason], "text": text})


def labels(message: ResponseMessage | discord.Message) -> list[str]:
    return [button["label"] for button in components_of(message, BUTTON)]


def card(channel: ChannelHandle) -> discord.Message:
    """The latest in the channel, where decisions are told, too."""
    return [each for each in channel.history() if "Reported result" in text_of(each)][-1]


def cards(channel: ChannelHandle) -> int:
    return sum("Reported result" in text_of(each) for each in channel.history())


async def policy(room: Room, **changes: Any) -> None:
    preferences, now = room.app.client.studio.preferences, room.app.client.studio.clock.now()
    await preferences.change_policy(room.member.guild.id, lambda held: replace(held, **changes), room.moderator.id, now)


async def files(message: ResponseMessage | discord.Message) -> dict[str, bytes]:
    return {each.filename: await each.read() for each in message.attachments}


def must(message: ResponseMessage | None) -> ResponseMessage:
    assert message is not None
    return message


def told(who: MemberActor) -> list[str]:
    """By direct messages."""
    return [text_of(each) for each in who.user.dm_channel.history()]


async def test_a_report_reaches_the_moderators_with_the_pictures_and_is_decided_once(
    room: Room, bystanders: list[MemberActor]
) -> None:
    guild = room.member.guild
    seen, unseen = (discord.PermissionOverwrite(view_channel=each) for each in (True, False))
    everybody = [room.member, room.other_member, room.moderator, *bystanders]
    reviewers = guild.create_role("Reviewers")
    me = room.app.client.user
    assert me is not None
    overwrites: dict[Any, discord.PermissionOverwrite] = {guild.default_role: unseen, reviewers: seen, me: seen}
    log = guild.create_text_channel("log", overwrites=overwrites | dict.fromkeys(everybody, seen))
    reviewer = guild.add_member(room.env.create_user("reviewer"), roles=[reviewers])
    await policy(room, log_channel_id=log.id, reviewer_role_ids=(reviewers.id,))
    message = await made(room, count=2)
    pictures = await files(message)
    await restart(room)
    form = await room.other_member.click(message, label="Report")
    assert list(offered(form, "reason")) == ["Sexual", "Violence or gore", "A real person", "Hateful", "Something else"]
    sent = await room.other_member.submit_modal(form, {"reason": ["real_person"], "text": "this is *my* aunt"})
    assert sent.ephemeral
    assert "The moderators have been told" in text_of(sent.response)

    told_once = card(log)
    assert {name.removeprefix("SPOILER_"): data for name, data in (await files(told_once)).items()} == pictures
    assert all(name.startswith("SPOILER_") for name in await files(told_once))
    for part in (
        f"asked for by <@{room.member.id}>",
        "> a fox",
        "**Reported by 1 person**",
        f"<@{room.other_member.id}>: A real person",
        "this is \\*my\\* aunt",
        "1 request in the last 30 days; 0 results removed so far; 0 strikes that count",
        "Members still see it",
    ):
        assert part in text_of(told_once)

    again = await room.other_member.click(message, label="Report")
    assert "You have reported this result already" in text_of(again.response)
    own = await room.member.click(message, label="Report")
    assert "This is your own result" in text_of(own.response)
    await report(bystanders[0], message)
    assert "**Reported by 2 people**" in text_of(card(log))
    assert cards(log) == 1, "it is the same card"

    for who in (room.member, room.other_member, *bystanders):
        for label in ("Keep", "Remove", "Remove and warn"):
            refused = await who.click(card(log), label=label)
            assert refused.ephemeral
            assert text_of(refused.response) == "Only the moderators of this server can decide on reports."
    await restart(room)
    await reviewer.click(card(log), label="Remove and warn")
    assert labels(card(log)) == []
    assert f"**Removed** by <@{reviewer.id}>, and the member warned" in text_of(card(log))
    assert len(card(log).attachments) == 2, "moderators still see what it was about"
    assert "A moderator has removed the pictures" in text_of(sent.followups[-1]), "in private, while that can be done"
    assert message.attachments == []
    assert labels(message) == ["Again", "Details", "Delete", "Appeal"]
    assert "a moderator took the pictures away" in text_of(message)
    (why,) = told(room.member)
    assert "A moderator has removed the pictures" in why
    assert "have warned you about how you use me. It counts for 1 strike." in why
    assert str(reviewer.id) not in why, "who it was is the moderators' own"
    entries = await room.app.client.studio.trail.entries(guild.id, 5, actions=[Action.REPORT, Action.WARN])
    assert [(each.action, each.actor_id, each.subject_id, each.job_id) for each in entries] == [
        (action, reviewer.id, room.member.id, entries[0].job_id) for action in (Action.WARN, Action.REPORT)
    ]
    assert room.log_channel.history() == [], "the server has chosen another"


async def test_what_several_report_is_hidden_until_a_moderator_gives_it_back_as_it_was(
    room: Room, bystanders: list[MemberActor]
) -> None:
    message = await made(room, count=2)
    before = (await files(message), text_of(message), labels(message))
    sent = await report(room.other_member, message)
    for who in bystanders:
        assert message.attachments
        await report(who, message)
    assert message.attachments == []
    assert labels(message) == ["Again", "Details", "Delete"], "nothing that needs the pictures"
    assert "hidden until a moderator has looked" in text_of(message)
    assert "It is **hidden**" in text_of(card(room.log_channel))

    again = await room.other_member.context_menu(room.channel, "Report picture", message)
    assert "You have reported this result already" in text_of(again.response)
    listed = await room.moderator.slash(room.channel, "moderate reports")
    assert listed.ephemeral
    assert "Reported by 3 people" in text_of(listed.response)
    await restart(room)
    looked = await room.moderator.click(must(listed.response), label="Look")
    assert looked.ephemeral
    assert list((await files(must(looked.response))).values()) == list(before[0].values())

    await room.moderator.click(must(looked.response), label="Keep")
    assert f"**Kept** by <@{room.moderator.id}>" in text_of(looked.response)
    assert f"**Kept** by <@{room.moderator.id}>" in text_of(card(room.log_channel)), "the others hear of it"
    assert (await files(message), text_of(message), labels(message)) == before, "the very bytes"
    assert "and it stays" in text_of(sent.followups[-1])
    assert told(room.member) == []
    late = await room.other_member.click(message, label="Report")
    assert "have looked at this result already, and it stays" in text_of(late.response)
    listed = await room.moderator.slash(room.channel, "moderate reports")
    assert text_of(listed.response) == "No reports wait for a decision."


async def test_a_moderators_report_hides_at_once_and_whoever_decides_second_is_told(room: Room) -> None:
    await policy(room, log_channel_id=room.log_channel.id)
    message = await made(room)
    pictures = await files(message)
    menu = await room.moderator.context_menu(room.channel, "Report picture", message)
    await room.moderator.submit_modal(menu, {"reason": ["sexual"]})
    assert message.attachments == []
    shown = card(room.log_channel)
    listed = must((await room.moderator.slash(room.channel, "moderate reports")).response)
    looked = must((await room.moderator.click(listed, label="Look")).response)
    await room.moderator.click(shown, label="Remove")
    second = await room.moderator.click(looked, label="Keep")
    assert text_of(second.followups[-1]) == f"<@{room.moderator.id}> was first, and has removed it."
    assert "**Removed** by" in text_of(looked), "which it shows from now on, too"
    assert "a moderator took the pictures away" in text_of(message)

    other = await room.other_member.click(message, label="Appeal")
    assert other.modal is None, "that is the member's"
    form = await room.member.click(message, label="Appeal")
    await room.member.submit_modal(form, {"text": "It is a painting in a museum."})
    (appeal,) = [each for each in room.log_channel.history() if "Grant" in labels(each)]
    form = await room.moderator.click(appeal, label="Grant")
    await room.moderator.submit_modal(form, {"answer": "You are right."})
    assert await files(message) == pictures, "they are given back"


async def test_a_log_that_everybody_sees_shows_no_more_than_that_there_is_a_report(room: Room) -> None:
    await policy(room, log_channel_id=room.channel.id)
    message = await made(room, prompt="a secret fox")
    await report(room.other_member, message, text="so secret")
    shown = card(room.channel)
    assert shown.attachments == []
    assert labels(shown) == ["Look"]
    for secret in ("a secret fox", "so secret", str(room.other_member.id)):
        assert secret not in text_of(shown)
    refused = await room.other_member.click(shown, label="Look")
    assert text_of(refused.response) == "Only the moderators of this server can decide on reports."
    looked = must((await room.moderator.click(shown, label="Look")).response)
    assert "a secret fox" in text_of(looked)
    assert len(looked.attachments) == 1
    await room.moderator.click(looked, label="Remove")
    shown = card(room.channel)
    assert f"**Removed** by <@{room.moderator.id}>" in text_of(shown)
    assert "a secret fox" not in text_of(shown)

    theirs = await room.moderator.slash(room.channel, "imagine", prompt="an owl", quality="low")
    await room.app.dispatch.idle()
    await report(room.other_member, must(theirs.response))
    looked = must((await room.moderator.click(card(room.channel), label="Look")).response)
    refused = await room.moderator.click(looked, label="Keep")
    assert text_of(refused.response) == "This is your own result. Please leave it to another moderator."


async def test_what_can_not_be_reported(room: Room) -> None:
    stranger = await room.moderator.send(room.channel, "look at this")
    refused = await room.other_member.context_menu(room.channel, "Report picture", stranger)
    assert "That works on messages with my pictures only" in text_of(refused.response)
    failed = await made(room, prompt="something forbidden")
    refused = await room.other_member.context_menu(room.channel, "Report picture", failed)
    assert "There are no pictures in this message" in text_of(refused.response)
    assert room.log_channel.history() == []
    # Without any channel to tell, they are kept for those who ask.
    room.app.client.studio = replace(room.app.client.studio, log_channel_id=None)
    message = await made(room)
    await report(room.other_member, message)
    listed = await room.moderator.slash(room.channel, "moderate reports")
    assert f"by <@{room.member.id}>. Reported by 1 person" in text_of(listed.response)
    # What is gone by the time of the decision is nobody's trouble.
    looked = must((await room.moderator.click(must(listed.response), label="Look")).response)
    await room.member.click(message, label="Delete")
    await room.moderator.click(looked, label="Remove")
    assert "**Removed** by" in text_of(looked)
