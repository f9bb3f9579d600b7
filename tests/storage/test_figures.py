"""How a deployment stands, as its database tells."""

from datetime import timedelta

from bot.domain.audit import Difference, DifferenceKind
from bot.domain.errors import OutOfCredit
from bot.domain.job import JobStatus
from bot.service.nightly import DIFFERENCE, RECONCILIATION
from bot.storage.figures import SqlFigures
from bot.storage.occasions import SqlOccasions
from bot.storage.queue import SqlQueue
from bot.storage.store import SqlStore
from tests.storage.examples import FREELY, NOON, PRICE, admit, bring_to

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


async def test_of_nothing(store: SqlStore) -> None:
    figures = await SqlFigures(store.database).figures(NOON)
    assert (figures.jobs, figures.waiting, figures.oldest_wait, figures.held) == ({}, 0, None, 0)
    assert (figures.committed_today, figures.committed_this_month) == (0, 0)
    assert figures.closed_accounts == {True: 0, False: 0}
    assert (figures.reconciled_at, figures.new_differences) == (None, {})
    assert figures.database_bytes > 0


async def test_of_jobs_in_every_status_and_of_what_they_cost(store: SqlStore) -> None:
    await bring_to(store, JobStatus.SUCCEEDED)
    await bring_to(store, JobStatus.RUNNING, owner="me")
    yesterday = NOON - DAY
    await admit(store, status=JobStatus.QUEUED, created_at=yesterday)
    await admit(store, status=JobStatus.QUEUED, created_at=NOON - MINUTE)
    await admit(store, status=JobStatus.QUEUED, account="a-guilds", created_at=NOON)
    figures = await SqlFigures(store.database).figures(NOON)
    assert figures.jobs == {JobStatus.RUNNING: 1, JobStatus.QUEUED: 3}
    assert (figures.waiting, figures.oldest_wait) == (3, DAY.total_seconds())
    assert figures.held == 3 * PRICE
    assert figures.committed_today == 3 * PRICE, "captured or held, of today's requests"
    assert figures.committed_this_month == 4 * PRICE


async def test_of_accounts_that_are_closed(store: SqlStore) -> None:
    queue = SqlQueue(store.database, FREELY)
    for account in ("operator", "a-guilds", "anothers"):
        await queue.close(account, NOON, OutOfCredit())
    assert (await SqlFigures(store.database).figures(NOON)).closed_accounts == {True: 1, False: 2}


async def test_of_the_last_reconciliation_that_came_to_its_end(store: SqlStore) -> None:
    occasions, figures = SqlOccasions(store.database), SqlFigures(store.database)

    async def reconcile(days_ago: int, *kinds: DifferenceKind, done: bool = True) -> None:
        at = NOON - days_ago * DAY
        night = f"{RECONCILIATION}{at.date()}"
        await occasions.claim(night, at, HOUR)
        for kind in kinds:
            difference = Difference(kind, "operator", at, prediction_id=f"run-{days_ago}")
            await occasions.claim(f"{DIFFERENCE}{difference.key}", at + MINUTE, HOUR)
        if done:
            await occasions.done(night)

    await reconcile(2, DifferenceKind.STRAY, DifferenceKind.NO_JOB)
    await reconcile(1, DifferenceKind.CAPTURED)
    found = await figures.figures(NOON)
    assert (found.reconciled_at, found.new_differences) == (NOON - DAY, {DifferenceKind.CAPTURED: 1})

    await reconcile(0, done=False)
    assert (await figures.figures(NOON)).reconciled_at == NOON - DAY, "one that is under way has found nothing yet"
