"""kill -9 at random moments with twenty jobs in flight: none is lost, and none made, delivered or charged twice."""

import os
import random
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.process.deployment import BY_TOKEN, NO_OTHER, SharedDatabase
from tests.process.storm import play_round, stormy_deployment
from tests.storage.postgres_server import PostgresServer


@pytest.fixture
def seed() -> int:
    """Another one each time; SEED repeats one."""
    return int(os.environ.get("SEED") or random.randrange(1 << 32))


@pytest.mark.parametrize("settings", [NO_OTHER, BY_TOKEN], ids=["billed by picture", "billed by token"])
async def test_one_process_on_sqlite(tmp_path: Path, seed: int, settings: Mapping[str, str]) -> None:
    async with stormy_deployment(tmp_path, settings=settings) as deployment:
        findings = await play_round(deployment, seed, processes=1, log=tmp_path / "log")
    assert findings.wrong == [], f"SEED={seed}, {tmp_path / 'log'}"
    assert findings.jobs > 0


async def test_three_processes_on_postgresql(tmp_path: Path, seed: int, postgres: PostgresServer) -> None:
    shared = SharedDatabase(postgres, postgres.make_database())
    async with stormy_deployment(tmp_path, shared) as deployment:
        findings = await play_round(deployment, seed, processes=3, log=tmp_path / "log")
    assert findings.wrong == [], f"SEED={seed}, {tmp_path / 'log'}"
    assert findings.jobs > 0
