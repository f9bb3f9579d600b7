"""What a start of the program does to jobs that another process holds."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.app import open_app
from bot.domain.job import JobStatus
from bot.process import process_name
from bot.settings import GivenSettings
from bot.storage.processes import SqlProcesses
from bot.storage.store import SqlStore
from tests.storage.examples import bring_to, claim


@pytest.fixture
def settings(database_url: str, secret_key: str, tmp_path: Path) -> GivenSettings:
    return GivenSettings(database_url=database_url, easel_secret_key=SecretStr(secret_key), easel_data_dir=tmp_path)


async def test_jobs_of_others_are_left_over_only_where_there_can_be_no_others(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.RUNNING, "another")
    await SqlProcesses(store.database).join("me")
    claimed = (await claim(store, "me")).jobs
    assert [each.id for each in claimed] == ([] if store.database.shared else [job.id])


async def test_nothing_is_claimed_before_the_app_runs(settings: GivenSettings, store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.RUNNING, "another")
    async with open_app(settings):
        assert await store.job(job.id) == job


def test_no_start_goes_by_the_name_of_another() -> None:
    assert len({process_name() for _ in range(100)}) == 100
