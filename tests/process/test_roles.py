"""Gateways that hear members and workers that run their jobs, on one PostgreSQL: killed in the middle of things, they
serve a thousand commands as one process would."""

import asyncio
import os
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.domain.roles import shard_of
from tests.process.commands import Command
from tests.process.deployment import Deployment, SharedDatabase, open_deployment
from tests.process.invariants import examine
from tests.process.program import EaselRun
from tests.process.storm import Fleet, Player
from tests.storage.postgres_server import PostgresServer
from tests.wire.timing import Clock
from tests.wire.world import Guild

COMMANDS = 1_000
WAVE = 100
SHARDS = 2

PATIENCE = 60.0
"""Seconds: twenty programs on two processors may have to share them with others."""

WORKER = {"EASEL_ROLE": "worker"}
ALL_AT_ONCE: dict[str, Any] = {
    "EASEL_DAILY_SPEND_USD": "100000",
    "EASEL_MAX_IN_FLIGHT": "500",
    "EASEL_MAX_IN_FLIGHT_PER_GUILD": "250",
    "REPLICATE_CREATES_PER_MINUTE": "60000",
}


def gateway(shard: int) -> dict[str, str]:
    return {"EASEL_ROLE": "gateway", "EASEL_SHARDS": f"{shard}/{SHARDS}"}


def guild_of(deployment: Deployment, shard: int) -> Guild:
    """A new guild of which that shard hears."""
    world = deployment.discord.world
    guild = world.guild()
    del world.guilds[guild.id]
    guild.id += (shard - shard_of(guild.id, SHARDS)) % SHARDS << 22
    world.guilds[guild.id] = guild
    return guild


class Members(Player):
    """Whose wishes are cheap to fulfil: what they attach and how much they ask for is other tests' matter."""

    def _wish(self, number: int) -> tuple[str, dict[str, Any]]:
        match self._chance.randrange(10):
            case 0:
                return f"a forbidden stork, {number}", {}
            case 1:
                return f"a shy stork, {number}", {"private": True}
            case _:
                return f"a stork, {number}", {}


class Cluster:
    """A gateway for each shard and two workers, and the members of a guild of each shard."""

    def __init__(self, deployment: Deployment, fleet: Fleet, chance: random.Random) -> None:
        self._fleet = fleet
        self._chance = chance
        self._gateways: list[EaselRun] = []
        self._workers: list[EaselRun] = []
        self._players = [Members(deployment, chance, guild_of(deployment, shard)) for shard in range(SHARDS)]
        self._heard: list[list[Command]] = [[] for _ in range(SHARDS)]  # by the gateway that lives

    async def start(self) -> None:
        self._gateways = [await self._fleet.start(gateway(shard)) for shard in range(SHARDS)]
        self._workers = [await self._fleet.start(WORKER) for _ in range(2)]

    @property
    def commands(self) -> Sequence[Command]:
        return [command for player in self._players for command in player.commands]

    async def send(self, count: int) -> None:
        """Let the members of both guilds send that many commands together, and one of each cancel."""
        for player, heard in zip(self._players, self._heard, strict=True):
            before = len(player.commands)
            await player.send(count // SHARDS)
            heard.extend(player.commands[before:])
        for player in self._players:
            await player.some_events(self._chance.randint(1, 300))
            await player.cancel_one()

    async def replace_worker(self) -> None:
        await self._fleet.kill(self._workers.pop(0))
        self._workers.append(await self._fleet.start(WORKER))

    async def replace_gateway(self, shard: int) -> None:
        """What it had not admitted is lost, as at Discord: the application did not respond."""
        await self._fleet.kill(self._gateways[shard])
        self._heard[shard] = []
        self._gateways[shard] = await self._fleet.start(gateway(shard))

    async def answered(self) -> None:
        """Wait until the gateways that live have answered all that they heard."""
        heard = [command for each in self._heard for command in each]
        await asyncio.gather(
            *(each.interaction.until(lambda message: not _checking(message.text), PATIENCE) for each in heard)
        )


def _checking(text: str) -> bool:
    return "Checking whether" in text


@pytest.mark.timeout(300)
async def test_a_thousand_commands_while_processes_of_both_kinds_are_killed(
    tmp_path: Path, postgres: PostgresServer
) -> None:
    seed = int(os.environ.get("SEED") or random.randrange(1 << 32))
    chance = random.Random(seed)
    shared = SharedDatabase(postgres, postgres.make_database())
    async with (
        open_deployment(tmp_path, shared=shared, seconds=lambda _: 2 + chance.random(), **ALL_AT_ONCE) as deployment,
        Fleet(deployment) as fleet,
    ):
        # How soon Discord wants to be answered is other tests' matter; here the machine is busy with all of it at once.
        deployment.discord.world.clock = Clock(stopped_at=datetime.now(UTC))
        cluster = Cluster(deployment, fleet, chance)
        await cluster.start()
        for number in range(4):
            await cluster.send(WAVE)
            await (cluster.replace_gateway(number // 2) if number % 2 else cluster.replace_worker())
            await cluster.answered()
        # Not all became jobs: some weren't heard, by a gateway that died, or were told to come back.
        while (left := COMMANDS - len((await asyncio.to_thread(deployment.records)).jobs)) > 0:
            await cluster.send(min(left + left % SHARDS, WAVE))
            await cluster.answered()
        records = await fleet.until_settled(PATIENCE)
    findings = examine(cluster.commands, records, deployment.replicate, deployment.discord)
    if findings.wrong:
        await asyncio.to_thread((tmp_path / "log").write_text, "\n".join([*findings.wrong, *fleet.outputs]))
    assert findings.wrong == [], f"SEED={seed}, {tmp_path / 'log'}"
    assert findings.jobs >= COMMANDS
