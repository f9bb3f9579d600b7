"""Where requests are taken: guilds, threads, forum posts, direct messages, and where a user brought the bot along."""

from collections.abc import Mapping
from itertools import product
from typing import Any

import discord
import pytest
from simcord.builders import ChannelHandle
from simcord.results import InteractionResult

from bot.demo.reading import components_of, text_of
from bot.demo.room import Room
from bot.domain.moderation import Spoilers
from tests.chat.places import age_restrict, allow_low_moderation, thread_in
from tests.storage.examples import NOON

GALLERY = 12  # Discord's component type

ELSEWHERE = 990_000_000_000_000_001  # a guild that the bot isn't in


async def imagine(room: Room, channel: ChannelHandle, **options: Any) -> InteractionResult:
    result = await room.member.slash(channel, "imagine", prompt="a fox", quality="low", **options)
    await room.app.dispatch.idle()
    return result


def brought_along(room: Room, **changes: Any) -> None:
    """Let every interaction from here on come as from a user who has installed the bot in a place without it."""
    send = room.env.backend.emit

    def emit(event: str, payload: Mapping[str, Any]) -> None:
        if event == "INTERACTION_CREATE":
            owners = {"1": str(room.member.id)}
            payload = {**payload, "authorizing_integration_owners": owners, "app_permissions": "0", **changes}
        send(event, payload)

    room.env.backend.emit = emit


def group(room: Room) -> dict[str, Any]:
    """What comes with an interaction in a group of direct messages."""
    user = {"id": str(room.member.id), "username": "member", "discriminator": "0", "avatar": None, "global_name": None}
    channel = {"id": str(room.channel.id), "type": 3, "name": "friends", "recipients": [], "last_message_id": None}
    return {"guild_id": None, "member": None, "user": user, "channel": channel, "context": 2}


def veiled(message: Any) -> list[bool]:
    """Of each picture, whether it is a spoiler, in the gallery and as a file."""
    (gallery,) = components_of(message, GALLERY)
    shown = [bool(item.get("spoiler")) for item in gallery["items"]]
    assert [each.filename.startswith("SPOILER_") for each in message.attachments] == shown
    return shown


async def test_threads_and_forum_posts_are_answered_in_place(room: Room) -> None:
    guild = room.channel.guild
    assert guild is not None
    await room.env.settle()
    for parent, name in ((room.channel, "sketches"), (guild.create_forum_channel("gallery"), "foxes")):
        await room.env.settle()
        place = thread_in(room, parent, name)
        await room.env.settle()
        result = await imagine(room, place)
        assert result.response is not None
        assert len(result.response.attachments) == 1
        assert [each.id for each in place.history()][-1] == result.response.id
    private = await imagine(room, place, private=True)
    assert private.ephemeral
    assert len(private.response.attachments if private.response else []) == 1


async def test_a_thread_where_the_bot_may_not_write_is_told_by_that_permission(room: Room) -> None:
    guild = room.channel.guild
    assert guild is not None
    assert guild.me is not None
    silenced = discord.PermissionOverwrite(send_messages_in_threads=False)
    parent = guild.create_text_channel("no-threads", overwrites={guild.me: silenced})
    await room.env.settle()
    result = await imagine(room, thread_in(room, parent, "mute"))
    assert result.ephemeral
    assert "**Send Messages in Threads**" in text_of(result.response)


async def test_direct_messages_with_the_bot(room: Room) -> None:
    user = room.member.user
    result = await user.slash("imagine", prompt="a fox", quality="low", private=True)
    await room.app.dispatch.idle()
    assert len(result.response.attachments) == 1
    usage = await user.slash("usage")
    assert "1 picture" in text_of(usage.response)
    refused = await user.slash("imagine", prompt="a fox", moderation="low")
    assert "age-restricted" in text_of(refused.response), "nothing tells whose age it is"
    await room.app.dispatch.idle()
    assert len(room.replicate.runs) == 1


async def test_where_the_operator_does_not_take_requests_in_direct_messages(room: Room) -> None:
    studio = room.app.client.studio
    object.__setattr__(studio, "direct_messages", False)  # Discord still offers the command, as it may for a while
    result = await room.member.user.slash("imagine", prompt="a fox")
    assert result.ephemeral
    assert "I don't take requests in direct messages" in text_of(result.response)
    await room.app.dispatch.idle()
    assert not room.replicate.runs


async def test_somebody_elses_installation_is_no_way_in_unless_the_operator_allows_it(room: Room) -> None:
    brought_along(room, guild_id=str(ELSEWHERE))
    result = await imagine(room, room.channel)
    assert result.ephemeral
    assert "I only take requests in servers that I have been added to" in text_of(result.response)
    assert not room.replicate.runs


