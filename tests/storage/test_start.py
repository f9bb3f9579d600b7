"""What a start of the program does to jobs that another process holds."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import open_app
from bot.domain.job import JobStatus
from bot.settings import GivenSettings
from bot.storage.store import SqlStore
from tests.storage.examples import LEASE, NOON, bring_to


@pytest.fixture
def settings(database_url: str, secret_key: str, tmp_path: Path) -> GivenSettings:
    return GivenSettings(database_url=database_url, easel_secret_key=SecretStr(secret_key), easel_data_dir=tmp_path)


async def test_leases_of_others_are_left_over_only_where_there_can_be_no_others(
    settings: GivenSettings, store: SqlStore
) -> None:
    job = await bring_to(store, JobStatus.RUNNING, "another")
    async with open_app(settings):
        free = await store.claim("me", NOON, LEASE, 5)
    assert free == ([] if store.database.shared else [job])


async def test_no_start_goes_by_the_name_of_another(settings: GivenSettings) -> None:
    owners: set[str] = set()
    for _ in range(3):
        async with open_app(settings) as app:
            owners.add(app.dispatch._owner)
    assert len(owners) == 3
