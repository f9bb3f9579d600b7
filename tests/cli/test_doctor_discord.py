"""What `easel doctor` finds at Discord: the application, its commands, and what the bot may do where."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import open_app
from bot.chat import guild_access
from bot.configured import migrated, open_cipher
from bot.doctor.discord_check import check_discord
from bot.doctor.findings import Finding, State
from bot.domain.moderation import Policy
from bot.domain.roles import Shards
from bot.settings import GivenSettings
from bot.storage.preferences import SqlPreferences
from tests.wire.discord_server import DiscordServer, Route
from tests.wire.faults import Respond
from tests.wire.world import EVERYDAY, Guild, Permission

TOKEN = "stand-in.bot.token"


@pytest.fixture
async def discord() -> AsyncIterator[DiscordServer]:
    async with DiscordServer(token=TOKEN) as server:
        server.world.application = {"bot_public": False}
        yield server


@pytest.fixture
def guild(discord: DiscordServer) -> Guild:
    return discord.world.guild()


class Findings(dict[str, list[Finding]]):
    """By what was looked at."""

    def one(self, check: str) -> tuple[State, str]:
        [finding] = self[check]
        return finding.state, f"{finding.finding} {finding.advice}".strip()


async def look(discord: DiscordServer, directory: Path, **settings: Any) -> Findings:
    given = GivenSettings(
        discord_token=SecretStr(TOKEN), discord_api_url=discord.api_url, easel_data_dir=directory, **settings
    )
    found = Findings()
    async for each in check_discord(given):
        found.setdefault(each.check, []).append(each)
        assert TOKEN not in f"{each}"
    return found


async def test_what_lacks_where(discord: DiscordServer, guild: Guild, tmp_path: Path) -> None:
    guild.channel("general")
    guild.channel("art", app_permissions=EVERYDAY & ~Permission.ATTACH_FILES)
    guild.channel("rules", app_permissions=EVERYDAY & ~Permission.VIEW_CHANNEL)
    guild.channel("gallery", app_permissions=EVERYDAY & ~Permission.SEND_MESSAGES, forum=True)
    guild.channel("posts", app_permissions=EVERYDAY & ~Permission.SEND_MESSAGES_IN_THREADS, forum=True)
    guild.channel("staff", app_permissions=Permission(0), private=True)
    lacking = discord.world.guild("Lacking")
    lacking.everyone = EVERYDAY & ~Permission.ATTACH_FILES
    lacking.channel("one", app_permissions=lacking.everyone)
    lacking.channel("two", app_permissions=lacking.everyone & ~Permission.SEND_MESSAGES_IN_THREADS)
    discord.world.guild("Left", installed=False)
    found = await look(discord, tmp_path)
    state, words = found.one("Studio")
    assert state is State.WARNING
    assert (
        "of 5 channels, in 3 something lacks: #art (Attach Files), #rules (View Channel), "
        "#posts (Send Messages in Threads)"
    ) in words
    everywhere, single = found["Lacking"]
    assert everywhere.finding == "in all its 2 channels Easel lacks Attach Files"
    assert "#two (Send Messages in Threads)" in single.finding
    assert "Left" not in found


async def test_an_administrator_and_an_owner_lack_nothing(discord: DiscordServer, guild: Guild, tmp_path: Path) -> None:
    guild.everyone = EVERYDAY | Permission.ADMINISTRATOR
    guild.channel("art", app_permissions=EVERYDAY & ~Permission.ATTACH_FILES)
    assert (await look(discord, tmp_path)).one("Studio") == (State.OK, "1 channels can be used")


async def test_what_could_not_be_asked_is_blamed_on_nothing_else(discord: DiscordServer, tmp_path: Path) -> None:
    discord.faults.inject("GET", Route.ME, Respond(403, {"message": "not today", "code": 0}))
    state, words = (await look(discord, tmp_path)).one("token")
    assert (state, "Discord can't be reached (403 Forbidden" in words) == (State.ERROR, True)
    discord.faults.inject("GET", Route.MY_GUILDS, Respond(403, {"message": "not today", "code": 0}))
    found = await look(discord, tmp_path)
    assert found.one("token")[0] is State.OK
    assert "could not be asked on" in found.one("connection")[1]


async def test_many_guilds_are_bounded(discord: DiscordServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guild_access, "MOST_GUILDS", 2)
    for number in range(5):
        discord.world.guild(f"Guild {number}").channel()
    found = await look(discord, tmp_path)
    assert sum(name.startswith("Guild ") for name in found) == 2
    assert found.one("guilds") == (State.SKIPPED, "3 more were left out, so that it doesn't take too long")


@pytest.mark.parametrize(
    ("application", "settings", "expected"),
    [
        (
            {"interactions_endpoint_url": "https://elsewhere.example"},
            {},
            ("interactions endpoint", State.ERROR, "Empty Interactions Endpoint URL"),
        ),
        ({"bot_public": True}, {}, ("public bot", State.WARNING, "turn Public Bot off")),
        ({}, {"easel_user_install": True}, ("public bot", State.WARNING, "Turn Public Bot on")),
        (
            {"bot_public": True, "integration_types_config": {"0": {}}},
            {"easel_user_install": True},
            ("user install", State.WARNING, "Tick User Install"),
        ),
        (
            {"flags": 1 << 19 | 1 << 14},
            {},
            ("intents", State.WARNING, "no use for: Server Members, Message Content"),
        ),
        (
            {"install_params": {"scopes": ["bot"], "permissions": str(1 << 10)}},
            {},
            (
                "install link",
                State.WARNING,
                "doesn't give it: Attach Files, Send Messages, Send Messages in Threads, applications.commands",
            ),
        ),
    ],
)
async def test_how_the_application_is_set_up(
    discord: DiscordServer,
    tmp_path: Path,
    application: dict[str, Any],
    settings: dict[str, Any],
    expected: tuple[str, State, str],
) -> None:
    discord.world.application |= application
    check, state, words = expected
    found = (await look(discord, tmp_path, **settings)).one(check)
    assert (found[0], words in found[1]) == (state, True), found


async def test_the_rest(discord: DiscordServer, tmp_path: Path) -> None:
    """The commands, the starts that are left, and a bot in no guild."""
    discord.gateway.identifies, discord.gateway.shards = 900, 16
    found = await look(discord, tmp_path, easel_shards=Shards.every(4))
    assert found.one("shards")[1].startswith("EASEL_SHARDS has 4 in all, and Discord recommends 16")
    assert found.one("application")[0] is State.OK
    assert found.one("session starts") == (
        State.WARNING,
        "100 of 1000 are left today See why the bot starts so often: its log tells how it ended.",
    )
    assert found.one("guilds")[0] is State.WARNING
    assert "knows none of them" in found.one("commands")[1]


async def test_commands_that_are_out_of_date(discord: DiscordServer, tmp_path: Path) -> None:
    settings = GivenSettings(
        discord_token=SecretStr(TOKEN), discord_api_url=discord.api_url, easel_data_dir=tmp_path / "data"
    )
    async with open_app(settings) as app:
        await app.client.login(TOKEN)
    assert (await look(discord, tmp_path)).one("commands") == (State.OK, "Discord knows them as they are")
    other_models = await look(discord, tmp_path, easel_models=("openai/gpt-image-1.5",))
    assert "unknown to Discord, such as /edit model" in other_models.one("commands")[1]
    imagine = next(each for each in discord.world.commands[None] if each["name"] == "imagine")
    imagine["options"].append({"type": 3, "name": "seed", "description": "Seed"})
    assert "no longer there, such as /imagine seed" in (await look(discord, tmp_path)).one("commands")[1]


async def test_channels_that_easel_writes_into_by_itself(discord: DiscordServer, guild: Guild, tmp_path: Path) -> None:
    good, closed = guild.channel("log"), guild.channel("closed", app_permissions=EVERYDAY & ~Permission.SEND_MESSAGES)
    log = "EASEL_LOG_CHANNEL_ID"
    settings = GivenSettings(easel_data_dir=tmp_path)
    async with migrated(settings.database_url, open_cipher(settings)) as store:
        policy = Policy(log_channel_id=closed.id, review_channel_id=12345, summary_channel_id=good.id)
        await SqlPreferences(store.database).change_policy(guild.id, lambda _: policy, None, datetime.now(UTC))
    found = await look(discord, tmp_path, easel_log_channel_id=good.id, easel_operator_channel_id=closed.id)
    assert found.one(log) == (State.OK, "can be written into")
    assert found.one("EASEL_OPERATOR_CHANNEL_ID")[0] is State.ERROR
    words = [each.finding for each in found["Studio"]]
    assert any("the channel for the log can't be written into: Easel lacks Send Messages" in each for each in words)
    assert any("the channel for reviews can't be written into: it is gone" in each for each in words)
    assert not any("summaries" in each for each in words)
    state, said = (await look(discord, tmp_path, easel_log_channel_id=closed.id)).one(log)
    assert (state, "lacks Send Messages" in said) == (State.ERROR, True)
    state, said = (await look(discord, tmp_path, easel_log_channel_id=12345)).one(log)
    assert (state, "no such channel" in said) == (State.ERROR, True)
