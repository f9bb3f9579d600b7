"""A server's own keys in a real process that tells all it does: they go to their vendors, and nowhere else."""

from pathlib import Path

from bot.demo.openai_server import OpenAiServer
from tests.process.deployment import open_deployment
from tests.wire.discord_server import Interaction
from tests.wire.places import EVERYDAY, Permission

TOKEN, KEY = "r8_TheTokenThatMustNotBeSeen", "sk-TheKeyThatMustNotBeSeen"


async def test_no_key_is_in_what_a_process_prints_or_keeps(tmp_path: Path) -> None:
    async with OpenAiServer(KEY) as openai, open_deployment(tmp_path, OPENAI_API_URL=openai.url) as deployment:
        discord, replicate = deployment.discord, deployment.replicate
        replicate.open_account("guild", TOKEN)
        channel = deployment.guild.channel()
        moderator = deployment.guild.member("mo", permissions=EVERYDAY | Permission.MANAGE_GUILD)
        async with deployment.running({"EASEL_LOG_LEVEL": "DEBUG"}) as run:

            async def enter(button: str, expected: str, **values: str) -> Interaction:
                form = await (await discord.click(moderator, panel, button)).answered()
                submitted = await discord.submit_modal(form, **values)
                await submitted.until(lambda message: expected in message.text)
                return submitted

            opened = await discord.slash(moderator, channel, "studio key")
            panel = await opened.until(lambda message: message if "own key" in message.text else None)
            wrong = {"replicate_api_token": f"{TOKEN}X", "openai_api_key": f"{KEY}X"}
            await enter("easel:key:add", "OpenAI refused the key", **wrong)
            await enter("easel:key:add", "works and is kept", replicate_api_token=TOKEN, openai_api_key=KEY)
            asked = await discord.slash(moderator, channel, "imagine", prompt="a heron of our own", quality="low")
            await asked.until(lambda message: message.pictures)
            await deployment.settled(run, channel)
            await (await discord.click(moderator, panel, "easel:key:remove")).answered()
        printed = run.output
        kept = b"".join(path.read_bytes() for path in deployment.data.rglob("*") if path.is_file())
    assert "a server's keys were kept" in printed
    for secret in (TOKEN, KEY, replicate.webhook_secret_of("guild")):
        assert secret not in printed
        assert secret.encode() not in kept
        assert not [each for each in discord.requests if secret in str(each)]
    assert [each.account for each in replicate.runs] == ["guild"]
    assert set(openai.asked) == {KEY, f"{KEY}X"}
