"""What a process that doesn't hear of a guild asks of Discord: once a minute, and doing without where nothing comes."""

import pytest

from bot.chat import guilds
from bot.chat.names import display_names
from tests.delivery.stage import Stage
from tests.wire.discord_server import Route
from tests.wire.faults import KINDS

NOBODY = 1


def asked(stage: Stage, *routes: Route) -> int:
    return sum(route in routes for _, route, _ in stage.calls)


async def test_a_guild_is_asked_for_once(stage: Stage) -> None:
    stage.guild.attachment_size_limit = 50 << 20
    for _ in range(2):
        guild = await stage.client.known.guild(stage.guild.id)
        assert guild is not None
        assert (guild.id, guild.filesize_limit) == (stage.guild.id, 50 << 20)
    assert asked(stage, Route.GUILD) == 1


async def test_a_guild_that_the_bot_is_not_in_is_none_and_asked_for_once(stage: Stage) -> None:
    assert await stage.client.known.guild(NOBODY) is None
    assert await stage.client.known.guild(NOBODY) is None
    assert asked(stage, Route.GUILD) == 1


@pytest.mark.parametrize("kind", ["429 for 10 minutes", "malformed"])
async def test_a_trouble_is_no_answer(stage: Stage, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.server.faults.inject("GET", Route.GUILD, KINDS[kind])
    with monkeypatch.context() as patch:
        patch.setattr(guilds, "CALL_SECONDS", 0.5)  # which a limit of minutes is waited for
        assert await stage.client.known.guild(stage.guild.id) is None
    assert await stage.client.known.guild(stage.guild.id) is not None


async def test_a_channel_is_found_in_its_guild_and_a_thread_by_its_channel(stage: Stage) -> None:
    thread = stage.guild.thread(stage.channel)
    for each in (stage.channel, thread):
        channel = await stage.client.known.channel(each.id)
        assert channel is not None
        assert channel.id == stage.channel.id
    assert await stage.client.known.channel(NOBODY) is None


async def test_names_are_asked_for_one_by_one_and_who_has_left_has_none(stage: Stage) -> None:
    guild = await stage.client.known.guild(stage.guild.id)
    assert await display_names(guild, [stage.ann.user.id, NOBODY]) == {stage.ann.user.id: "Ann"}


async def test_names_that_can_not_be_had_are_left_out(stage: Stage) -> None:
    guild = await stage.client.known.guild(stage.guild.id)
    stage.server.faults.inject("GET", Route.GUILD_MEMBER, KINDS["malformed"])
    assert await display_names(guild, [stage.ann.user.id]) == {}
