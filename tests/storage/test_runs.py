"""What the books say of runs at Replicate."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.domain.account import OPERATOR, Billing
from bot.domain.audit import BookedRun
from bot.domain.job import JobStatus
from bot.domain.ledger import EntryKind
from bot.domain.prediction import Prediction, PredictionStatus, Submission
from bot.service.ports import RunPosition, Stray
from bot.storage.runs import SqlRunBooks
from bot.storage.store import SqlStore
from tests.storage.examples import NOON, PRICE, admit, bring_to

MINUTE = timedelta(minutes=1)
MODEL = "openai/gpt-image-2"


@pytest.fixture
def books(store: SqlStore) -> SqlRunBooks:
    return SqlRunBooks(store.database)


async def submitted(store: SqlStore, at: datetime, prediction_id: str | None = None, **details: Any) -> str:
    job = await bring_to(store, JobStatus.QUEUED, **details)
    submission = Submission(MODEL, {}, None, 300)
    job = await store.advance(job, JobStatus.SUBMITTING, submission=submission, submitted_at=at)
    await store.advance(job, JobStatus.RUNNING, prediction_id=prediction_id)
    return job.id


async def test_what_is_said_of_a_run_as_it_comes_to_its_end(store: SqlStore, books: SqlRunBooks) -> None:
    job = await bring_to(store, JobStatus.QUEUED)
    job = await store.advance(
        job, JobStatus.SUBMITTING, submission=Submission(MODEL, {}, None, 300), submitted_at=NOON + MINUTE
    )
    job = await store.advance(job, JobStatus.RUNNING, prediction_id="run")
    running = BookedRun(
        job_id=job.id,
        account=OPERATOR,
        billing=Billing.PICTURE,
        status=JobStatus.RUNNING,
        model=MODEL,
        created_at=NOON,
        submitted_at=NOON + MINUTE,
        cancel_after=300,
        prediction_id="run",
    )
    assert await books.of_predictions(["other", "run"]) == {"run": running}
    assert await books.unfinished(NOON + MINUTE, 10) == [running]
    prediction = Prediction("run", PredictionStatus.SUCCEEDED, output=("a", "b"))
    job = await store.advance(job, JobStatus.DELIVERING, prediction=prediction, cost=2 * PRICE)
    await store.settle(job, JobStatus.SUCCEEDED, NOON + 2 * MINUTE, captured=2 * PRICE, pictures=1)
    ((found),) = (await books.of_predictions(["run"])).values()
    assert (found.status, found.finished_at, found.made) == (JobStatus.SUCCEEDED, NOON + 2 * MINUTE, 2)
    assert (found.entry, found.captured) == (EntryKind.CAPTURE, 2 * PRICE)
    assert await books.unfinished(NOON + MINUTE, 10) == []


@pytest.mark.parametrize(
    ("prediction", "made"),
    [
        (Prediction("run", PredictionStatus.SUCCEEDED), 0),  # the model refused in its way
        (Prediction("run", PredictionStatus.SUCCEEDED, data_removed=True), None),  # asked too late
        (Prediction("run", PredictionStatus.FAILED), None),
    ],
)
async def test_how_many_pictures_came_out(
    store: SqlStore, books: SqlRunBooks, prediction: Prediction, made: int | None
) -> None:
    job = await bring_to(store, JobStatus.RUNNING)
    job = await store.advance(job, JobStatus.DELIVERING, prediction=prediction, prediction_id="run", cost=0)
    await store.settle(job, JobStatus.FAILED, NOON, captured=None, pictures=0)
    (found,) = (await books.of_predictions(["run"])).values()
    assert (found.made, found.entry, found.captured) == (made, EntryKind.RELEASE, 0)


async def test_jobs_by_the_time_of_their_submission_page_by_page(store: SqlStore, books: SqlRunBooks) -> None:
    at = [NOON + minute * MINUTE for minute in (3, 1, 2, 2, 2, 5)]
    ids = [await submitted(store, each) for each in at]
    await submitted(store, NOON + 2 * MINUTE, account="guild-1")
    await admit(store)  # not submitted
    within = sorted(zip(at[:5], ids, strict=False))
    found: list[str] = []
    after = None
    while page := await books.submitted(OPERATOR, NOON + MINUTE, NOON + 5 * MINUTE, 2, after):
        assert len(page) <= 2
        found += [each.job_id for each in page]
        after = RunPosition(page[-1].submitted_at or NOON, page[-1].job_id)
    assert found == [job_id for _, job_id in within]
    assert await books.accounts(NOON) == ["guild-1", OPERATOR]
    assert await books.accounts(NOON + 3 * MINUTE) == [OPERATOR]


async def test_strays_that_are_known(store: SqlStore, books: SqlRunBooks) -> None:
    await store.stray(Stray("p1", OPERATOR, "job", NOON))
    await store.stray(Stray("p3", OPERATOR, "job", NOON))
    assert set(await books.strays(["p1", "p2"])) == {"p1"}
    assert set(await books.strays([])) == set()
