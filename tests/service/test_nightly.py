"""The nightly reconciliation: once a night for all processes, and each difference told once."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from cryptography.fernet import Fernet
from pydantic import SecretStr

from bot.demo.replicate_server import ReplicateServer
from bot.domain.account import OPERATOR
from bot.domain.audit import Difference, DifferenceKind
from bot.domain.hosts import AllowedHosts
from bot.domain.trail import TrailEntry
from bot.replicate.client import Credentials, ReplicateClient
from bot.service.audit import Audit
from bot.service.nightly import LEASE, QUIET, SPREAD, NightlyAudit
from bot.service.ports import Bulletins, Occasion, Occasions, TryLater, Undeliverable
from bot.storage.cipher import Cipher
from bot.storage.occasions import SqlOccasions
from bot.storage.runs import SqlRunBooks
from bot.storage.schema import migrate
from bot.storage.store import SqlStore, open_store
from tests.clocks import LeapingClock
from tests.replicate.support import accounts_of
from tests.service.planted import Plants, plant

KNOWN = {DifferenceKind.STRAY, DifferenceKind.NO_PREDICTION}


class Posted(Bulletins):
    """Takes down what is posted, after the errors that it was given."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.reports: list[Sequence[Difference]] = []

    async def report_differences(self, night: date, differences: Sequence[Difference]) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.reports.append(differences)

    async def post_summary(self, channel_id: int, guild_id: int, month: date) -> bool:
        raise NotImplementedError

    async def post_entries(self, channel_id: int, guild_id: int, entries: Sequence[TrailEntry]) -> None:
        raise NotImplementedError


class Deployment:
    """Processes over one database and one account at Replicate."""

    def __init__(self, directory: Path, stack: AsyncExitStack) -> None:
        self._url = f"sqlite:///{directory / 'easel.db'}"
        self._cipher = Cipher.from_key(Fernet.generate_key().decode())
        self._stack = stack
        self.clock = LeapingClock()
        self.replicate = ReplicateServer(token="t", clock=self.clock)

    async def open(self) -> "Deployment":
        await migrate(self._url, self._cipher)
        await self._stack.enter_async_context(self.replicate)
        return self

    async def store(self) -> SqlStore:
        store = await open_store(self._url, self._cipher)
        self._stack.push_async_callback(store.close)
        return store

    async def process(self, bulletins: Bulletins) -> NightlyAudit:
        store = await self.store()
        client = ReplicateClient(
            accounts_of({OPERATOR: Credentials(SecretStr("t"))}),
            AllowedHosts.parse("127.0.0.1"),
            self.clock,
            api_url=self.replicate.url,
        )
        await self._stack.enter_async_context(client)
        books = SqlRunBooks(store.database)
        audit = Audit(books, client, self.clock, webhook_base=None, patience=timedelta(hours=1))
        return NightlyAudit(audit, SqlOccasions(store.database), bulletins, self.clock, seed=b"seed")

    @property
    def lists(self) -> int:
        """How often the list was asked for."""
        return len([each for each in self.replicate.requests if each.path == "/v1/predictions"])


@pytest.fixture
async def deployment(tmp_path: Path) -> AsyncIterator[Deployment]:
    async with AsyncExitStack() as stack:
        yield await Deployment(tmp_path, stack).open()


