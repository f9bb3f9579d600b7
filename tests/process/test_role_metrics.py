"""What a gateway and a worker tell of themselves, and that both tell the same of their deployment."""

import pytest

from tests.metrics.scrape import scrape
from tests.process.deployment import SharedDatabase, open_deployment
from tests.process.program import listening, needs_proc
from tests.storage.postgres_server import PostgresServer


@needs_proc
async def test_each_role_tells_of_its_own_work(
    postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = SharedDatabase(postgres, postgres.make_database())
    async with open_deployment(tmp_path_factory.mktemp("roles"), webhooks=False, shared=shared) as deployment:
        channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
        settings = {"METRICS_PORT": "0"}
        async with (
            deployment.running(settings | {"EASEL_ROLE": "gateway"}) as gateway,
            deployment.running(settings | {"EASEL_ROLE": "worker"}, connected=False) as worker,
        ):
            ports = [(await each.logged("metrics are served"))["port"] for each in (gateway, worker)]
            await worker.logged("started")
            command = await deployment.discord.slash(ann, channel, "imagine", prompt="an owl", quality="low")
            await command.until(lambda message: message.pictures)
            await deployment.settled(worker, channel)
            of_gateway, of_worker = [await scrape(port) for port in ports]
            listened = [listening(each.pid) for each in (gateway, worker)]
    assert [[address[:9] for address in each] for each in listened] == [["0100007F:"]] * 2, "the port of metrics alone"
    assert of_gateway.total("easel_build_info", role="gateway") == 1
    assert of_worker.total("easel_build_info", role="worker") == 1
    assert of_gateway.value("easel_gateway_connected") == 1
    assert "easel_gateway_connected" not in of_worker.labels
    for name, gateways, workers in (
        ("easel_requests_admitted_total", 1, 0),
        ("easel_interaction_answer_seconds_count", 1, 0),
        ("easel_queue_wait_seconds_count", 0, 1),
        ("easel_pictures_delivered_total", 0, 1),
    ):
        assert (of_gateway.total(name), of_worker.total(name)) == (gateways, workers), name
    processes = "easel_deployment_processes"
    assert of_gateway.value(processes) == of_worker.value(processes)
