"""What the card promises comes from what such jobs really took here."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.account import Billing
from bot.domain.fairness import Limits
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.domain.quota import Quota
from bot.domain.request import ImageRequest
from bot.service.estimates import DEFAULT_SECONDS, LEAST_SAMPLES, Estimates
from bot.storage.cipher import Cipher, load_or_make_keys
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
    cipher = Cipher.from_key(*load_or_make_keys(tmp_path / "secret.key"))
    url = f"sqlite+aiosqlite:///{tmp_path / 'easel.db'}"
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    await SqlProcesses(store.database).join("here")
    yield store
    await store.close()


def a_job(name: str, clock: ManualClock, billing: Billing = Billing.PICTURE, request: ImageRequest = REQUEST) -> Job:
    return Job(
        id=name, status=JobStatus.QUEUED, account="operator", billing=billing, member_id=1, guild_id=None,
        request=request, answer=ANSWER, hold=100, created_at=clock.now(),
    )  # fmt: skip


async def ran(
    store: SqlStore, clock: ManualClock, name: str, seconds: float, *, cost: int = 1, billing: Billing = Billing.PICTURE
) -> None:
    """A job that was made, ran for so long and did cost that much."""
    job = a_job(name, clock, billing)
    await store.admit(job, Quota(), clock.now())
    (job,) = (await SqlQueue(store.database, Limits()).claim("here", clock.now(), 10)).jobs
    job = await store.advance(job, JobStatus.SUBMITTING, submission=Submission("m", {}, None, 60))
    job = await store.advance(job, JobStatus.RUNNING, prediction_id=name)
    end = Prediction(name, PredictionStatus.SUCCEEDED)
    job = await store.advance(job, JobStatus.DELIVERING, prediction=end, run_seconds=seconds)
    await store.settle(job, JobStatus.SUCCEEDED, clock.now(), captured=cost, pictures=1)
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


async def test_from_twenty_samples_a_cost_is_what_half_of_them_cost_by_the_way_they_are_billed(store: SqlStore) -> None:
    clock = ManualClock()
    for number in range(LEAST_SAMPLES - 1):
        await ran(store, clock, f"job{number}", 3.0, cost=number + 1, billing=Billing.TOKEN)
        await ran(store, clock, f"picture{number}", 3.0, cost=100)
    by_token, by_picture = a_job("next", clock, Billing.TOKEN), a_job("another", clock)
    assert await Estimates(store, clock).cost(by_token) == 100, "the hold, for as long as too few have run"
    await ran(store, clock, "last", 3.0, cost=50, billing=Billing.TOKEN)
    estimates = Estimates(store, clock)
    assert await estimates.cost(by_token) == 11
    assert await estimates.cost(by_picture) == 100
    assert await estimates.cost(replace(by_token, hold=5)) == 5, "it never costs more than is held"
