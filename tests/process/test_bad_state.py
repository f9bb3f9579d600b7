"""Troubles of a SQLite file and its disk, met by a living process: it says what is the matter, waits, and goes on."""

import resource
import sqlite3
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import pytest_asyncio

from tests.process.deployment import LOW, open_deployment, png
from tests.process.troubled import Site, Trouble, live_through
from tests.wire.discord_server import File

pytestmark = pytest.mark.asyncio(loop_scope="package")


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
    with disk(directory / "data") as has_disk:
        url = f"sqlite:///{directory}/data/easel.db?timeout=0.1"  # seconds that a lock is waited for
        async with open_deployment(directory, DATABASE_URL=url) as deployment:
            async with deployment.running(well=False) as run:
                await run.logged("ready")
                yield Site(deployment, run, has_disk=has_disk)
            assert "Traceback" not in run.output


@contextmanager
def full(site: Site) -> Generator[None]:
    """Fill the disk to its last byte."""
    if not site.has_disk:
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
    if sys.platform != "linux":
        pytest.skip("only Linux sets the limits of a process from outside")
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
    await live_through(site, trouble, words, request.node.name)


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
