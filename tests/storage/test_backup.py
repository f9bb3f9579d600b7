"""Backups of a SQLite database, made beside its writers; and restoring them, all or nothing."""

import asyncio
import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.domain.job import JobStatus
from bot.storage.archive import unpack
from bot.storage.backup import back_up
from bot.storage.cipher import Cipher
from bot.storage.errors import (
    ArchiveNeedsKey,
    BadArchive,
    DamagedDatabase,
    DatabaseInUse,
    DatabaseThere,
    NothingToBackUp,
    SchemaTooNew,
)
from bot.storage.lock import DatabaseLock
from bot.storage.restore import restore
from tests.storage.examples import admit, bring_to
from tests.storage.house import LONG_AFTER, PICTURE, SOON, House
from tests.storage.schemas.kept import sqlite_of
from tests.storage.schemas.write import KEY


async def test_what_is_backed_up_is_restored_elsewhere(house: House, another: House, tmp_path: Path) -> None:
    store = await house.open()
    ended = await bring_to(store, JobStatus.SUCCEEDED, id="ended")
    await house.blobs.put("ended/0", PICTURE, keep_until=LONG_AFTER)
    target = tmp_path / "backups" / "now.tar"
    manifest = await asyncio.to_thread(house.back_up, target)  # while it is open
    assert (manifest.jobs, manifest.ledger_entries, manifest.pictures) == (1, 2, 1)
    await admit(store, id="later")
    await store.close()
    assert oct(target.stat().st_mode & 0o777) == "0o600"
    assert [each.name for each in target.parent.iterdir()] == ["now.tar"]
    assert not list(house.data.glob(".*"))

    restored = await another.restore(target)
    assert (restored.ended, restored.aside, restored.manifest) == (0, None, manifest)
    assert await another.jobs() == {"ended": ended}
    assert another.ledger() == house.ledger()[:2]
    assert await another.blobs.get("ended/0") == PICTURE
    assert {path.stat().st_mode & 0o777 for path in another.pictures.iterdir()} == {0o600}
    assert sorted(path.name for path in another.data.iterdir()) == ["blobs", "easel.db", "easel.db.lock"]


async def test_the_secret_key_is_in_it_only_where_that_is_asked_for(
    house: House, another: House, tmp_path: Path, secret_key: str
) -> None:
    house.back_up(tmp_path / "without.tar")
    house.back_up(tmp_path / "with.tar", [secret_key])
    assert secret_key.encode() not in (tmp_path / "without.tar").read_bytes()

    with pytest.raises(ArchiveNeedsKey, match=rf"{house.cipher.fingerprints[0]}.*none is configured"):
        await restore(tmp_path / "without.tar", another.place, lambda _: None, SOON)
    await restore(tmp_path / "with.tar", another.place, lambda keys: Cipher.from_key(*keys), SOON)
    assert another.place.key_file.read_text().split() == [secret_key]
    assert another.place.key_file.stat().st_mode & 0o777 == 0o600
    await (await another.open()).close()


async def test_another_key_is_named_and_nothing_changed(house: House, tmp_path: Path) -> None:
    house.back_up(tmp_path / "a.tar")
    other = Cipher.from_key(Fernet.generate_key().decode())
    before = house.database.read_bytes()
    with pytest.raises(ArchiveNeedsKey, match=rf"{house.cipher.fingerprints[0]}, and .* is {other.fingerprints[0]}"):
        await restore(tmp_path / "a.tar", house.place, lambda _: other, SOON, replace=True)
    assert house.database.read_bytes() == before
    assert sorted(path.name for path in house.data.iterdir()) == ["easel.db", "easel.db.lock"]


async def test_a_database_that_is_there_is_replaced_only_where_that_is_asked_for_and_kept(
    house: House, tmp_path: Path
) -> None:
    await house.blobs.put("before/0", PICTURE, keep_until=LONG_AFTER)
    house.back_up(tmp_path / "a.tar")
    store = await house.open()
    await admit(store, id="since")
    await store.close()
    await house.blobs.put("since/0", PICTURE, keep_until=LONG_AFTER)
    await house.blobs.delete("before/0")

    with pytest.raises(DatabaseThere, match="--replace"):
        await house.restore(tmp_path / "a.tar")
    assert house.ids() == ["since"]
    restored = await house.restore(tmp_path / "a.tar", replace=True)
    assert house.ids() == []
    assert await house.blobs.get("before/0") == PICTURE

    assert restored.aside is not None
    old = House(restored.aside, house.cipher)
    assert old.ids() == ["since"]
    assert await old.blobs.get("since/0") == PICTURE
    assert await old.blobs.get("before/0") is None


