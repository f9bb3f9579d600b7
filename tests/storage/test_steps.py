"""A job takes only the steps that there are, from its owner, and ends once."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from bot.domain.errors import SafetyRefusal, UnknownChoice
from bot.domain.job import TRANSITIONS, Job, JobStatus
from bot.domain.prediction import Prediction, PredictionStatus, Submission, Tokens
from bot.domain.request import InputImage
from bot.service.ports import Fenced, PredictionTaken, Usage
from bot.storage.processes import SqlProcesses
from bot.storage.store import SqlStore
from tests.storage.examples import ENDED, LIVE, MEMBER, NOON, PRICE, admit, bring_to, claim_one, outcome

ALLOWED = [(start, to) for start in JobStatus for to in sorted(TRANSITIONS[start])]
FORBIDDEN = {start: [to for to in JobStatus if to != start and to not in TRANSITIONS[start]] for start in JobStatus}


async def take(store: SqlStore, job: Any, to: JobStatus) -> Any:
    if to.ended:
        return await store.settle(job, to, NOON, captured=PRICE, pictures=1)
    return await store.advance(job, to)


@pytest.mark.parametrize(("start", "to"), ALLOWED)
async def test_steps_that_there_are(store: SqlStore, start: JobStatus, to: JobStatus) -> None:
    job = await bring_to(store, start)
    after = await take(store, job, to)
    assert after.status is to
    assert await store.job(job.id) == after


@pytest.mark.parametrize("start", JobStatus)
async def test_steps_that_there_are_not(store: SqlStore, start: JobStatus) -> None:
    job = await bring_to(store, start)
    assert FORBIDDEN[start]
    for to in FORBIDDEN[start]:
        with pytest.raises(ValueError, match=f"{start} to {to}"):
            await take(store, job, to)
    assert await store.job(job.id) == job


@pytest.mark.parametrize("end", ENDED)
async def test_advance_ends_no_job(store: SqlStore, end: JobStatus) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    with pytest.raises(ValueError, match=str(end)):
        await store.advance(job, end)
    assert await store.job(job.id) == job


@pytest.mark.parametrize("to", LIVE)
async def test_settle_ends_a_job_or_does_nothing(store: SqlStore, to: JobStatus) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    with pytest.raises(ValueError, match=str(to)):
        await store.settle(job, to, NOON, captured=1, pictures=1)
    assert await store.job(job.id) == job


async def test_what_a_step_found_out_is_kept(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.STAGING)
    changes = {
        "message_id": 77,
        "inputs": (InputImage("job/0", "fox.png", "image/png", 10, 2, 3),),
        "submission": Submission("openai/gpt-image-2", {"prompt": "a fox", "number_of_images": 2}, None, 300),
        "submitted_at": NOON + timedelta(seconds=1, microseconds=3),
        "prediction_id": "p1",
        "prediction": Prediction(
            "p1",
            PredictionStatus.FAILED,
            input={"prompt": "a fox"},
            output=("https://replicate.delivery/1.png",),
            failure=UnknownChoice("quality", "best", ("low", "high")),
            tokens=Tokens(1, None, 3),
            completed_at=NOON,
        ),
        "failure": SafetyRefusal(),
        "run_seconds": 38.8,
        "cost": PRICE,
    }
    after = await store.advance(job, JobStatus.QUEUED, **changes)
    assert {name: getattr(after, name) for name in changes} == changes
    assert await store.job(job.id) == after
    assert await store.job_of_prediction("p1") == after
    assert await store.job_of_prediction("p2") is None


async def test_a_step_may_take_back_what_one_before_it_noted(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.QUEUED)
    submission = Submission("openai/gpt-image-2", {}, None, 300)
    job = await store.advance(job, JobStatus.SUBMITTING, submission=submission, submitted_at=NOON)
    job = await store.advance(job, JobStatus.QUEUED, submission=None, submitted_at=None)
    assert (job.submission, job.submitted_at) == (None, None)
    assert await store.job(job.id) == job


async def test_changes_within_a_status(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.RUNNING)
    after = await store.advance(job, JobStatus.RUNNING, message_id=5)
    assert (after.status, after.message_id) == (JobStatus.RUNNING, 5)


async def test_only_fields_of_a_job_that_change(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.STAGING)
    for name in ("massage_id", "member_id", "id", "status", "hold", "created_at", "finished_at", "claimed_at"):
        changes: dict[str, Any] = {name: None}
        with pytest.raises(TypeError, match=name):
            await store.advance(job, JobStatus.QUEUED, **changes)
    assert await store.job(job.id) == job


async def test_a_step_sees_what_was_noted_meanwhile(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.STAGING)
    await store.answered(job.id, 99)
    assert (await store.advance(job, JobStatus.QUEUED)).message_id == 99


@pytest.mark.parametrize("owner", ["another", "", None])
async def test_a_job_is_its_owners_alone(store: SqlStore, owner: str | None) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    with pytest.raises(Fenced):
        await store.advance(replace(job, owner=owner), JobStatus.DELIVERING, message_id=1)
    with pytest.raises(Fenced):
        await store.settle(replace(job, owner=owner), JobStatus.FAILED, NOON, captured=1, pictures=0)
    assert await store.job(job.id) == job


async def test_a_job_without_an_owner_takes_no_step(store: SqlStore) -> None:
    job = await admit(store)
    with pytest.raises(Fenced):
        await store.advance(job, JobStatus.QUEUED)
    assert await store.job(job.id) == job


async def test_a_step_may_give_the_job_up(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.STAGING)
    given_up = await store.advance(job, JobStatus.QUEUED, owner=None)
    assert (given_up.owner, given_up.claimed_at) == (None, None)
    for left, step in ((job, JobStatus.QUEUED), (given_up, JobStatus.SUBMITTING)):
        with pytest.raises(Fenced):
            await store.advance(left, step)
    assert (await claim_one(store, "another")).status is JobStatus.QUEUED


async def test_whoever_lost_a_job_is_fenced_off(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    await SqlProcesses(store.database).leave("me")
    later = NOON + timedelta(seconds=1)
    theirs = await claim_one(store, "another", later)
    for step in (
        store.advance(job, JobStatus.DELIVERING, message_id=1),
        store.settle(job, JobStatus.SUCCEEDED, later, captured=1, pictures=1),
    ):
        assert isinstance(await outcome(step), Fenced)
    ended = await store.settle(theirs, JobStatus.FAILED, later, captured=None, pictures=0)
    assert await store.job(job.id) == ended


async def test_a_job_that_has_moved_on_takes_no_step_from_where_it_was(store: SqlStore) -> None:
    old = await bring_to(store, JobStatus.QUEUED)
    await store.advance(old, JobStatus.SUBMITTING)
    with pytest.raises(Fenced):
        await store.advance(old, JobStatus.SUBMITTING)


async def test_of_two_same_steps_at_once_one_is_taken(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.QUEUED)
    steps = (outcome(store.advance(job, JobStatus.SUBMITTING)) for _ in range(5))
    assert sum(isinstance(each, Fenced) for each in await asyncio.gather(*steps)) == 4


async def test_a_prediction_has_one_job(store: SqlStore) -> None:
    first = await bring_to(store, JobStatus.SUBMITTING)
    await store.advance(first, JobStatus.RUNNING, prediction_id="p")
    second = await bring_to(store, JobStatus.SUBMITTING)
    with pytest.raises(PredictionTaken):
        await store.advance(second, JobStatus.RUNNING, prediction_id="p")
    assert await store.job(second.id) == second
    await store.advance(second, JobStatus.RUNNING, prediction_id="q")


async def test_of_two_jobs_that_would_have_a_prediction_at_once_one_gets_it(store: SqlStore) -> None:
    jobs = [await bring_to(store, JobStatus.SUBMITTING) for _ in range(4)]
    steps = (outcome(store.advance(job, JobStatus.RUNNING, prediction_id="p")) for job in jobs)
    outcomes = await asyncio.gather(*steps)
    [taker] = [each for each in outcomes if isinstance(each, Job)]
    assert sum(isinstance(each, PredictionTaken) for each in outcomes) == 3
    assert await store.job_of_prediction("p") == taker


async def test_an_end_with_a_capture(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING, pictures=2)
    after = await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=90_000, pictures=2)
    assert (after.cost, after.pictures, after.finished_at) == (90_000, 2, NOON)
    assert await store.job(job.id) == after
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage(2, 1, 90_000)


async def test_an_end_with_a_release(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING, pictures=2)
    after = await store.settle(job, JobStatus.FAILED, NOON, captured=None, pictures=0)
    assert (after.cost, after.pictures, after.finished_at) == (0, 0, NOON)
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage()


async def test_no_job_ends_twice(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    ends = (
        outcome(store.settle(job, end, NOON, captured=captured, pictures=1))
        for end in ENDED
        for captured in (None, 1, 2)
    )
    outcomes = await asyncio.gather(*ends)
    [settled] = [each for each in outcomes if not isinstance(each, Fenced)]
    assert await store.job(job.id) == settled


async def test_an_end_whose_entry_fails_is_no_end(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.DELIVERING)
    with pytest.raises(IntegrityError):
        await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=-1, pictures=1)
    assert await store.job(job.id) == job
    await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=1, pictures=1)


async def test_where_the_message_is(store: SqlStore) -> None:
    job = await admit(store)
    await store.answered(job.id, 88)
    stored = await store.job(job.id)
    assert stored is not None
    assert stored.message_id == 88
