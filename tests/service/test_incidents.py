"""What needs the operator: from where on a figure does, and what processes that come and go tell of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from bot.domain.catalog import DOLLAR
from bot.domain.errors import StoreUnavailable
from bot.domain.incident import SETTLED, Incident, IncidentKind
from bot.domain.quota import Allowance, UsageLimits
from bot.service.incidents import ROUND_SECONDS, IncidentWatch, NoChannel
from bot.service.ports import Incidents, Notice, NoticePost, OperatorChannel, Vitals, VitalSigns
from bot.service.soundings import LONG_WAIT, UNHEARD, DiskSpace, Soundings
from bot.service.watch import LASTING, Alarm, Watch
from bot.storage.cipher import Cipher, load_or_make_keys
from bot.storage.incidents import SqlIncidents
from bot.storage.schema import migrate
from bot.storage.store import open_store
from tests.clocks import NOON, ManualClock

WELL = VitalSigns(spent_today=0, spent_this_month=0, out_of_credit=False, waiting=0, waiting_since=None, unheard=0)
GB = 1_000_000_000


class Signs(Vitals):
    def __init__(self, signs: VitalSigns) -> None:
        self.signs = signs

    async def read(self, now: datetime) -> VitalSigns:
        return self.signs


async def look(signs: VitalSigns = WELL, *, free: int = 50 * GB, public_url: str | None = "https://e.org") -> list[str]:
    """The kinds and subjects of what needs the operator."""
    soundings = Soundings(
        Signs(signs),
        ManualClock(),
        ceilings=UsageLimits(day=Allowance(amount=10 * DOLLAR), month=Allowance(amount=100 * DOLLAR)),
        cheapest=12_000,
        public_url=public_url,
        host="here",
        disk=lambda: DiskSpace("/data", 100 * GB, free),
    )
    return [each.key.strip() for each in await soundings.look()]


async def test_where_each_begins() -> None:
    assert await look() == []
    assert await look(replace(WELL, spent_today=8 * DOLLAR - 1)) == []
    assert await look(replace(WELL, spent_today=8 * DOLLAR)) == ["spending day 2026-11-20 80 %"]
    assert await look(replace(WELL, spent_today=10 * DOLLAR - 11_999)) == ["spending day 2026-11-20 100 %"]
    assert await look(replace(WELL, spent_this_month=80 * DOLLAR)) == ["spending month 2026-11 80 %"]
    assert await look(replace(WELL, out_of_credit=True)) == ["no_credit"]
    assert await look(replace(WELL, waiting=1, waiting_since=NOON - LONG_WAIT + timedelta(seconds=1))) == []
    assert await look(replace(WELL, waiting=1, waiting_since=NOON - LONG_WAIT)) == ["queue"]
    assert await look(replace(WELL, unheard=UNHEARD - 1)) == []
    assert await look(replace(WELL, unheard=UNHEARD)) == ["webhooks"]
    assert await look(replace(WELL, unheard=UNHEARD), public_url=None) == []
    assert await look(free=5 * GB) == []
    assert await look(free=5 * GB - 1) == ["disk here"]


@pytest.fixture
async def incidents(tmp_path: Path) -> AsyncIterator[SqlIncidents]:
    cipher = Cipher.from_key(*load_or_make_keys(tmp_path / "secret.key"))
    url = f"sqlite+aiosqlite:///{tmp_path / 'easel.db'}"
    await migrate(url, cipher)
    store = await open_store(url, cipher)
    yield SqlIncidents(store.database)
    await store.close()


class Told(OperatorChannel):
    """Takes down what is posted."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    async def post(self, post: NoticePost) -> None:
        self.notices += post.notices


