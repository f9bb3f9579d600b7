"""The figures that tell whether a deployment needs its operator."""

from datetime import timedelta

from bot.domain.errors import OutOfCredit
from bot.domain.job import JobStatus
from bot.domain.prediction import Submission
from bot.service.ports import VitalSigns
from bot.storage.queue import SqlQueue
from bot.storage.store import SqlStore
from bot.storage.vitals import LATEST, SqlVitals
from tests.storage.examples import ANOTHER_MEMBER, FREELY, NOON, PRICE, admit, bring_to, claim_one

MINUTE = timedelta(minutes=1)


async def queued(store: SqlStore, member_id: int, *, minutes: int) -> None:
    """A request that waits, for so long at noon."""
    job = await admit(store, member_id=member_id, created_at=NOON - minutes * MINUTE)
    claimed = await claim_one(store, "me")
    assert claimed.id == job.id
    await store.advance(claimed, JobStatus.QUEUED, owner=None)


async def test_a_deployment_that_is_new_and_well(store: SqlStore) -> None:
    assert await SqlVitals(store.database).read(NOON) == VitalSigns(0, 0, False, 0, None, 0)  # in order


async def test_what_is_spent_or_held_by_day_and_month(store: SqlStore) -> None:
    for days, account in ((0, "operator"), (1, "operator"), (31, "operator"), (0, "guild-1")):
        await admit(store, created_at=NOON - timedelta(days=days), account=account)
    signs = await SqlVitals(store.database).read(NOON)
    assert (signs.spent_today, signs.spent_this_month) == (PRICE, 2 * PRICE)


async def test_who_waits_for_long_unless_for_themselves(store: SqlStore) -> None:
    vitals = SqlVitals(store.database)
    await queued(store, ANOTHER_MEMBER, minutes=7)
    signs = await vitals.read(NOON)
    assert (signs.waiting, signs.waiting_since) == (1, NOON - 7 * MINUTE)
    await bring_to(store, JobStatus.RUNNING, "me", member_id=ANOTHER_MEMBER + 1)
    await queued(store, ANOTHER_MEMBER + 1, minutes=30)
    signs = await vitals.read(NOON)
    assert (signs.waiting, signs.waiting_since) == (2, NOON - 7 * MINUTE)


async def test_no_credit_is_told_and_who_waits_for_it_is_not(store: SqlStore) -> None:
    vitals = SqlVitals(store.database)
    await queued(store, ANOTHER_MEMBER, minutes=30)
    await SqlQueue(store.database, FREELY).close("operator", NOON, OutOfCredit())
    signs = await vitals.read(NOON)
    assert signs.out_of_credit
    assert (signs.waiting, signs.waiting_since) == (0, None)


async def test_runs_that_no_webhook_told_of(store: SqlStore) -> None:
    vitals = SqlVitals(store.database)

    async def run(webhook: str | None) -> None:
        await admit(store)
        job = await claim_one(store, "me")
        job = await store.advance(job, JobStatus.QUEUED)
        submission = Submission(model="m", input={}, webhook=webhook, cancel_after=60)
        job = await store.advance(job, JobStatus.SUBMITTING, submission=submission, submitted_at=NOON)
        job = await store.advance(job, JobStatus.RUNNING, prediction_id=f"p-{job.id}")
        job = await store.advance(job, JobStatus.DELIVERING, cost=0)
        await store.settle(job, JobStatus.SUCCEEDED, NOON, captured=0, pictures=1)

    await run(None)
    assert (await vitals.read(NOON)).unheard == 0, "none was asked for"
    for number in range(1, LATEST + 3):
        await run("https://easel.example.org/webhooks/replicate/job")
        assert (await vitals.read(NOON)).unheard == min(number, LATEST)
    await store.received("one", NOON - MINUTE)
    assert (await vitals.read(NOON)).unheard == LATEST, "that was of an earlier one"
    await store.received("two", NOON)
    assert (await vitals.read(NOON)).unheard == 0
