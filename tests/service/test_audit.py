"""The books against Replicate's list of predictions: a real store, a real list, one of each difference."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.demo.replicate_faults import Respond
from bot.demo.replicate_server import ReplicateServer
from bot.domain.account import OPERATOR
from bot.domain.audit import DifferenceKind
from bot.domain.hosts import AllowedHosts
from bot.domain.job import JobStatus
from bot.domain.prediction import PredictionPage
from bot.replicate.client import Credentials, ReplicateClient
from bot.service.audit import STATUS_PATIENCE, Audit
from bot.service.ports import AnswerLost, Predictions, Throttled
from bot.storage.cipher import Cipher
from bot.storage.runs import SqlRunBooks
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store
from tests.clocks import LeapingClock
from tests.replicate.support import accounts_of
from tests.service.planted import MODEL, TOKEN, Plants, plant

PAGE = 4
WEEK = timedelta(days=7)
LIST = "/v1/predictions"


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqlStore]:
    cipher = Cipher.from_key(Fernet.generate_key().decode())
    url = f"sqlite:///{tmp_path / 'easel.db'}"
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    yield store
    await store.close()


@pytest.fixture
async def replicate(clock: LeapingClock) -> AsyncIterator[ReplicateServer]:
    async with ReplicateServer(token=TOKEN, clock=clock, page_size=PAGE, show_webhook=True) as replicate:
        yield replicate


@pytest.fixture
async def client(replicate: ReplicateServer, clock: LeapingClock) -> AsyncIterator[ReplicateClient]:
    accounts = {name: Credentials(SecretStr(TOKEN)) for name in (OPERATOR, "guild-1")}
    hosts = AllowedHosts.parse("127.0.0.1")
    async with ReplicateClient(accounts_of(accounts), hosts, clock, api_url=replicate.url) as client:
        yield client


@pytest.fixture
def audit(store: SqlStore, client: ReplicateClient, clock: LeapingClock) -> Audit:
    base = "https://easel.example/webhooks/replicate"
    patience = timedelta(minutes=10)
    return Audit(SqlRunBooks(store.database), client, clock, webhook_base=base, patience=patience)


async def test_each_difference_is_found_and_nothing_else(
    audit: Audit, store: SqlStore, replicate: ReplicateServer, clock: LeapingClock
) -> None:
    planted = await plant(store, replicate, clock.now())
    report = await audit.reconcile(clock.now() - WEEK)
    told = {each.kind: each.prediction_id if each.prediction_id in {run.id for run in replicate.runs} else each.job_id
            for each in report.differences}  # fmt: skip
    expected = dict(planted)
    unknown = expected.pop(DifferenceKind.UNKNOWN_PREDICTION), told.pop(DifferenceKind.UNKNOWN_PREDICTION)
    assert unknown[0] == unknown[1]
    assert told == expected
    assert len(report.differences) == len(planted), "and each once"
    known = {each.kind for each in report.differences if each.known}
    assert known == {DifferenceKind.STRAY, DifferenceKind.NO_PREDICTION}
    assert report.other_uses == {(OPERATOR, "someone/upscaler"): 3}
    assert report.predictions == len(replicate.runs)
    assert not report.unlisted
    lists = [each for each in replicate.requests if each.path == LIST]
    assert len(lists) == -(-len(replicate.runs) // PAGE)
    looked_up = [each.path for each in replicate.requests if each.path.startswith(f"{LIST}/")]
    assert looked_up == [f"{LIST}/deletedatreplicate"], "none that was on the list"


async def test_nothing_is_changed(
    audit: Audit, store: SqlStore, replicate: ReplicateServer, clock: LeapingClock
) -> None:
    await plant(store, replicate, clock.now())
    before = await _dump(store)
    await audit.reconcile(clock.now() - WEEK)
    assert await _dump(store) == before
    assert {each.method for each in replicate.requests} == {"GET"}


class Flaky:
    """A client that gets each page only at the third time, of which the second is throttled."""

    def __init__(self, client: ReplicateClient) -> None:
        self._client = client
        self._asked: Counter[str | None] = Counter()
        self.get = client.get

    async def page(self, account: str, created_after: datetime, cursor: str | None = None) -> PredictionPage:
        self._asked[cursor] += 1
        match self._asked[cursor]:
            case 1:
                raise AnswerLost("HTTP 502")
            case 2:
                raise Throttled(90)
            case _:
                return await self._client.page(account, created_after, cursor)


def test_every_status_that_a_job_may_be_left_in_has_its_patience() -> None:
    assert STATUS_PATIENCE.keys() == {each for each in JobStatus if not each.ended}


async def test_a_page_that_fails_is_asked_for_again_and_the_list_goes_on_from_there(
    client: ReplicateClient, store: SqlStore, replicate: ReplicateServer, clock: LeapingClock
) -> None:
    planted = await plant(store, replicate, clock.now())
    flaky = cast("Predictions", Flaky(client))
    audit = Audit(SqlRunBooks(store.database), flaky, clock, webhook_base=None, patience=timedelta(minutes=10))
    report = await audit.reconcile(clock.now() - WEEK)
    assert {each.kind for each in report.differences} == planted.keys()
    assert not report.unlisted
    assert report.predictions == len(replicate.runs), "none is seen twice"
    pages = -(-len(replicate.runs) // PAGE)
    assert clock.slept.count(90) == pages, "as late as Replicate says"
    assert len([each for each in replicate.requests if each.path == LIST]) == pages


async def test_a_list_that_stays_out_of_reach_is_told_and_accuses_nobody(
    audit: Audit, store: SqlStore, replicate: ReplicateServer, clock: LeapingClock
) -> None:
    await plant(store, replicate, clock.now())
    replicate.faults.order(Respond(500, "no"), method="GET", path=LIST, times=None)
    report = await audit.reconcile(clock.now() - WEEK)
    assert report.unlisted.keys() == {OPERATOR}
    assert {each.kind for each in report.differences} == {DifferenceKind.NO_END}, "which the clock alone tells"


async def test_jobs_and_runs_at_the_windows_edges(
    audit: Audit, store: SqlStore, replicate: ReplicateServer, clock: LeapingClock
) -> None:
    """A run may be created a moment outside of the window that its job was submitted in, and the other way round."""
    since = clock.now() - timedelta(hours=5)
    plants = Plants(store, replicate, since - timedelta(minutes=1, seconds=1))
    before = plants.run()  # created just before the window begins
    await plants.job(before, submitted_at=since + timedelta(seconds=30))
    inside = plants.run()
    await plants.job(inside, submitted_at=since - timedelta(seconds=30))
    for _ in range(PAGE + 1):  # clocks that are half a minute apart, across pages
        await plants.job(plants.run(), submitted_at=plants._at + timedelta(seconds=31))
        await plants.job(plants.run(), submitted_at=plants._at - timedelta(seconds=31))
    report = await audit.reconcile(since)
    assert not report.differences
    assert not [each for each in replicate.requests if each.path.startswith(f"{LIST}/")]


async def test_what_the_token_is_used_for_beside_easel(
    audit: Audit, store: SqlStore, replicate: ReplicateServer, clock: LeapingClock
) -> None:
    plants = Plants(store, replicate, clock.now() - timedelta(hours=5))
    plants.run(webhook="https://elsewhere.example/hook")
    ours = plants.run(webhook="https://easel.example/webhooks/replicate/0123456789abcdef")
    on_the_site = plants.run()
    replicate.runs[-1].source = "web"
    report = await audit.reconcile(clock.now() - WEEK)
    assert [(each.kind, each.prediction_id) for each in report.differences] == [(DifferenceKind.NO_JOB, ours)]
    assert report.other_uses == {(OPERATOR, MODEL): 2}
    assert on_the_site


async def test_a_guilds_own_account_is_gone_through_for_its_own_jobs(
    audit: Audit, store: SqlStore, replicate: ReplicateServer, clock: LeapingClock
) -> None:
    """Two tokens of one account at Replicate list the same runs: nothing is told twice, nor blamed on the other."""
    plants = Plants(store, replicate, clock.now() - timedelta(hours=5))
    await plants.job(plants.run(), account="guild-1")
    captured = plants.run("failed")
    await plants.job(captured, account="guild-1")
    nobodys = plants.run()
    await plants.job(plants.run(), JobStatus.SUCCEEDED, account="guild-gone")
    report = await audit.reconcile(clock.now() - WEEK)
    assert [(each.kind, each.account, each.prediction_id) for each in report.differences] == [
        (DifferenceKind.CAPTURED, "guild-1", captured),
        (DifferenceKind.NO_JOB, OPERATOR, nobodys),
    ]
    assert report.unlisted == {"guild-gone": "its token is refused, or gone"}


async def _dump(store: SqlStore) -> list[tuple[object, ...]]:
    from sqlalchemy import select

    from bot.storage.moderation_tables import metadata

    async with store.database.read() as connection:
        return [tuple(row) for table in metadata.sorted_tables for row in await connection.execute(select(table))]
