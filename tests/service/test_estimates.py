"""What the card promises comes from what such jobs really took here."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.fairness import Limits
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.domain.quota import Quota
from bot.domain.request import ImageRequest
from bot.service.estimates import DEFAULT_SECONDS, LEAST_SAMPLES, Estimates
from bot.storage.cipher import Cipher, load_or_make_key
from bot.storage.processes import SqlProcesses
from bot.storage.queue import SqlQueue
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store
from tests.clocks import NOON, ManualClock

REQUEST = ImageRequest(model="openai/gpt-image-2", prompt="a fox", quality="high")
ANSWER = Answer(
    application_id=1, token="t", expires_at=NOON, channel_id=2, private=False, file_limit=10_000_000
)  # fmt: skip


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    cipher = Cipher.from_key(load_or_make_key(tmp_path / "secret.key"))
    url = f"sqlite+aiosqlite:///{tmp_path / 'easel.db'}"
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    await SqlProcesses(store.database).join("here")
    yield store
    await store.close()


async def ran(store: SqlStore, clock: ManualClock, name: str, seconds: float, request: ImageRequest = REQUEST) -> None:
    """A job that was made and ran for so long."""
    job = Job(
        id=name, status=JobStatus.QUEUED, account="operator", member_id=1, guild_id=None, request=request,
        answer=ANSWER, hold=1, created_at=clock.now(),
    )  # fmt: skip
    await store.admit(job, Quota(), clock.now())
    (job,) = (await SqlQueue(store.database, Limits()).claim("here", clock.now(), 10)).jobs
    job = await store.advance(job, JobStatus.SUBMITTING, submission=Submission("m", {}, None, 60))
    job = await store.advance(job, JobStatus.RUNNING, prediction_id=name)
    end = Prediction(name, PredictionStatus.SUCCEEDED)
    job = await store.advance(job, JobStatus.DELIVERING, prediction=end, run_seconds=seconds)
    await store.settle(job, JobStatus.SUCCEEDED, clock.now(), captured=1, pictures=1)
    clock.advance(1)


async def test_below_twenty_samples_the_stated_default_holds(store: SqlStore) -> None:
    clock = ManualClock()
    for number in range(LEAST_SAMPLES - 1):
        await ran(store, clock, f"job{number}", 3.0)
    estimates = Estimates(store, clock)
    assert await estimates.run_seconds(REQUEST) == DEFAULT_SECONDS["high"]
    assert await estimates.run_seconds(replace(REQUEST, count=3)) == DEFAULT_SECONDS["high"] + 10


async def test_from_twenty_samples_three_of_four_stay_within_the_estimate(store: SqlStore) -> None:
    clock = ManualClock()
    for number in range(LEAST_SAMPLES):
        await ran(store, clock, f"job{number}", float(number + 1))
    estimates = Estimates(store, clock)
    assert await estimates.run_seconds(REQUEST) == 15.0
    other = replace(REQUEST, quality="low")
    assert await estimates.run_seconds(other) == DEFAULT_SECONDS["low"], "each kind of job has its own"


async def test_an_estimate_is_kept_for_a_minute_and_then_learns(store: SqlStore) -> None:
    clock = ManualClock()
    estimates = Estimates(store, clock)
    assert await estimates.run_seconds(REQUEST) == DEFAULT_SECONDS["high"]
    for number in range(LEAST_SAMPLES):
        await ran(store, clock, f"job{number}", 5.0)
    assert await estimates.run_seconds(REQUEST) == DEFAULT_SECONDS["high"]
    clock.advance(timedelta(minutes=1, seconds=1).total_seconds())
    assert await estimates.run_seconds(REQUEST) == 5.0
