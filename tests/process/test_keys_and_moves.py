"""The secret key changed, and the database moved to PostgreSQL, under a job that is in flight: the operator's commands,
and the processes before, between and after them."""

import asyncio
from pathlib import Path

import pytest

from bot.demo.replicate_runs import Run
from bot.storage.cipher import make_key
from tests.process.deployment import LOW, Deployment, SharedDatabase, open_deployment
from tests.process.program import PATIENCE, EaselRun, Ended, execute
from tests.storage.postgres_server import PostgresServer
from tests.wire.discord_server import Interaction
from tests.wire.world import Channel, Member

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def imagine(deployment: Deployment, member: Member, prompt: str) -> tuple[Interaction, Channel]:
    channel = deployment.guild.channel(prompt)
    interaction = await deployment.discord.slash(member, channel, "imagine", prompt=prompt, quality="low")
    await interaction.answered()
    return interaction, channel


async def easel(deployment: Deployment, *arguments: str, **settings: str) -> Ended:
    ended = await execute(*arguments, directory=deployment.directory, settings=deployment.settings | settings)
    assert "Traceback" not in ended.stderr
    deployment.check_output(ended.stdout + ended.stderr)
    return ended


async def delivered(deployment: Deployment, run: EaselRun, interaction: Interaction, channel: Channel) -> Run:
    """The command's one run, which was paid once and whose picture is in the channel's one message."""
    books = await deployment.settled(run, channel)
    (message,) = (each for each in channel.messages if not each.deleted)
    deployment.assert_made(interaction, message)
    assert books.ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
    made = deployment.run_of(interaction)
    assert deployment.replicate.billed[made.id] == LOW
    return made


async def test_a_job_in_flight_outlives_another_key_and_another_database(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    async with open_deployment(tmp_path, webhooks=False) as deployment:
        replicate, ann, key_file = deployment.replicate, deployment.guild.member("ann"), deployment.data / "secret.key"
        async with deployment.running() as run:
            first = await delivered(deployment, run, *await imagine(deployment, ann, "a fox under the old key"))
            replicate.end_gate.hold()
            in_flight = await imagine(deployment, deployment.guild.member("bob"), "a fox on its way")
            async with asyncio.timeout(PATIENCE):
                await replicate.until(lambda: len(replicate.runs) == 2)
            refused = await easel(deployment, "rotate-key")
            assert "Another Easel process is using" in refused.stderr
            await run.kill()
        named = str(first.input["user_id"])
        old_key = key_file.read_text()

        rotated = await easel(deployment, "rotate-key")
        assert rotated.code == 0, rotated.stderr
        assert "holds the new key alone" in rotated.stdout
        new_key = key_file.read_text()
        assert len(new_key.split()) == 1
        assert new_key != old_key
        wrong = await easel(deployment, "whois", named, EASEL_SECRET_KEY=old_key.strip())
        assert "encrypted with another key" in wrong.stderr
        assert (await easel(deployment, "whois", named)).stdout == f"{ann.user.id}\n"

        target = SharedDatabase(postgres, postgres.make_database())
        moved = await easel(deployment, "move-database", target.url)
        assert moved.code == 0, moved.stderr
        assert ", of them 2 jobs." in moved.stdout
        assert "set EASEL_SECRET_KEY" in moved.stdout
        refused = await easel(deployment, "run")
        assert refused.code == 1
        assert f"moved to the PostgreSQL database {target.name}: set DATABASE_URL" in refused.stderr

        deployment.share(target)
        newest = make_key()
        keys = {"EASEL_SECRET_KEY": newest, "EASEL_RETIRED_SECRET_KEYS": new_key.strip()}
        async with deployment.running(keys) as run:
            beside = await easel(deployment, "rotate-key", **keys)
            assert beside.code == 0, beside.stderr
            replicate.end_gate.release()
            await delivered(deployment, run, *in_flight)
            last = await delivered(deployment, run, *await imagine(deployment, ann, "a fox at last"))
            assert last.input["user_id"] == named, "the same member to Replicate, as before"
        assert (await easel(deployment, "whois", named, EASEL_SECRET_KEY=newest)).stdout == f"{ann.user.id}\n"
        assert len(replicate.runs) == 3
