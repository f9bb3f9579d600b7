"""Several shards in one process: each hears of its own guilds, waits for its own turn, and is lost by itself."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

from bot.chat.client import EaselClient
from bot.domain.roles import Shards, shard_of
from tests.clocks import LeapingClock
from tests.process.deployment import DISCORD_TOKEN
from tests.process.test_restart_storm import connecting
from tests.wire.discord_server import DiscordServer
from tests.wire.timing import Clock
from tests.wire.world import Guild

FIVE_SECONDS = 5


@asynccontextmanager
async def sharded(
    directory: Path, clock: LeapingClock, **given: Any
) -> AsyncGenerator[tuple[DiscordServer, EaselClient]]:
    """Three shards of a bot that Discord takes one IDENTIFY of in five seconds; all are connected."""
    async with DiscordServer(token=DISCORD_TOKEN, shards=3, clock=cast("Clock", clock)) as discord:
        discord.gateway.enforces_concurrency = True
        for shard in range(3):
            add_guild(discord, shard)
        async with connecting(discord, directory, clock, **given) as app:
            count = len(given["easel_shards"].ids) if given else 3
            await discord.until(
                lambda: sum(each.connection is not None for each in discord.gateway.sessions.values()) == count
            )
            await app.client.wait_until_ready()
            yield discord, app.client
        assert discord.gateway.hasty_identifies == 0


def add_guild(discord: DiscordServer, shard: int) -> Guild:
    guild = discord.world.guild(f"of shard {shard}")
    del discord.world.guilds[guild.id]
    guild.id += (shard - shard_of(guild.id, 3)) % 3 << 22
    discord.world.guilds[guild.id] = guild
    return guild


async def test_it_connects_as_many_shards_as_discord_recommends_and_loses_one_by_itself(tmp_path: Path) -> None:
    clock = LeapingClock()
    async with sharded(tmp_path, clock) as (discord, client):
        assert sorted((each.shard, each.shards) for each in discord.gateway.sessions.values()) == [
            (0, 3),
            (1, 3),
            (2, 3),
        ]
        assert clock.slept == [FIVE_SECONDS] * 2
        assert sorted(guild.name for guild in client.guilds) == ["of shard 0", "of shard 1", "of shard 2"]
        assert client.trouble is None
        for guild in list(discord.world.guilds.values()):
            await (await discord.slash(guild.member("ann"), guild.channel(), "imagine", prompt="a fox")).answered()
        ann = discord.world.user("ann")
        await (await discord.slash(ann, discord.world.direct_messages(ann), "imagine", prompt="a fox")).answered()

        kept = {each.id for each in discord.gateway.sessions.values() if each.shard != 1}
        await discord.gateway.lose(1)
        await discord.until(lambda: client.trouble)
        assert client.trouble == "not connected to Discord with 1 of 3 shards"
        await discord.until(lambda: discord.gateway.identifies == 4)
        assert clock.slept == [FIVE_SECONDS] * 3, "it waits for its turn like a new one"
        assert kept < set(discord.gateway.sessions)
        assert discord.gateway.resumes == 0


async def test_it_connects_those_that_it_is_given(tmp_path: Path) -> None:
    clock = LeapingClock()
    async with sharded(tmp_path, clock, easel_shards=Shards.parse("1-2/3")) as (discord, client):
        assert sorted(each.shard for each in discord.gateway.sessions.values()) == [1, 2]
        assert [client.hears(each.id) for each in discord.world.guilds.values()] == [False, True, True]
        elsewhere = next(iter(discord.world.guilds.values()))
        assert client.get_guild(elsewhere.id) is None
        asked = await client.known.guild(elsewhere.id)
        assert asked is not None
        assert asked.name == "of shard 0"
