"""Reviews in both databases: a job waits for one decision, however many press at once."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.errors import Canceled, EaselError, ReviewExpired, ReviewRejected
from bot.domain.fairness import PATIENCE, Limits
from bot.domain.job import Job, JobStatus
from bot.domain.moderation import Oversight, ReviewStage
from bot.domain.review import WAITING, Decision
from bot.domain.trail import Action
from bot.service.ports import Fenced
from bot.storage.processes import SqlProcesses
from bot.storage.queue import SqlQueue
from bot.storage.reviews import SqlReviews
from bot.storage.store import SqlStore
from bot.storage.trail import SqlTrail
from tests.storage.examples import ANOTHER_MEMBER, GUILD, MEMBER, NOON, PRICE, admit, bring_to, claim

CLOSED = Limits(per_member=0, per_guild=0, in_all=0)  # nothing has a turn
REVIEWER = MEMBER + 100
UNTIL = NOON + timedelta(days=1)
BOTH = Oversight(review=frozenset(ReviewStage))
REQUEST, RESULT = ReviewStage.REQUEST, ReviewStage.RESULT


async def opened(store: SqlStore, stage: ReviewStage = REQUEST, *, posted: bool = True, owner: str = "me") -> Job:
    """A job that waits at this stage."""
    before = JobStatus.STAGING if stage is REQUEST else JobStatus.DELIVERING
    job = await bring_to(store, before, owner, oversight=BOTH)
    if stage is RESULT:
        job = await store.advance(job, before, cost=PRICE)
    reviews = SqlReviews(store.database)
    job, review = await reviews.open(job, stage, NOON, UNTIL)
    assert (job.status, job.owner) == (WAITING[stage], owner)
    assert (review.opened_at, review.expires_at, review.decision) == (NOON, UNTIL, None)
    if posted:
        await reviews.posted(job, stage, (1, 2), NOON)
    return await now(store, job)


async def now(store: SqlStore, job: Job) -> Job:
    found = await store.job(job.id)
    assert found is not None
    return found


async def test_of_many_who_decide_at_once_one_decides(store: SqlStore) -> None:
    reviews = SqlReviews(store.database)
    job = await opened(store)
    decided = await asyncio.gather(
        *(
            reviews.decide(
                job.id,
                REQUEST,
                Decision.APPROVED if number % 2 else Decision.REJECTED,
                NOON + timedelta(seconds=number),
                by=REVIEWER + number,
                reason=f"because of {number}",
            )
            for number in range(8)
        )
    )
    assert sum(decided) == 1
    first = decided.index(True)
    found = await reviews.review(job.id, REQUEST)
    assert found is not None
    assert (found[0].decided_by, found[0].reason) == (REVIEWER + first, f"because of {first}")
    assert found[1].status is (JobStatus.QUEUED if first % 2 else JobStatus.DELIVERING)
    [entry] = await SqlTrail(store.database).entries(GUILD, 10)
    assert (entry.actor_id, entry.subject_id, entry.job_id) == (REVIEWER + first, MEMBER, job.id)
    assert entry.action is (Action.APPROVE if first % 2 else Action.REJECT)


@pytest.mark.parametrize("stage", ReviewStage)
async def test_where_a_job_goes_on_by_each_decision(store: SqlStore, stage: ReviewStage) -> None:
    failures: dict[Decision, EaselError | None] = {
        Decision.APPROVED: None,
        Decision.REJECTED: ReviewRejected("no foxes"),
        Decision.EXPIRED: ReviewExpired(),
        Decision.CANCELED: Canceled(by_moderator=True),
    }
    reviews = SqlReviews(store.database)
    for decision, failure in failures.items():
        job = await opened(store, stage)
        assert (await claim(store, "another", NOON + 2 * PATIENCE)).jobs == [], "it waits for a reviewer alone"
        by = REVIEWER if decision in {Decision.APPROVED, Decision.REJECTED} else None
        if decision is Decision.CANCELED:
            assert await store.cancel(job.id, ANOTHER_MEMBER, NOON)
        assert await reviews.decide(job.id, stage, decision, NOON, by=by, reason="no foxes" if failure else "")
        job = await now(store, job)
        assert job.failure == failure
        assert job.owner is None
        queued = failure is None and stage is REQUEST
        assert job.status is (JobStatus.QUEUED if queued else JobStatus.DELIVERING)
        assert job.cost == (PRICE if stage is RESULT else None if queued else 0)
        assert job.approved_at == (NOON if queued else None)
        assert job.cleared_at == (None if queued else NOON)
        assert [each.id for each in (await claim(store, "another")).jobs] == [job.id]
    entries = await SqlTrail(store.database).entries(GUILD, 10)
    decisions = [entry.action for entry in entries if (entry.after or {}).get("stage") == stage]
    assert decisions == [Action.EXPIRE, Action.REJECT, Action.APPROVE], "a cancellation is no reviewer's"


async def test_a_job_whose_card_was_not_posted_is_taken_over_and_one_that_is_canceled(store: SqlStore) -> None:
    unposted, waits = await opened(store, posted=False), await opened(store)
    canceled = await opened(store, RESULT)
    await SqlProcesses(store.database).leave("me")
    assert await store.cancel(canceled.id, MEMBER, NOON)
    claimed = await claim(store, "another", limits=CLOSED)
    assert {each.id for each in claimed.jobs} == {unposted.id, canceled.id}
    [adopted] = [each for each in claimed.jobs if each.id == unposted.id]
    reviews = SqlReviews(store.database)
    again, review = await reviews.open(adopted, REQUEST, NOON + PATIENCE, UNTIL + PATIENCE)
    assert (review.opened_at, review.expires_at) == (NOON, UNTIL), "it was open already"
    await reviews.posted(again, REQUEST, None, NOON)
    assert (await claim(store, "another", limits=CLOSED)).jobs == []
    assert {each.id for _, each in (await reviews.waiting(GUILD, 10)).shown} == {unposted.id, waits.id, canceled.id}
    assert (await reviews.waiting(GUILD, 1)).total == 3
    assert (await reviews.waiting(GUILD + 1, 1)).total == 0


async def test_a_decision_while_the_card_is_being_posted(store: SqlStore) -> None:
    """From the list, for one: the card is still to say so, and the process that posts it has lost the job."""
    reviews = SqlReviews(store.database)
    job = await opened(store, posted=False)
    assert await reviews.decide(job.id, REQUEST, Decision.APPROVED, NOON, by=REVIEWER)
    assert await reviews.unclosed(10) == [], "there is no card"
    await reviews.posted(job, REQUEST, (1, 2), NOON)
    [(review, _)] = await reviews.unclosed(10)
    assert (review.job_id, review.channel_id, review.message_id) == (job.id, 1, 2)
    await reviews.closed(job.id, REQUEST, NOON)
    assert await reviews.unclosed(10) == []
    with pytest.raises(Fenced):
        await store.advance(job, JobStatus.QUEUED)
    assert (await now(store, job)).status is JobStatus.QUEUED


async def test_what_lasts_too_long_is_due_and_what_was_given_up_is_decided_by_nobody(store: SqlStore) -> None:
    reviews = SqlReviews(store.database)
    job = await opened(store)
    assert await reviews.due(UNTIL - timedelta(microseconds=1), 10) == []
    assert [each.job_id for each in await reviews.due(UNTIL, 10)] == [job.id]
    given_up = await opened(store, posted=False)
    await store.advance(given_up, JobStatus.DELIVERING)
    assert not await reviews.decide(given_up.id, REQUEST, Decision.APPROVED, NOON, by=REVIEWER)
    assert [each.job_id for each in await reviews.due(UNTIL, 10)] == [job.id]
    assert await SqlTrail(store.database).entries(GUILD, 10) == []


async def test_who_is_trusted(store: SqlStore) -> None:
    reviews, trail = SqlReviews(store.database), SqlTrail(store.database)
    job = await opened(store)
    assert not await reviews.trusts(GUILD, MEMBER)
    assert await reviews.decide(job.id, REQUEST, Decision.APPROVED, NOON, by=REVIEWER, trust=True)
    assert (await now(store, job)).oversight.review == frozenset(), "nor is this job's result reviewed"
    assert await reviews.trusts(GUILD, MEMBER)
    assert not await reviews.trusts(GUILD + 1, MEMBER)
    assert not await reviews.trust(GUILD, MEMBER, by=REVIEWER, now=NOON)
    later = NOON + timedelta(seconds=1)
    assert await reviews.trust(GUILD, ANOTHER_MEMBER, by=REVIEWER, now=later)
    assert [(each.member_id, each.since) for each in await reviews.trusted(GUILD)] == [
        (MEMBER, NOON),
        (ANOTHER_MEMBER, later),
    ]
    assert await reviews.distrust(GUILD, MEMBER, by=REVIEWER, now=later)
    assert not await reviews.distrust(GUILD, MEMBER, by=REVIEWER, now=later)
    assert not await reviews.trusts(GUILD, MEMBER)
    entries = [(each.action, each.subject_id, each.actor_id) for each in await trail.entries(GUILD, 10)]
    assert entries == [
        (Action.DISTRUST, MEMBER, REVIEWER),
        (Action.TRUST, ANOTHER_MEMBER, REVIEWER),
        (Action.TRUST, MEMBER, REVIEWER),
        (Action.APPROVE, MEMBER, REVIEWER),
    ]


async def test_a_job_that_waited_for_reviewers_has_its_whole_patience_in_the_queue(store: SqlStore) -> None:
    reviews = SqlReviews(store.database)
    job = await opened(store)
    approved_at = NOON + 20 * PATIENCE
    assert await reviews.decide(job.id, REQUEST, Decision.APPROVED, approved_at, by=REVIEWER)
    in_time = approved_at + PATIENCE - timedelta(microseconds=1)
    assert (await claim(store, "me", in_time, limits=CLOSED)).jobs == []
    assert list(await SqlQueue(store.database, CLOSED).line(in_time, 9)) == [job.id]
    assert [each.id for each in (await claim(store, "me", approved_at + PATIENCE, limits=CLOSED)).jobs] == [job.id]
    fresh = await admit(store, status=JobStatus.QUEUED, created_at=approved_at)
    assert list(await SqlQueue(store.database, CLOSED).line(in_time, 9)) == [fresh.id]