class WatchedClock(ManualClock):
    """Tells when somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self._sleeping = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self._sleeping.set()
        await super().sleep(seconds)

    def advance(self, seconds: float) -> None:
        self._sleeping.clear()
        super().advance(seconds)

    async def somebody_sleeps(self) -> None:
        await self._sleeping.wait()


class Deployment:
    """Processes over one database, each in its turn; `trouble` is what they see."""

    def __init__(self, incidents: Incidents) -> None:
        self.clock = WatchedClock()
        self.channel = Told()
        self.trouble: Incident | None = None
        self._incidents = incidents

    def process(self) -> IncidentWatch:
        return IncidentWatch(self._incidents, self.channel, self.clock, glances=[lambda: self.trouble])

    async def live(self, process: IncidentWatch, *, minutes: int) -> None:
        """Let it run for so long."""
        self.clock.advance(0)
        task = asyncio.create_task(process.run())
        for _ in range(minutes):
            await self._until_it_sleeps()
            self.clock.advance(ROUND_SECONDS)
        await self._until_it_sleeps()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _until_it_sleeps(self) -> None:
        async with asyncio.timeout(10):
            await self.clock.somebody_sleeps()


DISK = Incident(IncidentKind.DISK, "Free some space.", subject="here")


async def test_a_restart_neither_repeats_nor_ends_what_goes_on(incidents: SqlIncidents) -> None:
    deployment = Deployment(incidents)
    deployment.trouble = DISK
    await deployment.live(deployment.process(), minutes=3)
    deployment.clock.advance(3600)
    deployment.trouble = None  # who looks first can't tell as yet
    process = deployment.process()
    await deployment.live(process, minutes=1)
    deployment.trouble = DISK
    await deployment.live(process, minutes=5)
    assert [(each.kind, each.over) for each in deployment.channel.notices] == [(IncidentKind.DISK, False)]
    deployment.trouble = None
    await deployment.live(process, minutes=2 * int(SETTLED.total_seconds() / ROUND_SECONDS))
    assert [each.over for each in deployment.channel.notices] == [False, True]
    assert deployment.channel.notices[1].began_at == NOON


class Broken(SqlIncidents):
    """Out of reach, once."""

    broken = True

    async def seen(self, found: Sequence[Incident], now: datetime) -> Sequence[Incident]:
        if self.broken:
            self.broken = False
            raise StoreUnavailable
        return await super().seen(found, now)


async def test_what_nobody_could_be_told_is_not_told_once_there_is_a_channel(incidents: SqlIncidents) -> None:
    clock, channel = ManualClock(), Told()
    without = IncidentWatch(incidents, NoChannel(), clock, glances=[lambda: DISK])
    await without.look()
    await without.tell()
    with_one = IncidentWatch(incidents, channel, clock)
    await with_one.tell()
    assert channel.notices == [], "the log has it"
    with_one.report_burial("host-7", 0)
    await with_one.look()
    await with_one.tell()
    assert [each.kind for each in channel.notices] == [IncidentKind.DEAD_PROCESS]


async def test_what_was_reported_waits_for_the_database(incidents: SqlIncidents) -> None:
    channel = Told()
    watch = IncidentWatch(Broken(incidents.database), channel, ManualClock())
    watch.report_burial("host-7", 3)
    with pytest.raises(StoreUnavailable):
        await watch.look()
    await watch.look()
    await watch.look()
    await watch.tell()
    (notice,) = channel.notices
    assert (notice.kind, notice.subject) == (IncidentKind.DEAD_PROCESS, "host-7")
    assert "3 requests" in notice.words


async def test_a_trouble_with_the_store_that_has_lasted_is_told_of_once_it_is_over() -> None:
    clock, alarm, reported = ManualClock(), Alarm(), list[Incident]()
    trouble: str | None = "the disk is full"

    async def check() -> str | None:
        return trouble

    watch = Watch("the database", check, alarm, clock, kind=IncidentKind.DATABASE, report=reported.append)
    task = asyncio.create_task(watch.run())

    async def pass_seconds(seconds: int) -> None:
        for _ in range(seconds):
            for _ in range(6):
                await asyncio.sleep(0)
            clock.advance(1)

    async def in_trouble_for(seconds: int) -> None:
        nonlocal trouble
        trouble = "the disk is full"
        alarm.ring(trouble)
        await pass_seconds(seconds)
        trouble = None
        await pass_seconds(20)

    lasting = int(LASTING.total_seconds())
    await in_trouble_for(lasting // 3)
    assert reported == [], "most are over before anybody has come to look"
    trouble = "the disk is full"
    alarm.ring(trouble)
    await pass_seconds(lasting + 1)
    incident = watch.incident()
    assert incident is not None
    assert (incident.kind, incident.passing) == (IncidentKind.DATABASE, False)
    assert "the disk is full" in incident.words
    trouble = None
    await pass_seconds(20)
    assert watch.incident() is None
    (over,) = reported
    assert (over.key, over.passing) == (incident.key, True)
    assert "could not be used for" in over.words
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
