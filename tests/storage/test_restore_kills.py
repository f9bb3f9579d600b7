"""A restore that is killed, wherever that is, has changed nothing or everything."""

import asyncio
import shutil
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from tests.storage.examples import admit
from tests.storage.house import LONG_AFTER, PICTURE, House

ROOT = Path(__file__).parents[2]

KILLED = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from bot.storage.cipher import Cipher
from bot.storage.restore import Place, restore
import alembic.command, bot.storage.store

archive, data, key = sys.argv[1:]
CHANGES = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile"}

def run(at):
    # Dies before the change of that number, if there are so many.
    count = 0
    def hook(event, arguments):
        nonlocal count
        writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if (writes or event in CHANGES) and data in str(arguments[0]):
            count += 1
            if count == at:
                os.kill(os.getpid(), signal.SIGKILL)
    sys.addaudithook(hook)
    place = Place(f"sqlite:///{data}/easel.db", Path(data) / "blobs", Path(data) / "secret.key")
    now = datetime(2026, 11, 23, 12, 0, at % 60, tzinfo=UTC)
    asyncio.run(restore(Path(archive), place, lambda keys: Cipher.from_key(*keys), now, replace=True))

for line in sys.stdin:
    child = os.fork()
    if child == 0:
        try:
            run(int(line))
            os._exit(0)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
"""


async def test_a_restore_is_all_or_nothing(house: House, migrated_file: Path, tmp_path: Path, secret_key: str) -> None:
    store = await house.open()
    await admit(store, id="restored")
    await store.close()
    await house.blobs.put("restored/0", PICTURE, keep_until=LONG_AFTER)
    house.back_up(archive := tmp_path / "a.tar", [secret_key])
    arguments = [sys.executable, "-c", KILLED, str(archive), str(house.data), secret_key]
    killed = await asyncio.create_subprocess_exec(*arguments, cwd=ROOT, stdin=PIPE, stdout=PIPE)
    assert killed.stdin is not None
    assert killed.stdout is not None
    there, code = "", 1
    whole = {"old": 0, "new": 0}
    for at in range(1, 200):
        await as_it_was(house, migrated_file)
        killed.stdin.write(f"{at}\n".encode())
        code = int(await killed.stdout.readline())
        there = await found(house)
        whole[there] += 1
        if code == 0:
            break
        assert code == -signal.SIGKILL
    await killed.communicate(b"")
    assert (there, code) == ("new", 0)
    # Only what is deleted at the end comes after the moment from which on the new one is there.
    assert whole["old"] > 10
    assert whole["new"] > 1


async def as_it_was(house: House, empty: Path) -> None:
    """Another database in its place."""
    for each in house.data.glob("easel.db*"):
        if each.is_file():
            each.unlink()
    shutil.copy(empty, house.database)
    store = await house.open()
    await admit(store, id="old")
    await store.close()
    await house.blobs.put("old/0", PICTURE, keep_until=LONG_AFTER)
    await house.blobs.delete("restored/0")


async def found(house: House) -> str:
    """Which of both databases is there, whole."""
    [job_id] = await house.jobs()
    name = "new" if job_id == "restored" else job_id
    assert await house.blobs.get(f"{job_id}/0") == PICTURE
    return name
