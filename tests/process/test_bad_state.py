"""Troubles of a SQLite file and its disk, met by a living process: it says what is the matter, waits, and goes on."""

import resource
import sqlite3
import subprocess
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.process.deployment import LOW, Deployment, open_deployment, png
from tests.process.program import EaselRun
from tests.wire.discord_server import File

pytestmark = pytest.mark.asyncio(loop_scope="package")

BEGINS = "the database can't be used; what needs it waits"
ENDS = "the database can be used again"


@dataclass(frozen=True, slots=True)
class Site:
    """A process, and the data directory that it is in trouble with."""

    deployment: Deployment
    run: EaselRun
    is_disk: bool  # whether the data directory is a disk of its own

    async def ready(self) -> tuple[int, dict[str, str]]:
        """What `/readyz` says of each part."""
        assert self.deployment.relay is not None
        async with aiohttp.ClientSession() as http, http.get(f"{self.deployment.relay.url}/readyz") as answer:
            return answer.status, (await answer.json())["checks"]

    async def told(self, event: str, since: int) -> dict[str, Any]:
        """Wait for an event among those after the first `since` of the log."""
        return await self.run.until(
            lambda: next((each for each in self.run.log[since:] if each["event"] == event), None)
        )


@contextmanager
def disk(directory: Path) -> Generator[bool]:
    """Mount a small disk there, where that is allowed; whether it was."""
    directory.mkdir(mode=0o700)
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", directory]
    try:
        mounted = subprocess.run(mount, check=False, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", directory], check=True)


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncGenerator[Site]:
    directory = tmp_path_factory.mktemp("troubled")
    with disk(directory / "data") as is_disk:
        url = f"sqlite:///{directory}/data/easel.db?timeout=0.1"  # seconds that a lock is waited for
        async with open_deployment(directory, DATABASE_URL=url) as deployment:
            async with deployment.running(well=False) as run:
                await run.logged("ready")
                yield Site(deployment, run, is_disk)
            assert "Traceback" not in run.output


@contextmanager
def full(site: Site) -> Generator[None]:
    """Fill the disk to its last byte."""
    if not site.is_disk:
        pytest.skip("only root can mount a disk that fills up")
    filler = site.deployment.data / "filler"
    try:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while file.write(bytes(4096)):
                pass
        yield
    finally:
        filler.unlink()


@contextmanager
def stunted(site: Site) -> Generator[None]:
    """Let the process write no file beyond where it is now, as a quota does."""
    before = resource.prlimit(site.run.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(site.run.pid, resource.RLIMIT_FSIZE, (0, before[1]))
    try:
        yield
    finally:
        resource.prlimit(site.run.pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def held(site: Site) -> Generator[None]:
    """Hold the file's one write lock, as a backup that hangs does."""
    with closing(sqlite3.connect(site.deployment.data / "easel.db", isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        yield


Trouble = Callable[[Site], AbstractContextManager[None]]


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        pytest.param(full, "the disk is full: free some space on it (database or disk is full)", id="full"),
        pytest.param(stunted, "the disk fails, or a file may not grow: look into the system's log", id="stunted"),
        pytest.param(held, "another program holds it: end that, be it a backup that hangs", id="held"),
    ],
)
async def test_what_was_admitted_waits_and_is_delivered_once(
    site: Site, trouble: Trouble, words: str, request: pytest.FixtureRequest
) -> None:
    deployment, run, name = site.deployment, site.run, request.node.name
    discord, replicate = deployment.discord, deployment.replicate
    channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
    replicate.end_gate.hold()
    first = await discord.slash(ann, channel, "imagine", prompt=f"admitted, {name}", quality="low")
    await replicate.until(lambda: [each for each in replicate.runs if each.input["prompt"] == f"admitted, {name}"])
    since = len(run.log)
    with trouble(site):
        refused = await discord.slash(ann, channel, "imagine", prompt=f"refused, {name}", quality="low")
        answer = await refused.until(lambda message: "My records can't be reached right now" in message.text)
        assert answer.ephemeral
        assert (await site.told(BEGINS, since))["why"].startswith(words)
        status, checks = await site.ready()
        assert status == 503
        assert checks["database"].startswith(words)
        replicate.end_gate.release()
        await site.told("the job waits", since)
        (job,) = deployment.books(channel).jobs
        assert job["status"] in {"submitting", "running"}, "as it was before"
        assert deployment.books(channel).ledger == [("hold", LOW, 1)]
    deployment.assert_made(first, await first.until(lambda message: message.pictures))
    assert (await deployment.settled(run, channel)).ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
    await site.told(ENDS, since)
    assert (await site.ready())[0] == 200
    again = await discord.slash(ann, channel, "imagine", prompt=f"asked again, {name}", quality="low")
    await again.until(lambda message: message.pictures)
    assert len([each for each in run.log[since:] if each["event"] == BEGINS]) == 1


async def test_a_picture_waits_that_can_not_be_kept(site: Site) -> None:
    deployment, run = site.deployment, site.run
    blobs = deployment.data / "blobs"
    channel, ann = deployment.guild.channel(), deployment.guild.member("ann")
    words = "a file is in the place of its directory: move that away (File exists)"
    since = len(run.log)
    if blobs.exists():
        blobs.rename(blobs.with_name("moved"))
    blobs.touch()
    picture = File("fox.png", png(), "image/png")
    interaction = await deployment.discord.slash(
        ann, channel, "imagine", prompt="a fox on a coin", quality="low", image=picture
    )
    told = await site.told("the directory of kept pictures can't be used; what needs it waits", since)
    assert told["why"] == words
    await site.told("the job waits", since)
    status, checks = await site.ready()
    assert (status, checks) == (503, {"database": "ok", "blobs": words, "discord": "ok"})
    blobs.unlink()
    deployment.assert_made(interaction, await interaction.until(lambda message: message.pictures))
    assert (await deployment.settled(run, channel)).ledger == [("hold", LOW, 1), ("capture", LOW, 1)]
    await site.told("the directory of kept pictures can be used again", since)