async def test_once_a_night_whichever_process_and_each_difference_once(deployment: Deployment) -> None:
    store, posted = await deployment.store(), Posted()
    planted = await plant(store, deployment.replicate, deployment.clock.now())
    one, other = await deployment.process(posted), await deployment.process(posted)
    night = deployment.clock.now().date()
    with structlog.testing.capture_logs() as log:
        await asyncio.gather(one.reconcile(night), other.reconcile(night), one.reconcile(night))
        await (await deployment.process(posted)).reconcile(night)  # after a restart
    assert deployment.lists == 1
    (report,) = posted.reports
    assert {each.kind for each in report} == planted.keys() - KNOWN
    logged = {each["kind"] for each in log if each["event"] == "the books and Replicate differ"}
    assert logged == {kind.value for kind in planted.keys() - KNOWN}
    (summed_up,) = [each for each in log if each["event"] == "the books are reconciled"]
    assert (summed_up["new_differences"], summed_up["known_differences"]) == (len(report), len(KNOWN))

    deployment.clock.advance(86_400)
    new = Plants(store, deployment.replicate, deployment.clock.now() - timedelta(hours=3)).run()
    await asyncio.gather(*(each.reconcile(night + timedelta(days=1)) for each in (one, other)))
    assert deployment.lists == 2
    later = {each.key for each in posted.reports[1]}
    assert f"no_job {new} " in later
    assert not later & {each.key for each in report}, "no old news"

    deployment.clock.advance(86_400)
    await one.reconcile(night + timedelta(days=2))
    assert deployment.lists == 3
    assert len(posted.reports) == 2, "no news, no post"


@pytest.mark.parametrize("errors", [(TryLater(), TryLater()), (Undeliverable(),), (TryLater(),) * 9])
async def test_a_log_channel_in_trouble(deployment: Deployment, errors: tuple[Exception, ...]) -> None:
    posted = Posted(*errors)
    Plants(await deployment.store(), deployment.replicate, deployment.clock.now() - timedelta(hours=3)).run()
    nightly = await deployment.process(posted)
    await nightly.reconcile(date(2026, 11, 20))
    passes = len(errors) == 2
    assert len(posted.reports) == (1 if passes else 0)
    assert len(posted.errors) == (4 if len(errors) == 9 else 0), "it is given up in the end"
    await nightly.reconcile(date(2026, 11, 21))
    assert len(posted.reports) == (1 if passes else 0), "the log has told it"


async def test_a_process_that_dies_over_it(deployment: Deployment) -> None:
    """Whoever comes after its lease tells all of it, and nobody before."""
    posted = Posted(asyncio.CancelledError())
    lost = Plants(await deployment.store(), deployment.replicate, deployment.clock.now() - timedelta(hours=3)).run()
    night = date(2026, 11, 20)
    with pytest.raises(asyncio.CancelledError):
        await (await deployment.process(posted)).reconcile(night)
    other = await deployment.process(posted)
    await other.reconcile(night)
    assert not posted.reports
    deployment.clock.advance(LEASE.total_seconds())
    await other.reconcile(night)
    assert [[each.prediction_id for each in report] for report in posted.reports] == [[lost]]


class _Enough(Exception):
    pass


class Nights(Occasions):
    """Takes down when each night came."""

    def __init__(self, clock: LeapingClock) -> None:
        self._clock = clock
        self.came: list[tuple[str, datetime]] = []

    async def claim(self, name: str, now: datetime, lease: timedelta) -> Occasion:
        if len(self.came) == 3:
            raise _Enough
        self.came.append((name, self._clock.now()))
        return Occasion.PAST

    async def done(self, name: str) -> None:
        raise NotImplementedError


async def test_at_a_quiet_hour_which_is_each_deployments_own(deployment: Deployment) -> None:
    moments: set[datetime] = set()
    for seed in (b"\x00" * 4, b"\x80" * 4, b"\xff" * 4):
        clock = LeapingClock()  # at noon
        nights = Nights(clock)
        client = ReplicateClient(accounts_of({}), AllowedHosts.parse("127.0.0.1"), clock)
        books = SqlRunBooks((await deployment.store()).database)
        audit = Audit(books, client, clock, webhook_base=None, patience=timedelta())
        with pytest.raises(_Enough):
            await NightlyAudit(audit, nights, Posted(), clock, seed=seed).run()
        assert [name for name, _ in nights.came] == [f"reconciliation 2026-11-{day}" for day in (21, 22, 23)]
        for _, moment in nights.came:
            quiet = datetime.combine(moment.date(), QUIET, UTC)
            assert quiet <= moment < quiet + SPREAD
            moments.add(moment)
    assert len(moments) == 9
