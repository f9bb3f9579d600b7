"""A job is canceled once, for whoever asked first, until it is being delivered."""

import asyncio

import pytest

from bot.domain.job import CancelRequest, JobStatus
from bot.service.ports import Usage
from bot.storage.queue import CANCELABLE
from bot.storage.store import SqlStore
from tests.storage.examples import ANOTHER_MEMBER, MEMBER, NOON, PRICE, admit, bring_to, outcome

TOO_LATE = [status for status in JobStatus if status not in CANCELABLE]


@pytest.mark.parametrize("status", CANCELABLE)
async def test_a_job_can_be_canceled_until_its_run_has_ended(store: SqlStore, status: JobStatus) -> None:
    job = await bring_to(store, status)
    assert await store.cancel(job.id, MEMBER, NOON)
    canceled = await store.job(job.id)
    assert canceled is not None
    assert canceled.cancel == CancelRequest(NOON, by_moderator=False)
    assert (canceled.status, canceled.owner) == (status, "me")  # whose part it is to end it
    assert (await store.advance(job, JobStatus.DELIVERING)).cancel == canceled.cancel


@pytest.mark.parametrize("status", TOO_LATE)
async def test_later_it_is_too_late(store: SqlStore, status: JobStatus) -> None:
    job = await bring_to(store, status)
    assert not await store.cancel(job.id, MEMBER, NOON)
    assert await store.job(job.id) == job


async def test_the_first_who_asks_counts(store: SqlStore) -> None:
    job = await admit(store)
    assert await store.cancel(job.id, ANOTHER_MEMBER, NOON)
    assert not await store.cancel(job.id, MEMBER, NOON)
    canceled = await store.job(job.id)
    assert canceled is not None
    assert canceled.cancel == CancelRequest(NOON, by_moderator=True)


async def test_of_many_who_ask_at_once_one_counts(store: SqlStore) -> None:
    """Also of those that nobody knew before."""
    job = await admit(store)
    askers = [MEMBER + number for number in range(5)] * 2
    asked = await asyncio.gather(*(store.cancel(job.id, asker, NOON) for asker in askers))
    assert sum(asked) == 1


async def test_a_job_that_there_is_not(store: SqlStore) -> None:
    assert not await store.cancel("missing", MEMBER, NOON)


async def test_what_was_held_stays_held_until_the_job_ends(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.STAGING)
    await store.cancel(job.id, MEMBER, NOON)
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage(1, 1, PRICE)
    job = await store.advance(job, JobStatus.DELIVERING)
    await store.settle(job, JobStatus.CANCELED, NOON, captured=None, pictures=0)
    assert (await store.usage(MEMBER, NOON, 0)).today == Usage()


async def test_a_cancellation_and_a_step_at_once(store: SqlStore) -> None:
    """Neither is lost: the end of the run comes first, or the step tells of the cancellation."""
    for _ in range(5):
        job = await bring_to(store, JobStatus.RUNNING)
        asked, after = await asyncio.gather(
            store.cancel(job.id, MEMBER, NOON), store.advance(job, JobStatus.DELIVERING, message_id=5)
        )
        assert asked == (after.cancel is not None)
        assert await store.job(job.id) == after


async def test_a_cancellation_fences_nobody_off(store: SqlStore) -> None:
    job = await bring_to(store, JobStatus.SUBMITTING)
    steps = [outcome(store.advance(job, JobStatus.RUNNING, prediction_id="p")), store.cancel(job.id, MEMBER, NOON)]
    after, asked = await asyncio.gather(*steps)
    assert asked is True
    assert not isinstance(after, Exception)
