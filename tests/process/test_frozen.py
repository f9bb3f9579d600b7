"""A process that stands still for so long that the others take it for dead: when it goes on, it touches nothing."""

import signal
from pathlib import Path

import pytest

from tests.process.boundaries import boundary
from tests.process.commands import Command
from tests.process.deployment import SharedDatabase
from tests.process.invariants import examine
from tests.process.kill_points import INSTALL, LIFE, arm, disarm
from tests.process.storm import Fleet, stormy_deployment
from tests.storage.postgres_server import PostgresServer
from tests.wire.discord_server import Route

IMPATIENT = {LIFE: "2"}

ADOPTED = "a process is taken for dead; its jobs are free"
RETURNED = "others took this process for dead; it drops their jobs and goes on under a new name"


@pytest.mark.parametrize(
    ("where", "deliveries"),
    [
        ("submission.Submissions._try: Store.advance to submitting", 1),
        ("fulfilment.Fulfilment._record_end: Store.advance to delivering", 1),
        ("results.Results._show: Announcer.deliver", 2),  # the second edit is the same again
    ],
    ids=["before its create", "before its delivery", "before it settles"],
)
async def test_what_it_was_about_to_do_another_does_and_it_does_not(
    tmp_path: Path, postgres: PostgresServer, where: str, deliveries: int
) -> None:
    async with stormy_deployment(tmp_path, SharedDatabase(postgres, postgres.make_database())) as deployment:
        discord, replicate = deployment.discord, deployment.replicate
        channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
        async with Fleet(deployment) as fleet:
            frozen = await fleet.start(IMPATIENT, prepare=INSTALL)
            arm(deployment.directory, boundary(where), "after", by=signal.SIGSTOP, pid=frozen.pid)
            interaction = await discord.slash(ann, channel, "imagine", prompt="a frozen stork", quality="low")
            await frozen.frozen()
            disarm(deployment.directory)

            other = await fleet.start(IMPATIENT, prepare=INSTALL)
            await other.logged(ADOPTED)
            await other.logged("pictures delivered")
            frozen.resume()
            await frozen.logged(RETURNED)
        command = Command("a frozen stork", interaction, channel)
        findings = examine([command], deployment.records(), replicate, discord)
        assert (findings.wrong, findings.twins, findings.jobs) == ([], [], 1)
        edits = [each for each in discord.requests if (each.method, each.route) == ("PATCH", Route.WEBHOOK_MESSAGE)]
        assert len(edits) == deliveries
