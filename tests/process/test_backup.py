"""Beside a running bot: a backup; and what a bot does that goes on from an older state of the world."""

from pathlib import Path

import pytest

from tests.process.deployment import LOW, open_deployment
from tests.process.program import execute
from tests.wire.discord_server import Interaction
from tests.wire.world import Channel

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_bot_goes_on_from_a_backup_and_nothing_is_paid_for_twice(tmp_path: Path) -> None:
    async with open_deployment(tmp_path, webhooks=False) as deployment:
        discord, replicate = deployment.discord, deployment.replicate

        async def imagine(prompt: str) -> tuple[Interaction, Channel]:
            channel, member = deployment.guild.channel(prompt), deployment.guild.member(prompt)
            interaction = await discord.slash(member, channel, "imagine", prompt=prompt, quality="low")
            await interaction.answered()
            return interaction, channel

        async def easel(*arguments: str) -> tuple[int, str]:
            ended = await execute(*arguments, directory=tmp_path, settings=deployment.settings)
            deployment.check_output(ended.stdout + ended.stderr)
            return ended.code, ended.stdout + ended.stderr

        async with deployment.running() as run:
            replicate.end_gate.hold()
            in_flight, channel = await imagine("a fox in flight")
            await replicate.until(lambda: len(replicate.runs) == 1)
            await run.until(lambda: deployment.books(channel).jobs[0]["prediction_id"])

            code, said = await easel("backup", "now.tar")
            assert code == 0, said
            assert "now.tar holds" in said
            assert "1 jobs, 1 entries of the ledger, 0 pictures" in said
            code, said = await easel("sync")
            assert code == 0, said
            for refused in (("restore", "--replace", "now.tar"), ("migrate",)):
                code, said = await easel(*refused)
                assert code == 1
                assert "Another Easel process is using" in said

            replicate.end_gate.release()
            await deployment.settled(run, channel)
            _, other = await imagine("a fox since")
            await deployment.settled(run, other)
        messages = {each: each.messages[0] for each in (channel, other)}
        before = {each: [picture.data for picture in message.pictures] for each, message in messages.items()}

        code, said = await easel("restore", "--replace", "now.tar")
        assert code == 0, said
        assert "What was there before is in" in said

        async with deployment.running() as run:
            books = await deployment.settled(run, channel)
            assert books.ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
            assert deployment.books(other).ledger == [], "what was made since is not in the books"
        deployment.assert_made(in_flight, messages[channel])
        assert before == {each: [picture.data for picture in message.pictures] for each, message in messages.items()}
        assert [len(each.messages) for each in messages] == [1, 1]
        assert len([each for each in replicate.requests if each.method == "POST"]) == 2, "no create was sent again"