async def test_a_damaged_database_is_kept_with_its_log_and_replaced(house: House, tmp_path: Path) -> None:
    house.back_up(tmp_path / "a.tar")
    house.database.write_bytes(b"no database at all" * 1000)
    (log := house.data / "easel.db-wal").write_bytes(b"nor a log")
    restored = await house.restore(tmp_path / "a.tar", replace=True)
    assert await house.jobs() == {}
    assert restored.aside is not None
    assert (restored.aside / "easel.db").read_bytes().startswith(b"no database")
    assert (restored.aside / log.name).read_bytes() == b"nor a log"


async def test_beside_a_bot_a_backup_is_made_and_none_is_restored(house: House, tmp_path: Path) -> None:
    with DatabaseLock(house.database):
        house.back_up(tmp_path / "a.tar")
        with pytest.raises(DatabaseInUse):
            await house.restore(tmp_path / "a.tar", replace=True)


async def test_an_older_backup_is_migrated(another: House, tmp_path: Path) -> None:
    old = House(tmp_path / "old", Cipher.from_key(KEY))
    old.data.mkdir()
    sqlite_of("0003-1", old.database)
    old.back_up(tmp_path / "a.tar")
    new = House(another.data, old.cipher)
    assert (await new.restore(tmp_path / "a.tar", LONG_AFTER)).ended == 5
    jobs = await new.jobs()
    assert jobs["succeeded"].request.prompt == "a fox that is succeeded"
    assert all(job.status.ended for job in jobs.values())


def test_there_has_to_be_a_whole_database(house: House, tmp_path: Path) -> None:
    with pytest.raises(NothingToBackUp):
        back_up(tmp_path / "none.db", house.pictures, tmp_path / "a.tar", house.cipher, version="1")
    with closing(sqlite3.connect(house.database)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ix_ledger_at'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with house.database.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xff" * size)
    with pytest.raises(DamagedDatabase):
        house.back_up(tmp_path / "a.tar")
    assert not (tmp_path / "a.tar").exists()


def test_nothing_is_overwritten(house: House, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_text("an older one")
    with pytest.raises(FileExistsError):
        house.back_up(tmp_path / "a.tar")
    assert (tmp_path / "a.tar").read_text() == "an older one"


async def test_what_is_no_whole_backup_is_refused_before_anything_is_touched(house: House, tmp_path: Path) -> None:
    await house.blobs.put("a/0", PICTURE, keep_until=LONG_AFTER)
    house.back_up(good := tmp_path / "good.tar")
    whole = good.read_bytes()
    bad = tmp_path / "bad.tar"
    end = whole.rindex(b"}")  # after it there are zeros alone
    cuts = [whole[:length] for length in range(0, end, end // 25)]
    flips = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in (600, end // 2, end)]
    before = house.database.read_bytes()
    for each in (*cuts, *flips, b"PK\x03\x04 a zip"):
        bad.write_bytes(each)
        with pytest.raises(BadArchive, match="Nothing was changed"):
            await house.restore(bad, replace=True)
    assert house.database.read_bytes() == before

    for name, kind in (("../easel.db", tarfile.REGTYPE), ("blobs/../../x.blob", tarfile.REGTYPE),
                       ("/etc/x.blob", tarfile.REGTYPE), ("easel.db", tarfile.SYMTYPE)):  # fmt: skip
        with tarfile.open(bad, "w") as tar:
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            tar.addfile(member)
        with pytest.raises(BadArchive, match="no backup"):
            unpack(bad, tmp_path / "out")
    assert not (tmp_path / "out").exists()


async def test_a_backup_of_a_newer_version_is_refused(house: House, tmp_path: Path) -> None:
    with closing(sqlite3.connect(house.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaTooNew):
        house.back_up(tmp_path / "a.tar")
