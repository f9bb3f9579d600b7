"""Places in line: who waits, behind whom, and which members are to be told of a move, whichever processes ask."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import cast

from bot.domain.errors import OutOfCredit
from bot.domain.fairness import Limits
from bot.domain.job import Job, JobStatus
from bot.service.line import CROWD, Line
from bot.service.ports import Announcer
from bot.storage.queue import SqlQueue
from bot.storage.store import SqlStore
from tests.clocks import LeapingClock
from tests.storage.examples import FREELY, MEMBER, NOON, admit, bring_to, claim
from tests.storage.test_turns import queued

ONE = replace(FREELY, in_all=1)
A_WHILE = timedelta(seconds=10)
NOBODY = cast("Announcer", None)
"""None is told of anything here."""


def queue_of(store: SqlStore, limits: Limits = ONE) -> SqlQueue:
    return SqlQueue(store.database, limits)


async def moved(store: SqlStore, seconds: float = 0, *, most: int = 9, limits: Limits = ONE) -> Sequence[Job]:
    now = NOON + timedelta(seconds=seconds)
    return await queue_of(store, limits).moved(now, most, not_since=now - A_WHILE)


async def told(store: SqlStore, seconds: float = 0, *, most: int = 9, limits: Limits = ONE) -> list[tuple[str, int]]:
    jobs = await moved(store, seconds, most=most, limits=limits)
    return [(job.id, job.told_ahead) for job in jobs if job.told_ahead is not None]


async def test_the_line_has_those_who_wait_and_could_not_begin_now(store: SqlStore) -> None:
    mine = await queued(store, 3, age=1)
    [theirs] = await queued(store, member=1)
    assert await queue_of(store, FREELY).line(NOON, CROWD) == []
    # One of mine would begin at once, and then it is their turn.
    assert await queue_of(store).line(NOON, CROWD) == [theirs, *mine[1:]]
    first, *others = await queue_of(store).line(NOON, 1)
    assert (first, set(others)) == (theirs, set(mine[1:]))
    assert [each.id for each in (await claim(store, "me", limits=ONE)).jobs] == mine[:1]
    assert await queue_of(store).line(NOON, CROWD) == [theirs, *mine[1:]]
    await store.cancel(mine[1], MEMBER, NOON)
    assert await queue_of(store).line(NOON, CROWD) == [theirs, mine[2]]
    assert await queue_of(store).line(NOON + timedelta(hours=1, seconds=1), CROWD) == []  # handed out, to be ended


async def test_who_is_still_staging_has_a_place(store: SqlStore) -> None:
    await bring_to(store, JobStatus.SUBMITTING, "me")
    staging = await admit(store, created_at=NOON)
    assert await queue_of(store).line(NOON, CROWD) == [staging.id]


async def test_each_move_is_told_once_and_never_twice_in_a_while(store: SqlStore) -> None:
    await bring_to(store, JobStatus.SUBMITTING, "me")
    first, second, third = await queued(store, 3)
    for job_id in (first, second):
        await store.answered(job_id, 1, told_ahead=None)
    await store.answered(third, 1, told_ahead=2)  # by its first card
    assert await told(store) == [(first, 0), (second, 1)]
    assert await told(store, 60) == []
    await store.cancel(first, MEMBER, NOON)
    assert await told(store, 60.1, most=1) == [(second, 0)]
    assert await told(store, 60.2) == [(third, 1)]
    await store.cancel(second, MEMBER, NOON)
    assert await told(store, 65) == []  # third was told a moment ago
    assert await told(store, 71) == [(third, 0)]
    job = await store.job(third)
    assert job is not None
    assert job.told_ahead == 0


async def test_of_processes_that_ask_at_once_one_tells(store: SqlStore) -> None:
    await bring_to(store, JobStatus.SUBMITTING, "me")
    waiting = await queued(store, 4)
    for job_id in waiting:
        await store.answered(job_id, 1)
    answers = await asyncio.gather(*(told(store) for _ in range(4)))
    assert sorted(each for answer in answers for each in answer) == sorted(zip(waiting, range(4), strict=True))


async def test_nobody_is_told_without_a_card_or_behind_a_closed_account(store: SqlStore) -> None:
    [waiting] = await queued(store)
    await bring_to(store, JobStatus.SUBMITTING, "me", created_at=NOON)
    assert await told(store) == []
    await store.answered(waiting, 1)
    await queue_of(store).close("operator", NOON, OutOfCredit())
    assert await told(store) == []
    assert await queue_of(store).line(NOON, CROWD) == [waiting]


async def test_whose_card_is_noted_late_hears_that_the_account_was_closed(store: SqlStore) -> None:
    running = await bring_to(store, JobStatus.RUNNING, "me", created_at=NOON)
    [waiting] = await queued(store)
    assert await store.answered(waiting, 1) is None
    await queue_of(store).close("operator", NOON, OutOfCredit())
    assert await store.answered(waiting, 1) == OutOfCredit()
    assert await store.answered(running.id, 2) is None


async def test_a_place_that_was_told_is_with_the_job_when_its_run_begins(store: SqlStore) -> None:
    [waiting] = await queued(store)
    job = (await claim(store, "me")).jobs[0]
    assert (job.id, job.told_ahead) == (waiting, None)
    await store.answered(waiting, 1, told_ahead=0)
    assert (await store.advance(job, JobStatus.SUBMITTING)).told_ahead == 0


async def test_in_a_crowd_who_has_just_come_is_behind_many(store: SqlStore) -> None:
    closed = replace(FREELY, in_all=0)
    line = Line(queue_of(store, closed), store, NOBODY, LeapingClock())
    waiting = await queued(store, CROWD + 1, age=1)
    assert [await line.ahead(waiting[place]) for place in (0, 7, CROWD)] == [0, 7, CROWD]
    [theirs] = await queued(store, member=1)
    assert await line.ahead(theirs) == CROWD, "for a moment"
    assert await queue_of(store, closed).line(NOON, CROWD) == [waiting[0], theirs, *waiting[1:]]
