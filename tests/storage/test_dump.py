"""PostgreSQL's own programs, called as docs/backup.md says, carry all that Easel keeps."""

import re
import shlex
from datetime import timedelta
from pathlib import Path

from bot.domain.job import JobStatus
from bot.storage.blobs import TableBlobs
from bot.storage.cipher import Cipher
from bot.storage.dump import dump_command, restore_command
from bot.storage.restored import end_doubtful
from bot.storage.schema import migrate
from bot.storage.store import open_store
from tests.docs.documents import ROOT
from tests.storage.examples import NOON, bring_to
from tests.storage.postgres_server import PostgresServer

LINES = re.findall(r"^pg_(?:dump|restore) .*$", (ROOT / "docs" / "backup.md").read_text("utf-8"), re.MULTILINE)


def test_the_page_says_what_the_command_line_says() -> None:
    address = "postgresql://easel:secret@db.example.org/"
    assert dump_command(f"{address}easel?password=secret", "easel.dump") == LINES[0]
    assert restore_command(f"{address}restored", "easel.dump") == LINES[1]
    assert len(LINES) == 2


async def test_a_dump_is_restored_and_goes_on(
    postgres: PostgresServer, postgres_url: str, cipher: Cipher, tmp_path: Path
) -> None:
    store = await open_store(postgres_url, cipher)
    running = await bring_to(store, JobStatus.RUNNING, id="running")
    await bring_to(store, JobStatus.QUEUED, id="queued")
    await TableBlobs(store.database, cipher).put("a/0", b"a picture", keep_until=NOON)
    await store.close()

    empty = postgres.make_database()
    file = str(postgres.data.parent / "easel.dump")  # where the server's account may write
    for command in (dump_command(postgres_url, file), restore_command(postgres.url(empty), file)):
        program, *arguments = shlex.split(command)
        postgres.run(program, *arguments)

    await migrate(postgres.url(empty), cipher)
    store = await open_store(postgres.url(empty), cipher)
    try:
        assert await end_doubtful(store, NOON, NOON + timedelta(minutes=1)) == 1
        there = await store.job("running")
        assert there is not None
        assert (there.status, there.request) == (JobStatus.RUNNING, running.request)
        queued = await store.job("queued")
        assert queued is not None
        assert queued.status is JobStatus.FAILED
        assert await TableBlobs(store.database, cipher).get("a/0") == b"a picture"
    finally:
        await store.close()
    postgres.drop_database(empty)
