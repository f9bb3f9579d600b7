"""`easel run` where it can't run, or not as it should: it says why, and what to do."""

import pytest

from bot.doctor.database_check import check_database
from bot.doctor.findings import State
from bot.settings import GivenSettings
from tests.cli.conftest import Command
from tests.process.deployment import LOW, open_deployment

pytestmark = pytest.mark.asyncio(loop_scope="package")

UNREACHABLE = "http://127.0.0.1:9"
"""The port of the discard protocol, which nothing serves any more."""

GET_DISCORD_TOKEN = "You get it at https://discord.com/developers/applications"
GET_REPLICATE_TOKEN = "You get it at https://replicate.com/account/api-tokens"


async def test_with_a_discord_token_that_is_refused(easel: Command) -> None:
    ended = await easel("run", DISCORD_TOKEN="mistyped.discord.token")
    assert ended.code == 1
    assert "Discord refuses the token" in ended.stderr
    assert GET_DISCORD_TOKEN in ended.stderr
    assert "mistyped" not in ended.stderr


async def test_with_a_discord_that_can_not_be_reached(easel: Command) -> None:
    ended = await easel("run", DISCORD_API_URL=f"{UNREACHABLE}/api/v10")
    assert ended.code == 1
    assert "The bot can't connect to Discord: Cannot connect to host 127.0.0.1:9" in ended.stderr


async def test_with_a_replicate_token_that_is_refused_it_serves_and_says_so(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    directory = tmp_path_factory.mktemp("refused")
    async with open_deployment(directory, webhooks=False, REPLICATE_API_TOKEN="r8_mistyped") as deployment:
        channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
        async with deployment.running(well=False) as run:
            assert "Replicate refuses the token, so no picture can be made." in run.output
            assert GET_REPLICATE_TOKEN in run.output
            interaction = await deployment.discord.slash(ann, channel, "imagine", prompt="a moth", quality="low")
            message = await interaction.until(lambda message: "No picture this time" in message.text)
            assert "the Replicate token was refused" in message.text
            assert channel.messages == [message]
            assert (await deployment.settled(run, channel)).ledger == [("hold", LOW, 1), ("release", LOW, 0)]
            assert "r8_mistyped" not in run.output
            beside = GivenSettings(easel_data_dir=deployment.data)
            looked_at = {each.check: each async for each in check_database(beside)}
            assert {each.state for each in looked_at.values()} == {State.OK}, "the doctor can look from beside"
            assert looked_at["processes"].finding == "Easel runs on it now"
        assert deployment.replicate.runs == []


async def test_a_token_that_is_reset_while_it_runs_ends_it_with_the_same_words(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    directory = tmp_path_factory.mktemp("reset")
    async with open_deployment(directory, webhooks=False) as deployment, deployment.running(well=False) as run:
        await deployment.discord.gateway.disconnect(4004)
        assert await run.ended() == 1
        assert "Discord refuses the token" in run.output
        assert "Traceback" not in run.output
