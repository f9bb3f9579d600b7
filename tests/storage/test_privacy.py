"""What is kept about a member, and that nothing of it is left but sums and what still counts."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.domain.errors import LimitReached
from bot.domain.job import JobStatus
from bot.domain.ledger import Grant
from bot.domain.options import Options
from bot.domain.report import Decision, Report
from bot.domain.trail import Action, TrailEntry
from bot.service.ports import Cutoffs, Erasure, Held
from bot.storage.books import SqlBooks
from bot.storage.budgets import SqlBudgets
from bot.storage.cipher import Cipher
from bot.storage.erasures import SqlErasures
from bot.storage.moderation_tables import appeals, metadata, sanctions
from bot.storage.people import person, selves
from bot.storage.preferences import SqlPreferences
from bot.storage.privacy import SqlPersonalData
from bot.storage.reports import SqlReports
from bot.storage.store import SqlStore, open_store
from bot.storage.tables import balances, jobs, ledger, people
from bot.storage.trail import SqlTrail
from tests.storage.examples import (
    ANOTHER_MEMBER,
    CHANNEL,
    GUILD,
    MEMBER,
    NOON,
    PRICE,
    UNLIMITED,
    a_job,
    admit,
    bring_to,
    claim_one,
    outcome,
    quota,
)

MODERATOR = MEMBER + 9
SECRET = "a fox that nobody else may know of"
NEXT_MONTH = datetime(2026, 12, 1, 12, tzinfo=UTC)  # when November is over everywhere
A_YEAR_LATER = NOON + timedelta(days=365)
_numbers = count(1)
EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@pytest.fixture
def data(store: SqlStore) -> SqlPersonalData:
    return SqlPersonalData(store.database)


async def sanction(store: SqlStore, member_id: int, **details: Any) -> None:
    async with store.database.write() as connection:
        row = {
            "reference": f"sanction {next(_numbers)}",
            "guild_id": GUILD,
            "person_id": await person(store.database, connection, member_id),
            "kind": "block",
            "strikes": 1,
            "reason": "spam",
            "made_at": NOON,
            **details,
        }
        await connection.execute(sanctions.insert(), row)


async def appeal(store: SqlStore, member_id: int, text: str) -> None:
    async with store.database.write() as connection:
        person_id = await person(store.database, connection, member_id)
        row = {"guild_id": GUILD, "person_id": person_id, "about": "sanction:1", "text": text, "made_at": NOON}
        await connection.execute(appeals.insert(), row)


async def contents(store: SqlStore) -> dict[str, Sequence[tuple[Any, ...]]]:
    """Every row of every table, decrypted."""
    async with store.database.read() as connection:
        return {
            table.name: [tuple(row) for row in await connection.execute(select(table))]
            for table in metadata.sorted_tables
        }


async def used(store: SqlStore) -> Counter[str]:
    """What the ledger and its balances add up to."""
    sums: Counter[str] = Counter()
    async with store.database.read() as connection:
        for table, columns in ((ledger, ("committed_pictures", "committed_amount")), (balances, ("amount",))):
            for name in columns:
                sums[f"{table.name}.{name}"] = await connection.scalar(select(func.sum(table.c[name]))) or 0
    return sums


async def settled(store: SqlStore, member_id: int = MEMBER, prompt: str = SECRET, **details: Any) -> str:
    job = a_job(member_id=member_id, **details)
    job = replace(job, request=replace(job.request, prompt=prompt))
    await admit(store, job)
    taken = await claim_one(store, "me", job.created_at)
    taken = await store.advance(taken, JobStatus.DELIVERING, cost=PRICE, message_id=5)
    await store.settle(taken, JobStatus.SUCCEEDED, job.created_at, captured=PRICE, pictures=1)
    return job.id


async def test_nothing_of_a_member_is_left_and_all_of_another(store: SqlStore, data: SqlPersonalData) -> None:
    ours, theirs = await settled(store), await settled(store, ANOTHER_MEMBER, "another's fox")
    cases = SqlReports(store.database)
    await cases.file(theirs, GUILD, Report(MEMBER, NOON, text=SECRET, token="token"), threshold=3, moderator=False)
    for member in (MEMBER, ANOTHER_MEMBER):
        await SqlPreferences(store.database).change_defaults(member, lambda _: Options(quality="low"))
        await sanction(store, member, ends_at=NOON)
        await appeal(store, member, f"{SECRET}, said {member}")
    await SqlTrail(store.database).enter(
        TrailEntry(GUILD, Action.WARN, MODERATOR, NOON, subject_id=MEMBER, reason="spam")
    )
    held = await data.held(MEMBER, NOON)
    assert held == Held(
        requests=1, oldest=NOON, entries=2, defaults=True, sanctions=1, reports=1, appeals=1, decisions=1
    )
    before, another = await used(store), await data.held(ANOTHER_MEMBER, NOON)

    erasure = await data.erase(MEMBER, NOON)
    assert erasure == Erasure(requests=1, traced_until=NEXT_MONTH, sanctioned=True)
    after = await contents(store)
    words = [row for rows in after.values() for row in rows if str(MEMBER) in repr(row) or SECRET in repr(row)]
    assert [row for row in words if str(ANOTHER_MEMBER) not in repr(row)] == []
    assert await data.held(MEMBER, NOON) == Held()
    assert [job async for job in data.requests(MEMBER)] == []
    assert await used(store) == before
    [entry] = await SqlTrail(store.database).entries(GUILD, 10)
    assert (entry.subject_id, entry.actor_id, entry.reason) == (0, MODERATOR, "spam")
    entries = [each async for each in SqlBooks(store.database).entries(EVER, NEVER)]
    assert {each.person for each in entries if each.job_id == ours} == {None}

    case = await cases.case(theirs)
    assert case is not None
    assert [(each.reporter_id, each.text, each.token) for each in case.reports] == [(None, "", None)]
    assert await data.held(ANOTHER_MEMBER, NOON) == another
    [job] = [each async for each in data.requests(ANOTHER_MEMBER)]
    assert (job.request.prompt, job.member_id) == ("another's fox", ANOTHER_MEMBER)
    left = await store.job(ours)
    assert left is not None
    assert (left.erased, left.member_id, left.request.prompt, left.message_id) == (True, 0, "", None)
    assert (left.cost, left.pictures, left.request.quality, left.status) == (PRICE, 1, "high", JobStatus.SUCCEEDED)
    assert await data.erase(MEMBER, NOON) == Erasure(), "who is unknown stays so"


async def test_the_file_holds_no_trace_of_who_it_was(sqlite_file: Path, cipher: Cipher) -> None:
    def holds(data: bytes) -> bool:
        return data in b"".join(each.read_bytes() for each in sqlite_file.parent.glob(f"{sqlite_file.name}*"))

    store = await open_store(f"sqlite:///{sqlite_file}", cipher)
    try:
        for member in range(MEMBER - 10, MEMBER + 10):  # whose rows lie around those of the one
            await admit(store, member_id=member)
        assert holds(MEMBER.to_bytes(8, "big"))
        await SqlPersonalData(store.database).erase(MEMBER, NOON)
        assert not holds(MEMBER.to_bytes(8, "big"))
        assert not holds(str(MEMBER).encode())
    finally:
        await store.close()


async def test_who_comes_back_has_used_what_they_had_used(store: SqlStore, data: SqlPersonalData) -> None:
    budgets = SqlBudgets(store.database)
    to_member = Grant(GUILD, 1, NOON + timedelta(days=60), MODERATOR, member_id=MEMBER)
    grant_id = await budgets.grant(to_member, reference="one", now=NOON)
    await store.admit(a_job(), quota(2), NOON)
    await store.admit(a_job(), quota(2), NOON)
    await store.admit(a_job(), quota(2), NOON)  # of the grant
    assert isinstance(await outcome(store.admit(a_job(), quota(2), NOON)), LimitReached)
    erasure = await data.erase(MEMBER, NOON)
    assert (erasure.under_way, erasure.traced_until) == (3, to_member.ends_at)

    assert isinstance(await outcome(store.admit(a_job(), quota(2), NOON)), LimitReached)
    standing = await budgets.standing(MEMBER, GUILD, quota(2), NOON, account="operator")
    assert standing.grants == ()
    assert grant_id is not None
    assert await store.admit(a_job(member_id=ANOTHER_MEMBER), quota(2), NOON) is None
    await data.erase(MEMBER, NOON)  # once more, and all that they were counts
    assert isinstance(await outcome(store.admit(a_job(), quota(2), NOON)), LimitReached)

    erasures = SqlErasures(store.database)
    assert await erasures.forget_traces(to_member.ends_at) == 0
    assert await erasures.forget_traces(to_member.ends_at + timedelta(seconds=1)) == 1
    async with store.database.read() as connection:
        assert await connection.scalar(select(func.count(people.c.trace))) == 0
    assert await store.admit(a_job(created_at=A_YEAR_LATER), quota(2, now=A_YEAR_LATER), A_YEAR_LATER) is None


@pytest.mark.parametrize(
    ("sanctioned", "kept_for"),
    [
        ({"ends_at": NOON + timedelta(days=200)}, timedelta(days=200)),
        ({"ends_at": None}, None),
        ({"ends_at": None, "lifted_at": NOON}, timedelta()),
        ({"ends_at": None, "kind": "lower"}, None),
        ({"ends_at": None, "kind": "warn"}, timedelta(days=90)),  # as a strike
        ({"ends_at": NOON + timedelta(days=1)}, timedelta(days=90)),
    ],
)
async def test_a_trace_is_kept_for_as_long_as_a_sanction_counts(
    store: SqlStore, data: SqlPersonalData, sanctioned: dict[str, Any], kept_for: timedelta | None
) -> None:
    await sanction(store, MEMBER, **sanctioned)
    erasure = await data.erase(MEMBER, NOON)
    assert erasure == Erasure(sanctioned=kept_for != timedelta())

    async def known() -> int:
        async with store.database.read() as connection:
            theirs = await selves(connection, MEMBER)
            blocked = select(func.count()).select_from(sanctions).where(sanctions.c.person_id.in_(theirs))
            return await connection.scalar(blocked) or 0

    erasures, second = SqlErasures(store.database), timedelta(seconds=1)
    if kept_for:
        await erasures.forget_traces(NOON + kept_for - second)
        assert await known() == 1
    await erasures.forget_traces(NOON + (kept_for if kept_for is not None else timedelta(days=9_999)) + second)
    assert await known() == (1 if kept_for is None else 0)


async def test_moderators_can_still_remove_what_was_reported(store: SqlStore, data: SqlPersonalData) -> None:
    reports, erasures, job_id = SqlReports(store.database), SqlErasures(store.database), await settled(store)
    report = Report(ANOTHER_MEMBER, NOON, text="look at it")
    await reports.file(job_id, GUILD, report, threshold=3, moderator=False)
    assert (await erasures.strip_ended(Cutoffs(NEXT_MONTH, {}), NOON, 10)).requests == 0, "they need its words"
    await data.erase(MEMBER, NOON)
    await erasures.forget_traces(NOON)
    left = await store.job(job_id)
    assert left is not None
    assert (left.request.prompt, left.message_id, left.channel_id, left.answer.private) == ("", 5, CHANNEL, False)
    await reports.decide(job_id, Decision.REMOVED, MODERATOR, NOON)
    await erasures.forget_traces(NOON)
    left = await store.job(job_id)
    assert left is not None
    assert left.message_id is None
    deleted = TrailEntry(GUILD, Action.DELETE, MODERATOR, NOON, subject_id=left.member_id, job_id=job_id)
    await SqlTrail(store.database).enter(deleted)
    async with store.database.read() as connection:
        assert await connection.scalar(select(people.c.id).where(people.c.discord_id == 0)) is None


@pytest.mark.parametrize("status", [status for status in JobStatus if not status.ended])
async def test_what_is_under_way_is_canceled_and_erased_as_it_ends(
    store: SqlStore, data: SqlPersonalData, status: JobStatus
) -> None:
    job = await bring_to(store, status)
    assert (await data.erase(MEMBER, NOON)).under_way == 1
    now = await store.job(job.id)
    assert now is not None
    assert not now.erased
    assert now.request == job.request, "it is still needed"
    if status in {JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.STAGING, JobStatus.SUBMITTING}:
        assert now.cancel is not None
        assert not now.cancel.by_moderator
    if status is not JobStatus.DELIVERING:
        job = await store.advance(job, JobStatus.DELIVERING)
    await store.settle(job, JobStatus.CANCELED, NOON, captured=None, pictures=0)
    ended = await store.job(job.id)
    assert ended is not None
    assert ended.erased
    assert "a fox in the snow" not in repr(await contents(store))


async def test_an_admission_and_an_erasure_at_once(store: SqlStore, data: SqlPersonalData) -> None:
    """Whatever comes first, no words are left with somebody who was erased."""
    await admit(store, a_job())
    await asyncio.gather(*(store.admit(a_job(), UNLIMITED, NOON) for _ in range(5)), data.erase(MEMBER, NOON))
    async with store.database.read() as connection:
        erased = select(people.c.id).where(people.c.discord_id.is_(None))
        kept = select(func.count()).select_from(jobs).where(jobs.c.person_id.in_(erased), jobs.c.erased_at.is_(None))
        assert await connection.scalar(kept) == 0


async def test_the_record_names_nobody_else_and_no_token(store: SqlStore, data: SqlPersonalData) -> None:
    await settled(store)
    await sanction(store, MEMBER)
    await SqlTrail(store.database).enter(
        TrailEntry(GUILD, Action.BLOCK, MODERATOR, NOON, subject_id=MEMBER, reason="spam")
    )
    record = await data.record(MEMBER)
    assert record["sanctions"][0]["guild_id"] == str(GUILD)
    assert [each["action"] for each in record["decisions_about_you"]] == ["block"]
    assert str(MODERATOR) not in repr(record)
    by_them = await data.record(MODERATOR)
    assert by_them["decisions_by_you"][0].keys() == {"guild_id", "at", "action", "reason"}
    assert [each["action"] for each in by_them["decisions_by_you"]] == ["block"]
    assert str(MEMBER) not in repr(by_them)


async def test_requests_are_read_page_by_page(
    store: SqlStore, data: SqlPersonalData, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.storage.privacy.PAGE", 2)
    made = [await admit(store, created_at=NOON + timedelta(seconds=number // 2)) for number in range(5)]
    await admit(store, member_id=ANOTHER_MEMBER)
    found = [job.id async for job in data.requests(MEMBER)]
    assert sorted(found) == sorted(job.id for job in made)
    assert len(found) == 5


STEPS = st.lists(
    st.tuples(st.sampled_from(["ask", "erase", "forget"]), st.sampled_from([MEMBER, ANOTHER_MEMBER])), max_size=12
)


@given(steps=STEPS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_order_of_asking_and_erasing_gets_more_than_the_quota(
    migrated_file: Path, tmp_path: Path, cipher: Cipher, steps: list[tuple[str, int]]
) -> None:
    async def play() -> None:
        file = shutil.copy(migrated_file, tmp_path / f"easel-{next(_numbers)}.db")
        store = await open_store(f"sqlite:///{file}", cipher)
        data, erasures = SqlPersonalData(store.database), SqlErasures(store.database)
        admitted: Counter[int] = Counter()
        try:
            for step, member in steps:
                match step:
                    case "ask":
                        refused = await outcome(store.admit(a_job(member_id=member), quota(2), NOON))
                        assert isinstance(refused, LimitReached) == (admitted[member] == 2)
                        admitted[member] += refused is None
                    case "erase":
                        await data.erase(member, NOON)
                    case _:
                        assert await erasures.forget_traces(NOON) == 0
            sums = await used(store)
            assert sums["ledger.committed_pictures"] == admitted.total()
        finally:
            await store.close()

    asyncio.run(play())
