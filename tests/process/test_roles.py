"""Gateways that hear members and workers that run their jobs, on one PostgreSQL: killed at random, a thousand commands
are served as one process would."""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from bot.domain.roles import shard_of
from tests.process.deployment import Deployment, SharedDatabase, open_deployment
from tests.process.invariants import examine
from tests.process.storm import Fleet, Player
from tests.storage.postgres_server import PostgresServer
from tests.wire.world import Guild

COMMANDS = 1_000
WAVES = 10
SHARDS = 2

WORKER = {"EASEL_ROLE": "worker"}


def gateway(shard: int) -> dict[str, str]:
    return {"EASEL_ROLE": "gateway", "EASEL_SHARDS": f"{shard}/{SHARDS}"}


def guild_of_shard(deployment: Deployment, shard: int) -> Guild:
    guild = deployment.discord.world.guild()
    deployment.discord.world.guilds.pop(guild.id)
    guild.id += (shard - shard_of(guild.id, SHARDS)) % SHARDS << 22
    deployment.discord.world.guilds[guild.id] = guild
    return guild


async def test_a_thousand_commands_while_processes_of_both_kinds_are_killed(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    chance = random.Random(seed)
    shared = SharedDatabase(postgres, postgres.make_database())
    async with open_deployment(
        tmp_path,
        shared=shared,
        seconds=lambda _: random.random() / 4,
        webhook_retry_delays=(0.5, 1.0, 2.0),
        EASEL_DAILY_SPEND_USD="100000",
        EASEL_MAX_IN_FLIGHT="500",
        EASEL_MAX_IN_FLIGHT_PER_GUILD="250",
        REPLICATE_CREATES_PER_MINUTE="60000",
    ) as deployment:
        players = [Player(deployment, chance, guild_of_shard(deployment, shard)) for shard in range(SHARDS)]
        t = time.time()
        async with Fleet(deployment) as fleet:
            gateways = [await fleet.start(gateway(shard)) for shard in range(SHARDS)]
            workers = [await fleet.start(WORKER) for _ in range(2)]
            print("started", time.time() - t)
            for wave in range(WAVES):
                for player in players:
                    await player.send(COMMANDS // WAVES // len(players))
                await players[0].some_events(chance.randint(1, 300))
                for player in players:
                    await player.cancel_one()
                print("sent", wave, time.time() - t)
                if wave % 3 == 1:
                    await fleet.kill(workers.pop(0))
                    workers.append(await fleet.start(WORKER))
                elif wave % 3 == 2:
                    shard = wave % SHARDS
                    await fleet.kill(gateways[shard])
                    gateways[shard] = await fleet.start(gateway(shard))
                print("wave", wave, time.time() - t)
            records = await fleet.until_settled()
        print("settled", time.time() - t)
        commands = [command for player in players for command in player.commands]
        findings = examine(commands, records, deployment.replicate, deployment.discord)
    if findings.wrong:
        log = tmp_path / "log"
        await asyncio.to_thread(log.write_text, "\n".join([*findings.wrong, *fleet.outputs]))
    print(findings.commands, findings.jobs, len(findings.twins), len(findings.stale_cards), time.time() - t)
    assert findings.wrong == [], f"SEED={seed}, {tmp_path / 'log'}"
    assert findings.jobs > 0.9 * COMMANDS
