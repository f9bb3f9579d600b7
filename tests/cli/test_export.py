"""`easel export usage`, beside a database that may be in use."""

import csv
import json
import zipfile
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.service.usage_csv import COLUMNS
from bot.storage.cipher import Cipher
from bot.storage.schema import hold_database, migrate
from bot.storage.store import open_store
from tests.cli.conftest import Command
from tests.storage.examples import GUILD, MEMBER, NOON, a_job
from tests.storage.examples import UNLIMITED as FREELY

pytestmark = pytest.mark.asyncio(loop_scope="package")


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text, newline="")))


async def test_the_ledger_is_written_as_it_was_asked_for(easel: Command, tmp_path: Path) -> None:
    """Also while `easel run` holds the database."""
    key, url = Fernet.generate_key().decode(), f"sqlite:///{tmp_path / 'easel.db'}"
    settings = {"DATABASE_URL": url, "EASEL_SECRET_KEY": key}
    cipher = Cipher.from_key(key)
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    days = [NOON + timedelta(days=day) for day in range(4)]
    for day in days:
        await store.admit(a_job(created_at=day), FREELY, day)
    await store.admit(a_job(created_at=NOON, guild_id=GUILD + 1), FREELY, NOON)
    await store.close()

    with hold_database(url):
        ended = await easel("export", "usage", **settings)
        assert (ended.code, ended.stderr) == (0, "")
        assert list(rows(ended.stdout)[0]) == list(COLUMNS)
        assert len(rows(ended.stdout)) == 5
        out = tmp_path / "usage.csv"
        chosen = ("--from", "2026-11-24", "--to", "2026-11-25", "--guild", str(GUILD), "--out", str(out))
        ended = await easel("export", "usage", *chosen, **settings)
        assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")
    written = out.read_bytes()
    assert [each["at"] for each in rows(written.decode())] == ["2026-11-24 12:00:00", "2026-11-25 12:00:00"]
    assert out.stat().st_mode & 0o777 == 0o600

    again = await easel("export", "usage", "--out", str(out), **settings)
    assert again.code == 1
    assert again.stderr == f"File exists: {out}\n"
    assert out.read_bytes() == written


async def test_where_there_is_no_database(easel: Command, tmp_path: Path) -> None:
    ended = await easel("export", "usage", "--out", str(tmp_path / "usage.csv"))
    assert ended.code == 1
    assert "run `easel migrate`" in ended.stderr
    assert not any((tmp_path / name).exists() for name in ("usage.csv", "data/easel.db", "data/secret.key"))


async def test_what_is_kept_about_a_member_is_written(easel: Command, tmp_path: Path) -> None:
    key, url = Fernet.generate_key().decode(), f"sqlite:///{tmp_path / 'easel.db'}"
    settings, cipher = {"DATABASE_URL": url, "EASEL_SECRET_KEY": key}, Cipher.from_key(key)
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    await store.admit(a_job(), FREELY, NOON)
    await store.close()
    out = tmp_path / "member.zip"
    with hold_database(url):
        ended = await easel("export", "member", str(MEMBER), "--out", str(out), **settings)
    assert (ended.code, ended.stdout, ended.stderr) == (0, "", "")
    assert out.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out) as archive:
        assert json.loads(archive.read("requests-001.json"))[0]["prompt"] == "a fox in the snow"
        assert archive.read("README.txt").decode().startswith("What Easel keeps about you")
    other = tmp_path / "other.zip"
    ended = await easel("export", "member", str(MEMBER + 1), "--out", str(other), **settings)
    assert ended.code == 1
    assert ended.stderr.startswith("Nothing is kept about that member.")
    assert not other.exists()
