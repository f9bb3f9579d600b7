"""`easel doctor --reconcile`, as its operator runs it beside a deployment."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.chat.words import audit as words
from bot.demo.replicate_server import ReplicateServer
from bot.doctor.reconciliation import reconcile
from bot.domain.audit import DifferenceKind
from bot.settings import GivenSettings
from bot.storage.cipher import Cipher, load_or_make_keys
from bot.storage.schema import migrate
from bot.storage.store import open_store
from tests.cli.conftest import Command
from tests.cli.test_commands import in_one_line
from tests.process.deployment import REPLICATE_TOKEN
from tests.service.planted import plant

pytestmark = pytest.mark.asyncio(loop_scope="package")


async def test_every_difference_is_told_with_what_to_do(easel: Command, tmp_path: Path) -> None:
    async with ReplicateServer(token=REPLICATE_TOKEN, page_size=5) as replicate:
        data = tmp_path / "data"
        url = f"sqlite:///{data / 'easel.db'}"
        cipher = Cipher.from_key(*load_or_make_keys(data / "secret.key"))
        await migrate(url, cipher)
        clean = await easel("doctor", "--reconcile", REPLICATE_API_URL=replicate.url)
        assert clean.code == 0, clean.stdout
        assert "✓ No differences." in clean.stdout

        store = await open_store(url, cipher)
        planted = await plant(store, replicate, datetime.now(UTC))
        await store.close()
        found = await easel("doctor", "--reconcile", "--days", "2", REPLICATE_API_URL=replicate.url)
        assert found.code == 1
        told = in_one_line(found.stdout)
        for kind, planted_id in planted.items():
            assert words.kind(kind) in told
            assert in_one_line(words.advice(kind)) in told
            (line,) = [each for each in found.stdout.splitlines() if planted_id in each]
            assert ("known" in line) is (kind in {DifferenceKind.STRAY, DifferenceKind.NO_PREDICTION})
        assert "left out: 3 of someone/upscaler (account operator)" in told
        assert re.search(rf"{planted[DifferenceKind.CAPTURED]} +failed +– +\$0\.13", found.stdout)


async def test_where_there_is_no_database_none_is_made(tmp_path: Path) -> None:
    settings = GivenSettings(easel_data_dir=tmp_path)
    assert await reconcile(settings, days=7) is None
    assert not any(tmp_path.iterdir())  # noqa: ASYNC240 # it is a moment's
