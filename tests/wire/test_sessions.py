"""discord.py's sessions at the stand-in's gateway: lost, resumed, invalidated, refused; and what it hears in them."""

import asyncio

import discord
import pytest

from tests.wire.clients import Options, Run, SketchClient, answer_with_card, running
from tests.wire.discord_server import DiscordServer
from tests.wire.world import Channel, Guild, Member


async def test_a_lost_connection_is_resumed_and_nothing_is_lost(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    async with run(answer_with_card):
        await (await server.slash(ann, channel, "imagine", prompt="before")).answered()
        await server.gateway.disconnect(4000)
        interaction = await server.slash(ann, channel, "imagine", prompt="meanwhile")
        await interaction.answered()
    assert (server.gateway.identifies, server.gateway.resumes) == (1, 1)


@pytest.mark.parametrize("resumable", [True, False])
async def test_a_session_that_is_declared_invalid_is_resumed_or_begun_anew(
    server: DiscordServer, run: Run, channel: Channel, ann: Member, *, resumable: bool
) -> None:
    async with run(answer_with_card):
        await server.gateway.invalidate(resumable=resumable)
        await server.until(lambda: server.gateway.identifies + server.gateway.resumes == 2)
        await server.gateway.ready()
        await (await server.slash(ann, channel, "imagine", prompt="after")).answered()
    assert (server.gateway.identifies, server.gateway.resumes) == ((1, 1) if resumable else (2, 0))


async def test_a_client_that_is_asked_to_reconnect_resumes(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    async with run(answer_with_card):
        await server.gateway.reconnect()
        interaction = await server.slash(ann, channel, "imagine", prompt="meanwhile")
        await interaction.answered()
    assert (server.gateway.identifies, server.gateway.resumes) == (1, 1)


async def test_a_connection_without_acknowledgements_is_given_up_and_resumed(
    server: DiscordServer, run: Run, channel: Channel, ann: Member
) -> None:
    server.gateway.heartbeat_interval_ms = 20
    async with run(answer_with_card, heartbeat_timeout=0.1):
        await server.until(lambda: server.gateway.heartbeats >= 2)
        server.gateway.acknowledges = False
        await server.until(lambda: any(each.connection is None for each in server.gateway.sessions.values()))
        server.gateway.acknowledges = True
        await server.until(lambda: server.gateway.resumes)
        await (await server.slash(ann, channel, "imagine", prompt="after")).answered()
    assert server.gateway.identifies == 1


async def test_guilds_and_channels_go_as_they_came(
    server: DiscordServer, run: Run, guild: Guild, channel: Channel
) -> None:
    seen: asyncio.Queue[str] = asyncio.Queue()
    remaining = guild.channel("remaining")
    async with run(answer_with_card, intents=discord.Intents(guilds=True)) as client:

        @client.event
        async def on_guild_channel_delete(gone: discord.abc.GuildChannel) -> None:  # pyright: ignore[reportUnusedFunction]
            seen.put_nowait(f"#{gone.name}")

        @client.event
        async def on_guild_remove(gone: discord.Guild) -> None:  # pyright: ignore[reportUnusedFunction]
            seen.put_nowait(gone.name)

        await client.wait_until_ready()
        assert [each.filesize_limit for each in client.guilds] == [10 * 1024 * 1024]
        await server.delete_channel(channel)
        assert await asyncio.wait_for(seen.get(), 10) == "#general"
        assert [each.id for each in client.guilds[0].text_channels] == [remaining.id]
        await server.kick(guild)
        assert await asyncio.wait_for(seen.get(), 10) == "Studio"
        assert not client.guilds


async def test_guilds_come_with_their_intent(server: DiscordServer, run: Run, channel: Channel, ann: Member) -> None:
    seen: list[str] = []

    async def imagine(interaction: discord.Interaction, options: Options) -> None:
        assert isinstance(interaction.channel, discord.TextChannel)
        seen.append(f"{interaction.channel.guild.name}#{interaction.channel.name}")
        await answer_with_card(interaction, options)

    async with run(imagine, intents=discord.Intents(guilds=True)) as client:
        await client.wait_until_ready()
        await (await server.slash(ann, channel, "imagine", prompt="x")).answered()
        assert [guild.name for guild in client.guilds] == ["Studio"]
    assert seen == ["Studio#general"]


async def test_a_wrong_token_is_refused(server: DiscordServer) -> None:
    client = SketchClient(answer_with_card)
    with pytest.raises(discord.LoginFailure):
        async with running(server, client, token="another"):
            pass


async def test_privileged_intents_are_refused(server: DiscordServer, channel: Channel) -> None:
    client = SketchClient(answer_with_card, intents=discord.Intents(message_content=True))
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with running(server, client):
            pass
    assert server.gateway.identifies == 0
