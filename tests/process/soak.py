"""Hundreds of rounds of random kills, and their counts: `make soak`.

    python -m tests.process.soak [--rounds 200] [--seed 1]

Half of the rounds are played by one process on SQLite, half by three on PostgreSQL. Ends with 1 where anything is
wrong; the seeds of such rounds are told as they happen.
"""

import argparse
import asyncio
import logging
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.process.deployment import BY_TOKEN, NO_OTHER, SharedDatabase
from tests.process.invariants import Findings
from tests.process.storm import KILLS, play_round, stormy_deployment
from tests.storage.postgres_server import PostgresServer, postgres_server, why_not

AT_ONE_DEPLOYMENT = 5
"""Rounds after which everything is made anew, lest the stand-ins' memory of old ones slow them down."""

_out = Console(highlight=False, soft_wrap=True)


@dataclass(slots=True)
class Tally:
    """What the rounds on one database came to."""

    database: str
    processes: int
    rounds: int = 0
    kills: int = 0
    seconds: float = 0.0
    findings: Findings = field(default_factory=Findings)


async def soak(tally: Tally, rounds: int, chance: random.Random, server: PostgresServer | None) -> None:
    """Play so many rounds; those on PostgreSQL in databases of `server`."""
    while tally.rounds < rounds:
        shared = SharedDatabase(server, server.make_database()) if server else None
        with tempfile.TemporaryDirectory() as directory:
            settings = BY_TOKEN if chance.randrange(2) else NO_OTHER
            async with stormy_deployment(Path(directory), shared, settings) as deployment:
                for _ in range(min(AT_ONE_DEPLOYMENT, rounds - tally.rounds)):
                    seed, began = chance.randrange(1 << 32), time.perf_counter()
                    log = Path(tempfile.gettempdir()) / f"soak-{seed}.log"
                    findings = await play_round(deployment, seed, processes=tally.processes, log=log)
                    tally.seconds += time.perf_counter() - began
                    tally.rounds += 1
                    tally.kills += KILLS
                    tally.findings += findings
                    for each in findings.wrong:
                        _out.print(f"{tally.database}, SEED={seed}, {log}: {each}", style="red", markup=False)
        if shared:
            shared.server.drop_database(shared.name)
        _out.print(f"{tally.database}: {tally.rounds} rounds of {rounds}, {len(tally.findings.wrong)} wrong")


def table(tallies: list[Tally]) -> Table:
    made = Table("", *(f"{each.database}, {_processes(each.processes)}" for each in tallies), box=None)
    rows = {
        "rounds": lambda each: each.rounds,
        "kills": lambda each: each.kills,
        "commands": lambda each: each.findings.commands,
        "jobs": lambda each: each.findings.jobs,
        "lost": lambda each: len(each.findings.lost),
        "created twice": lambda each: len(each.findings.created_twice),
        "twins canceled": lambda each: len(each.findings.twins),
        "delivered twice": lambda each: len(each.findings.delivered_twice),
        "ledger differences": lambda each: len(each.findings.ledger_differences),
        "stale cards": lambda each: len(each.findings.stale_cards),
        "minutes": lambda each: f"{each.seconds / 60:.1f}",
    }
    for name, count in rows.items():
        made.add_row(name, *(str(count(each)) for each in tallies))
    return made


def _processes(count: int) -> str:
    return "1 process" if count == 1 else f"{count} processes"


@contextmanager
def _server() -> Generator[PostgresServer | None]:
    reason = why_not()
    if reason:
        _out.print(f"Without PostgreSQL: {reason}")
    with nullcontext() if reason else postgres_server() as server:
        yield server


def main() -> int:
    parser = argparse.ArgumentParser(description="Rounds of random kills.")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)  # whose clients are cut off in the middle of things
    chance = random.Random(options.seed)
    tallies = [Tally("SQLite", 1)]
    with _server() as server:
        asyncio.run(soak(tallies[0], (options.rounds + 1) // 2 if server else options.rounds, chance, None))
        if server is not None:
            tallies.append(Tally("PostgreSQL", 3))
            asyncio.run(soak(tallies[1], options.rounds // 2, chance, server))
    _out.print(table(tallies))
    _out.print(
        f"seed {options.seed}; {platform.system()} {platform.machine()}, {os.cpu_count()} processors,"
        f" Python {platform.python_version()}"
    )
    return 1 if any(each.findings.wrong for each in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
