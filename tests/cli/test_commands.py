"""`easel migrate` and `sync`, and settings that can't be used."""

import pytest

from tests.cli.conftest import Command
from tests.process.deployment import Deployment
from tests.wire.discord_server import Route

pytestmark = pytest.mark.asyncio(loop_scope="package")


def in_one_line(text: str) -> str:
    """A table's cells are broken where the terminal is narrow."""
    return " ".join(text.split())


async def test_migrate_makes_a_database_that_opens_with_its_own_key_alone(easel: Command) -> None:
    ended = await easel("migrate")
    assert (ended.code, ended.stdout) == (0, "The database is up to date.\n")
    other = await easel("run", EASEL_SECRET_KEY="A" * 43 + "=")
    assert other.code == 1
    assert "EASEL_SECRET_KEY must be the one it was made with" in other.stderr


async def test_sync_tells_discord_of_the_commands(deployment: Deployment, easel: Command) -> None:
    deployment.discord.world.commands.clear()
    before = len(deployment.discord.requests)
    ended = await easel("sync")
    assert (ended.code, ended.stdout) == (
        0,
        (
            "Discord knows the commands: /imagine, /edit, /usage, /jobs, /defaults, /studio, /moderate, "
            "/privacy.\n"
            "In the Apps menu of messages: Edit image, Show settings, Report picture.\n"
        ),
    )
    told = [each["name"] for each in deployment.discord.world.commands[None]]
    assert sorted(told) == [
        "Edit image",
        "Report picture",
        "Show settings",
        "defaults",
        "edit",
        "imagine",
        "jobs",
        "moderate",
        "privacy",
        "studio",
        "usage",
    ]
    puts = [each for each in deployment.discord.requests[before:] if each.method == "PUT"]
    assert [each.route for each in puts] == [Route.COMMANDS]
    assert deployment.discord.gateway.identifies == 0, "it needs no session of the gateway"


async def test_wrong_settings_are_told_all_at_once(easel: Command) -> None:
    ended = await easel(
        "run",
        DISCORD_API_URL="http://discord.example/api",
        REPLICATE_API_URL="ftp://127.0.0.1",
        PUBLIC_URL="http://easel.example",
        REPLICATE_MODEL="openai/gpt-image-9",
        HTTP_PORT="99999",
        EASEL_MAX_IN_FLIGHT="many",
    )
    assert ended.code == 1
    told = dict(line.split(": ", 1) for line in ended.stderr.splitlines()[1:-1])
    assert ended.stderr.startswith("Some settings can't be used.")
    assert told["DISCORD_API_URL"] == "must start with https:// (plain http is for the loopback only)"
    assert told["REPLICATE_API_URL"] == "is no http(s) address"
    assert told["PUBLIC_URL"] == "must start with https:// (plain http is for the loopback only)"
    assert told["REPLICATE_MODEL"].startswith("is not in the catalogue; choose one of openai/gpt-image-2, ")
    assert told.keys() == {
        "DISCORD_API_URL",
        "REPLICATE_API_URL",
        "PUBLIC_URL",
        "REPLICATE_MODEL",
        "HTTP_PORT",
        "EASEL_MAX_IN_FLIGHT",
    }
