"""`easel rotate-key` and `easel move-database`, where they can't begin and where they go on."""

import signal
import sys
from asyncio import create_subprocess_exec
from pathlib import Path

import pytest

from bot.storage.cipher import Cipher, load_or_make_keys, make_key
from bot.storage.schema import migrate
from bot.storage.store import open_store
from tests.cli.conftest import Command
from tests.storage.examples import NOON, UNLIMITED, a_job

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_a_key_from_the_settings(easel: Command, tmp_path: Path) -> None:
    old, new, url = make_key(), make_key(), f"sqlite:///{tmp_path / 'easel.db'}"
    await migrate(url, Cipher.from_key(old))
    alone = await easel("rotate-key", DATABASE_URL=url, EASEL_SECRET_KEY=old)
    assert alone.code == 1
    assert "EASEL_SECRET_KEY is the only key that is known." in alone.stderr
    rotated = await easel("rotate-key", DATABASE_URL=url, EASEL_SECRET_KEY=new, EASEL_RETIRED_SECRET_KEYS=f"{old}, ")
    assert rotated.code == 0, rotated.stderr
    assert rotated.stdout.splitlines()[:2] == [
        "Encrypted 2 values anew; 2 are under the new key.",
        "EASEL_RETIRED_SECRET_KEYS can be taken out of the settings now, of every process.",
    ]
    assert old not in rotated.stdout + rotated.stderr
    await (await open_store(url, Cipher.from_key(new))).close()


KILLED = """
import os, signal
from bot.cli import main
from bot.storage.rotation import Rotation

async def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

Rotation.%s = die
main()
"""
"""`easel`, whose change of the key dies as it begins to write, or with all of it done."""


@pytest.mark.parametrize("where", ["_write", "_examine"])
async def test_a_change_that_was_killed_is_gone_on_with(easel: Command, tmp_path: Path, where: str) -> None:
    """No third key is made: what the new one has encrypted already is under no other."""
    data = tmp_path / "data"
    old, url = make_key(), f"sqlite:///{data / 'easel.db'}"
    await migrate(url, Cipher.from_key(old))
    (data / "secret.key").write_text(f"{old}\n")
    store = await open_store(url, Cipher.from_key(old))
    job = a_job()
    await store.admit(job, UNLIMITED, NOON)
    await store.close()

    program = (sys.executable, "-c", KILLED % where, "rotate-key")
    process = await create_subprocess_exec(*program, cwd=tmp_path, env={"EASEL_DATA_DIR": str(data)})
    assert await process.wait() == -signal.SIGKILL
    [new, kept] = load_or_make_keys(data / "secret.key")
    assert kept == old
    store = await open_store(url, Cipher.from_key(new, old))
    assert await store.job(job.id) == job
    await store.close()

    ended = await easel("rotate-key")
    assert ended.code == 0, ended.stderr
    assert (data / "secret.key").read_text() == f"{new}\n"
    store = await open_store(url, Cipher.from_key(new))
    assert await store.job(job.id) == job
    await store.close()


async def test_a_move_that_can_not_begin(easel: Command, tmp_path: Path) -> None:
    for url, words in (
        ("sqlite:///other.db", "That is no PostgreSQL database"),
        ("postgresql://user:the-password@/easel?host=/nowhere", "run `easel migrate`"),
    ):
        ended = await easel("move-database", url)
        assert ended.code == 1
        assert words in ended.stderr
        assert "the-password" not in ended.stderr + ended.stdout
    assert not (tmp_path / "data" / "easel.db").exists()
