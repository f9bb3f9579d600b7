"""What is marked to be removed of a member's, and what of it is done."""

from dataclasses import replace
from datetime import timedelta

from bot.domain.job import JobStatus
from bot.domain.ledger import EntryKind
from bot.domain.report import Decision, Report
from bot.domain.trail import Action
from bot.service.ports import Purge, Purged
from bot.storage.purges import SqlPurges
from bot.storage.reports import SqlReports
from bot.storage.store import SqlStore
from bot.storage.trail import SqlTrail
from tests.service.planted import insert
from tests.storage.examples import ANOTHER_MEMBER, GUILD, MEMBER, NOON, a_job, admit

LATER = NOON + timedelta(hours=1)


async def result(store: SqlStore, *, hours: int = 0, **changes: object) -> str:
    at = NOON - timedelta(hours=hours)
    job = a_job(created_at=at)
    ended = replace(job, status=JobStatus.SUCCEEDED, finished_at=at, cost=1, pictures=1, kept_until=LATER)
    await insert(store, replace(ended, **changes), EntryKind.CAPTURE)  # type: ignore[arg-type] # names are checked by the class
    return job.id


async def test_a_purge_marks_what_is_theirs_and_is_done_when_all_of_it_is(store: SqlStore) -> None:
    purges, reports = SqlPurges(store.database), SqlReports(store.database)
    recent, old = await result(store), await result(store, hours=48)
    await result(store, guild_id=GUILD + 1)
    await result(store, member_id=ANOTHER_MEMBER)
    await result(store, pictures=0, status=JobStatus.FAILED)
    running = (await admit(store)).id
    await reports.file(recent, GUILD, Report(ANOTHER_MEMBER, NOON), threshold=9, moderator=False)

    wish = Purge(GUILD, MEMBER, made_by=50, made_at=NOON, since=NOON - timedelta(hours=1), reason="spam")
    assert await purges.count(GUILD, MEMBER, wish.since) == 2
    assert await purges.count(GUILD, MEMBER, None) == 3
    assert await purges.count(GUILD, 1234, None) == 0
    begun = await purges.begin(wish)
    assert begun.id is not None
    assert begun == replace(wish, id=begun.id, results=2)
    nothing_left = await purges.begin(wish)
    assert (nothing_left.id, nothing_left.results, nothing_left.done_at) == (None, 0, NOON)
    assert [each.id for each in await purges.jobs(begun.id)] == [recent], "what runs has to end before"
    job = await store.job(running)
    assert job is not None
    assert job.cancel is not None
    kept = await store.job(recent)
    assert kept is not None
    assert kept.kept_until is None, "it is no longer offered in /jobs"
    case = await reports.case(recent)
    assert case is not None
    assert (case.decision, case.decided_by) == (Decision.REMOVED, 50)

    await purges.purged(recent, Purged.REMOVED)
    assert [each.left for each in await purges.unfinished()] == [1]
    await purges.purged(running, Purged.CANCELED)
    for _ in range(2):
        await purges.finish(begun.id, LATER)
    done = await purges.purge(begun.id)
    assert done == replace(begun, done_at=LATER, counts=((Purged.REMOVED, 1), (Purged.CANCELED, 1)))
    assert await purges.unfinished() == []
    entries = await SqlTrail(store.database).entries(GUILD, 10)
    assert [(each.action, each.actor_id, each.subject_id, each.reason, each.after) for each in entries] == [
        (Action.PURGE, 50, MEMBER, "spam", {"removed": 1, "canceled": 1}),
        (Action.PURGE, 50, MEMBER, "spam", {"results": 2, "since_at": "2026-11-23T11:00:00+00:00"}),
    ]
    assert [each.id for each in await purges.jobs((await purges.begin(replace(wish, since=None))).id or 0)] == [old]