class TestUserInstalled:
    @pytest.fixture
    def room_overrides(self) -> dict[str, Any]:
        return {"easel_user_install": True}

    async def test_in_a_guild_without_the_bot(self, room: Room) -> None:
        """Its permissions there say nothing of what may be answered through the interaction."""
        brought_along(room, guild_id=str(ELSEWHERE))
        result = await imagine(room, room.channel)
        assert len(result.response.attachments if result.response else []) == 1
        private = await imagine(room, room.channel, private=True)
        assert private.ephemeral
        (job, _) = (await room.app.store.usage(room.member.id, room.env.now(), 5)).last
        assert job.guild_id == ELSEWHERE

    async def test_in_a_group_of_direct_messages(self, room: Room) -> None:
        brought_along(room, **group(room))
        result = await imagine(room, room.channel)
        assert len(result.response.attachments if result.response else []) == 1

    async def test_discord_is_told(self, room: Room) -> None:
        assert_offered(room, contexts=(0, 1, 2), installs=(0, 1))


class TestGuildsAlone:
    @pytest.fixture
    def room_overrides(self) -> dict[str, Any]:
        return {"easel_direct_messages": False}

    async def test_discord_is_told(self, room: Room) -> None:
        assert_offered(room, contexts=(0,), installs=(0,))


async def test_discord_is_told_of_the_places(room: Room) -> None:
    assert_offered(room, contexts=(0, 1), installs=(0,))


def assert_offered(room: Room, *, contexts: tuple[int, ...], installs: tuple[int, ...]) -> None:
    """Every command is registered for these places, but `/studio` and `/moderate`, which are for guilds alone, and
    `/privacy`, which is for direct messages always."""
    told = {
        each["name"]: (tuple(each["contexts"]), tuple(each["integration_types"]))
        for each in room.env.backend.commands[None].values()
    }
    assert {told.pop(name) for name in ("imagine", "edit", "usage")} == {(contexts, installs)}
    assert {told.pop(name) for name in ("studio", "moderate")} == {((0,), (0,))}
    assert told.pop("privacy") == (tuple(sorted({*contexts, 1})), installs)
    assert set(told.values()) == {(contexts, installs)}


async def test_low_moderation_is_for_age_restricted_channels_alone(room: Room) -> None:
    sentence = "A low moderation level is for age-restricted channels alone."
    assert sentence in text_of((await imagine(room, room.channel, moderation="low")).response)
    guild = room.channel.guild
    assert guild is not None
    forum = guild.create_forum_channel("gallery")
    await room.env.settle()
    post = thread_in(room, forum, "foxes")
    await room.env.settle()
    assert sentence in text_of((await imagine(room, post, moderation="low")).response)
    assert not room.replicate.runs
    age_restrict(room)
    age_restrict(room, forum.id)
    ruled_out = "This server doesn't allow `low` as the moderation level here. Choose `auto`."
    assert text_of((await imagine(room, room.channel, moderation="low")).response) == ruled_out
    assert not room.replicate.runs
    await allow_low_moderation(room)
    for place in (room.channel, post):
        result = await imagine(room, place, moderation="low")
        assert veiled(result.response) == [True], "unless the guild's policy says otherwise"
    assert len(room.replicate.runs) == 2


async def test_where_the_operator_no_longer_allows_low_moderation_nothing_repeats_it(room: Room) -> None:
    age_restrict(room)
    object.__setattr__(room.app.client.studio, "allow_low_moderation", False)
    text = text_of((await imagine(room, room.channel, moderation="low")).response)
    assert text == "**Low** can't be had here. Choose Automatic, or leave it open."


async def test_pictures_are_veiled_where_the_guilds_policy_says_so(room: Room) -> None:
    preferences = room.app.client.studio.preferences
    guild = room.channel.guild
    assert guild is not None
    found: dict[tuple[Spoilers, bool], list[bool]] = {}
    for restricted, spoilers in product((False, True), Spoilers):
        if restricted:
            age_restrict(room)
        await preferences.change_policy(
            guild.id, lambda policy, spoilers=spoilers: policy.with_rules(None, spoilers=spoilers), None, NOON
        )
        found[spoilers, restricted] = veiled((await imagine(room, room.channel, count=2)).response)
    assert found == {
        (Spoilers.NEVER, False): [False, False],
        (Spoilers.AGE_RESTRICTED, False): [False, False],
        (Spoilers.ALWAYS, False): [True, True],
        (Spoilers.NEVER, True): [False, False],
        (Spoilers.AGE_RESTRICTED, True): [True, True],
        (Spoilers.ALWAYS, True): [True, True],
    }
