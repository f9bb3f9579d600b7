"""Appeals: who may make them and where, who decides, what each sees, and that the first decision counts."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room, open_room
from bot.domain.moderation import Review, ReviewOf, ReviewStage
from bot.domain.wording import WordRules
from tests.chat.conftest import paint_small
from tests.chat.forms import restart
from tests.chat.test_sanctions import heard, imagine, moderate
from tests.clocks import FastClock
from tests.storage.migrated import move_in

BUTTON = 2  # Discord's component type


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    async with open_room(
        move_in(tmp_path), seconds=lambda _: 0.0, paint=paint_small, clock=FastClock(rate=1.0)
    ) as room:
        yield room
    assert not room.env.errors, "nothing failed inside the bot"


async def post_to(room: Room, channel_id: int | None) -> None:
    """Let reviewers find what waits for them in that channel."""
    studio = room.app.client.studio
    await studio.preferences.change_policy(
        room.member.guild.id,
        lambda held: replace(held, review_channel_id=channel_id),
        room.moderator.id,
        studio.clock.now(),
    )


async def blocked(room: Room) -> Any:
    """The refusal that a blocked member gets."""
    await moderate(room, "block", member=room.member, until="3d", reason="too loud")
    refused = await imagine(room)
    assert refused.response is not None
    return refused.response


async def appeal(room: Room, message: Any, text: str = "It was *my cat*.", who: Any = None) -> InteractionResult:
    actor = who or room.member
    form = await actor.click(message, label="Appeal")
    return await actor.submit_modal(form, {"text": text})


async def decide(room: Room, message: Any, label: str, answer: str, who: MemberActor | None = None) -> None:
    form = await (who or room.moderator).click(message, label=label)
    await (who or room.moderator).submit_modal(form, {"answer": answer})


def buttons(message: Any) -> list[str]:
    return [each["label"] for each in components_of(message, BUTTON)]


def reviewers(room: Room) -> tuple[ChannelHandle, MemberActor, MemberActor]:
    """A channel for reviewers, another moderator, and somebody who sees the channel but may not decide."""
    guild, bot = room.member.guild, room.app.client.user
    assert bot is not None
    moderates = guild.create_role("Junior", permissions=discord.Permissions(manage_messages=True))
    sees = guild.create_role("Seeing")
    seen, unseen = (discord.PermissionOverwrite(view_channel=each) for each in (True, False))
    own = next(role for role in guild.roles.values() if role.name == "Moderators")
    allowed: dict[Any, discord.PermissionOverwrite] = {
        moderates: seen,
        sees: seen,
        own: seen,
        bot: seen,
        guild.default_role: unseen,
    }
    channel = guild.create_text_channel("reviewers", overwrites=allowed)
    junior = guild.add_member(room.env.create_user("junior"), roles=[moderates])
    return channel, junior, guild.add_member(room.env.create_user("bystander"), roles=[sees])


async def test_an_appeal_reaches_the_reviewers_and_the_first_decision_counts(room: Room) -> None:
    channel, junior, bystander = reviewers(room)
    await post_to(room, channel.id)
    refusal = await blocked(room)
    await restart(room)
    assert "has reached the moderators" in text_of((await appeal(room, refusal)).response)
    again = await room.member.click(refusal, label="Appeal")
    assert "nobody has decided yet" in text_of(again.response)
    [card] = channel.history()
    text = text_of(card)
    assert f"<@{room.member.id}> appeals" in text
    assert r"> It was \*my cat\*." in text
    assert "Against: Block until <t:" in text
    assert f"by <@{room.moderator.id}>" in text, "who imposed it"
    assert buttons(card) == ["Grant", "Deny"]
    for label in buttons(card):
        pressed = await bystander.click(card, label=label)
        assert text_of(pressed.response) == "That is for this server's moderators."
        assert pressed.ephemeral

    await restart(room)
    slow = await junior.click(card, label="Deny")
    await decide(room, card, "Grant", "A *nice* cat")
    late = await junior.submit_modal(slow, {"answer": "no"})
    assert f"<@{room.moderator.id}> was faster: the appeal is granted." in "".join(map(text_of, late.followups))
    text = text_of(channel.last_message)
    assert f"**Granted** by <@{room.moderator.id}>." in text
    assert r"> A \*nice\* cat" in text
    assert buttons(channel.last_message) == []
    told = heard(room)[-1]
    assert "Your appeal in **Easel demo** was granted: what was imposed on you is lifted." in told
    assert r"> A \*nice\* cat" in told
    assert str(room.moderator.id) not in told
    assert not (await imagine(room)).ephemeral, "it is lifted"
    assert "it was granted" in text_of((await room.member.click(refusal, label="Appeal")).response)


async def test_ones_own_appeal_is_for_others_to_decide(room: Room) -> None:
    channel, junior, _ = reviewers(room)
    await post_to(room, channel.id)
    await moderate(room, "warn", member=junior, reason="even you")
    await appeal(room, junior.user.dm_channel.last_message, who=junior.user)
    pressed = await junior.click(channel.last_message, label="Grant")  # pyright: ignore[reportArgumentType] # it is there
    assert "It is your own appeal." in text_of(pressed.response)
    await decide(room, channel.last_message, "Grant", "")
    studio = room.app.client.studio
    record = await studio.sanctions.record(junior.id, room.member.guild.id, studio.clock.now(), 0)
    assert record.strikes == 0
    assert "Your appeal" in heard(room, junior)[-1]


async def test_in_a_channel_that_all_can_read_an_appeal_says_nothing(room: Room) -> None:
    await post_to(room, room.channel.id)
    refusal = await blocked(room)
    by_message = room.member.user.dm_channel.last_message
    assert by_message is not None
    made = await appeal(room, by_message, who=room.member.user)
    assert "has reached the moderators" in text_of(made.response), "from a direct message"
    card = room.channel.last_message
    assert card is not None
    assert "my cat" not in text_of(card), "everybody can read that channel"
    assert "`/moderate appeals` shows it" in text_of(card)
    assert buttons(card) == []
    assert "nobody has decided yet" in text_of((await room.member.click(refusal, label="Appeal")).response)

    listed = await room.moderator.slash(room.channel, "moderate appeals")
    assert listed.ephemeral
    assert "my cat" in text_of(listed.response)
    assert listed.response is not None
    await restart(room)
    await decide(room, listed.response, "Deny", "")
    assert "**Denied** by" in text_of(listed.response)
    assert "No appeals wait." in text_of(listed.response)
    assert "**Denied** by" in text_of(next(each for each in room.channel.history() if each.id == card.id))

    assert heard(room)[-1] == "Your appeal in **Easel demo** was denied."
    assert (await imagine(room)).ephemeral, "the block stays"


async def test_without_a_channel_an_appeal_is_kept(room: Room) -> None:
    refusal = await blocked(room)
    assert "Your appeal is kept." in text_of((await appeal(room, refusal)).response)
    assert "my cat" in text_of((await room.moderator.slash(room.channel, "moderate appeals")).response)


async def test_a_rejected_request_is_appealed_below_its_card(room: Room) -> None:
    channel, _, _ = reviewers(room)
    await post_to(room, channel.id)
    studio, guild_id = room.app.client.studio, room.member.guild.id
    review = Review(frozenset({ReviewOf.EVERYONE}))
    await studio.preferences.change_policy(
        guild_id, lambda held: held.with_rules(None, review=review), room.moderator.id, studio.clock.now()
    )
    asked = await imagine(room)
    job = (await room.app.store.jobs_of(room.member.id, 0)).live[0]
    assert await studio.reviews.reject(job.id, ReviewStage.REQUEST, room.moderator.id, "not here")
    await room.app.dispatch.idle()
    assert asked.response is not None
    assert "Appeal" in buttons(asked.response)
    pressed = await room.other_member.click(asked.response, label="Appeal")
    assert text_of(pressed.response) == "Only the member whom it is about can appeal."
    await appeal(room, asked.response)
    card = channel.last_message
    assert f"Against what was decided about the request `{job.id}`." in text_of(card)
    await decide(room, card, "Grant", "You are right.")
    assert "was granted: you may ask for that again." in heard(room)[-1]


async def test_what_a_servers_words_refuse_is_appealed_once_a_day(room: Room) -> None:
    channel, _, _ = reviewers(room)
    await post_to(room, channel.id)
    studio, guild_id = room.app.client.studio, room.member.guild.id
    await studio.words.change(guild_id, lambda _: WordRules(("fox",)), room.moderator.id)
    first, second = (await imagine(room)).response, (await imagine(room)).response
    assert buttons(first) == ["Appeal"]
    await appeal(room, first, "Foxes are fine.")
    assert "Against the refusal of a request by this server's rules." in text_of(channel.last_message)
    assert second is not None
    assert "nobody has decided yet" in text_of((await room.member.click(second, label="Appeal")).response)
    await decide(room, channel.last_message, "Grant", "We'll change the list.")
    assert "The rules are still the same there; the moderators can change them." in heard(room)[-1]
