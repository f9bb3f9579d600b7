"""Reports and their cases: each person once, the threshold once, one decision, one worker."""

import asyncio
from datetime import timedelta

import pytest

from bot.domain.report import Case, Decision, History, Report, ReportReason, Shown
from bot.domain.trail import Action
from bot.service.ports import Filed
from bot.storage.reports import SqlReports
from bot.storage.store import SqlStore
from bot.storage.trail import SqlTrail
from tests.storage.conftest import Opener
from tests.storage.examples import ANOTHER_MEMBER, GUILD, MEMBER, NOON, admit

LEASE = timedelta(minutes=2)
LATER = NOON + timedelta(minutes=1)
SOMEBODY = ANOTHER_MEMBER


async def file(
    reports: SqlReports, job_id: str, reporter: int, *, threshold: int = 2, moderator: bool = False
) -> Filed:
    report = Report(reporter, NOON, ReportReason.HATEFUL, "look at it", token="token", locale="de")
    return await reports.file(job_id, GUILD, report, threshold=threshold, moderator=moderator)


async def actions(store: SqlStore) -> list[tuple[Action, int | None, int | None]]:
    """Newest first."""
    entries = await SqlTrail(store.database).entries(GUILD, 100)
    return [(each.action, each.actor_id, each.subject_id) for each in entries]


async def test_a_case_is_opened_added_to_and_hidden_once(store: SqlStore) -> None:
    reports, job = SqlReports(store.database), await admit(store)
    first = await file(reports, job.id, SOMEBODY)
    assert (first.new, first.hidden, first.case.due) == (True, False, Shown.PICTURES)
    (said,) = first.case.reports
    assert said == Report(SOMEBODY, NOON, ReportReason.HATEFUL, "look at it", token="token", locale="de")
    again = await file(reports, job.id, SOMEBODY)
    assert (again.new, again.hidden, again.case) == (False, False, first.case)

    second = await file(reports, job.id, SOMEBODY + 1)
    assert (second.new, second.hidden, second.case.due) == (True, True, Shown.HIDDEN)
    assert second.case.revision > first.case.revision
    third = await file(reports, job.id, SOMEBODY + 2, moderator=True)
    assert (third.new, third.hidden) == (True, False)
    assert await actions(store) == [(Action.HIDE, None, MEMBER)], "by the guild's rules, and once"
    assert await reports.case(job.id) == third.case

    other = await admit(store)
    assert (await file(reports, other.id, SOMEBODY, threshold=0, moderator=True)).hidden, "by a moderator at once"
    assert (await actions(store))[0] == (Action.HIDE, SOMEBODY, MEMBER)
    never = await admit(store)
    assert not any([(await file(reports, never.id, SOMEBODY + each, threshold=0)).hidden for each in range(3)])
    assert [each.job_id for each in await reports.undecided(GUILD, 2)] == sorted([job.id, other.id, never.id])[:2]
    assert not await reports.undecided(GUILD + 1, 5)


async def test_reports_at_once_hide_it_once(store: SqlStore, open_another: Opener) -> None:
    job = await admit(store)
    stores = [SqlReports(each.database) for each in (store, await open_another())]
    filed = await asyncio.gather(*(file(stores[each % 2], job.id, SOMEBODY + each // 2) for each in range(6)))
    assert sum(each.new for each in filed) == 3, "three people, each of them twice"
    assert sum(each.hidden for each in filed) == 1
    assert await actions(store) == [(Action.HIDE, None, MEMBER)]


async def test_moderators_at_once_decide_once(store: SqlStore, open_another: Opener) -> None:
    job = await admit(store)
    stores = [SqlReports(each.database) for each in (store, await open_another())]
    await file(stores[0], job.id, SOMEBODY, threshold=1)
    wishes = [Decision.KEPT, Decision.REMOVED] * 2
    decided = await asyncio.gather(
        *(stores[each % 2].decide(job.id, wish, 50 + each, LATER) for each, wish in enumerate(wishes))
    )
    assert sum(first for _, first in decided) == 1
    case = decided[0][0]
    assert [each for each, _ in decided] == [case] * 4, "all are told of the same decision"
    assert case.decision is wishes[(case.decided_by or 0) - 50]
    assert (await actions(store))[0] == (Action.REPORT, case.decided_by, MEMBER)
    assert len(await actions(store)) == 2
    late = await file(stores[0], job.id, SOMEBODY + 1)
    assert (late.new, late.case) == (False, case)
    with pytest.raises(LookupError):
        await stores[0].decide("no such job", Decision.KEPT, 50, LATER)


async def test_what_was_removed_can_be_kept_after_all(store: SqlStore) -> None:
    reports, job = SqlReports(store.database), await admit(store)
    await file(reports, job.id, SOMEBODY)
    assert not await reports.overturn(job.id, 50, LATER)
    await reports.decide(job.id, Decision.REMOVED, 50, LATER)
    await reports.showed(job.id, Shown.REMOVED)
    assert await reports.history(MEMBER, GUILD, NOON) == History(jobs=1, removed=1)
    assert await reports.history(MEMBER, GUILD, LATER) == History(jobs=0, removed=1)
    assert await reports.history(MEMBER, GUILD + 1, NOON) == History(jobs=0, removed=0)
    assert [await reports.overturn(job.id, 51, LATER) for _ in range(2)] == [True, False]
    case = await reports.case(job.id)
    assert case is not None
    assert (case.decision, case.shown, case.due) == (Decision.KEPT, Shown.REMOVED, Shown.PICTURES)
    assert [action for action, _, _ in await actions(store)] == [Action.RESTORE, Action.REPORT]


async def test_a_case_is_one_workers_until_it_is_settled_or_the_lease_is_over(
    store: SqlStore, open_another: Opener
) -> None:
    job = await admit(store)
    ours, theirs = (SqlReports(each.database) for each in (store, await open_another()))
    await file(ours, job.id, SOMEBODY)
    claimed = await asyncio.gather(*(each.claim(NOON, LEASE) for each in (ours, theirs) for _ in range(2)))
    (case,) = [case for each in claimed for case in each]
    assert await theirs.claim(NOON + LEASE / 2, LEASE) == []
    assert await theirs.claim(NOON + LEASE, LEASE) == [case], "whoever had it has died"

    await file(ours, job.id, SOMEBODY + 1)
    await theirs.settled(case)
    (changed,) = await ours.claim(NOON + LEASE, LEASE)
    assert len(changed.reports) == 2, "what came in the meantime is yet to be shown"
    await ours.carded(job.id, 7, 8)
    await ours.showed(job.id, Shown.HIDDEN)
    await ours.told(job.id, SOMEBODY, LATER)
    await ours.told(job.id, None, LATER)
    await ours.settled(changed)
    assert await ours.claim(NOON + 9 * LEASE, LEASE) == []
    case = await ours.case(job.id)
    assert isinstance(case, Case)
    assert (case.channel_id, case.message_id, case.shown, case.member_told_at) == (7, 8, Shown.HIDDEN, LATER)
    assert [(each.told_at, each.token) for each in case.reports] == [(LATER, None), (None, "token")]
