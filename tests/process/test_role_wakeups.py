"""What happens at a gateway reaches a worker at once: by word through the database, and not when it next looks."""

import pytest

from tests.process.deployment import SharedDatabase, open_deployment
from tests.process.unpolled import INSTALL
from tests.storage.postgres_server import PostgresServer


async def test_a_request_and_a_cancel_reach_a_worker_that_never_looks(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = SharedDatabase(postgres, postgres.make_database())
    async with open_deployment(tmp_path_factory.mktemp("wakeups"), webhooks=False, shared=shared) as deployment:
        channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
        async with (
            deployment.running({"EASEL_ROLE": "gateway"}),
            deployment.running({"EASEL_ROLE": "worker"}, connected=False, prepare=INSTALL) as worker,
        ):
            await worker.logged("started")
            first = await deployment.discord.slash(ann, channel, "imagine", prompt="an owl", quality="low")
            await deployment.settled(worker, channel)
            await first.until(lambda message: message.pictures)

            # What began as it started, and what comes of the end of a job, is behind it now.
            deployment.replicate.end_gate.hold()
            second = await deployment.discord.slash(ann, channel, "imagine", prompt="a heron", quality="low")
            card = await second.until(lambda message: "Painting" in message.text)
            [cancel] = [each for each in card.controls if each.startswith("easel:cancel:")]
            await deployment.discord.click(ann, card, cancel)
            await second.until(lambda message: "You canceled this" in message.text)
            deployment.replicate.end_gate.release()
            await deployment.settled(worker, channel, jobs=2)
