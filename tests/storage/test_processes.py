"""Several processes over one PostgreSQL, from their start on."""

import json
import subprocess
import sys
from pathlib import Path

from cryptography.fernet import Fernet

from tests.storage.postgres_server import PostgresServer

PROCESSES, EACH, QUOTA = 3, 20, 12

# Each migrates, admits against one member's quota, and claims until nothing is free; all do each of these at once.
PROCESS = """
import asyncio, json, os, sys
from dataclasses import replace
from bot.storage.cipher import Cipher
from bot.storage.schema import migrate
from bot.storage.store import open_store
from tests.storage.examples import a_job, claim, NOON, outcome, quota

def together(said):
    print(json.dumps(said), flush=True)
    sys.stdin.readline()

async def main(url, key, each, most):
    cipher = Cipher.from_key(key)
    together("imported")
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    together("migrated")
    jobs = [replace(a_job(), id=f"{os.getpid()}-{number}") for number in range(int(each))]
    outcomes = await asyncio.gather(*(outcome(store.admit(job, quota(int(most)), NOON)) for job in jobs))
    together([job.id for job, refusal in zip(jobs, outcomes) if refusal is None])
    claimed = []
    while claimed_now := (await claim(store, f"process-{os.getpid()}", most=2)).jobs:
        claimed += [job.id for job in claimed_now]
    together(claimed)
    await store.close()

asyncio.run(main(*sys.argv[1:]))
"""


def test_they_share_one_schema_one_quota_and_each_job_once(postgres: PostgresServer) -> None:
    name = postgres.make_database()
    arguments = [postgres.url(name), Fernet.generate_key().decode(), str(EACH), str(QUOTA)]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(PROCESSES)
    ]
    try:
        said = [[json.loads(line) for line in together(processes)] for _ in range(4)]
        assert [process.wait() for process in processes] == [0] * PROCESSES
    finally:
        for process in processes:
            process.kill()
            process.communicate()
        postgres.drop_database(name)
    admitted, claimed = ([job for jobs in said[step] for job in jobs] for step in (2, 3))
    assert len(admitted) == QUOTA
    assert sorted(claimed) == sorted(admitted)


def together(processes: list[subprocess.Popen[str]]) -> list[str]:
    """What each of them says next, before any of them goes on."""
    lines: list[str] = []
    for process in processes:
        assert process.stdout
        lines.append(process.stdout.readline())
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    return lines
