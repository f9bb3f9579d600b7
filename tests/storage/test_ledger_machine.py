"""Whatever happens in whatever order: the quota and the limits hold, the sums agree, and no job ends twice."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Executable, func, select

from bot.domain.errors import AdmissionRefused
from bot.domain.fairness import PATIENCE, Limits
from bot.domain.job import TRANSITIONS, CancelRequest, Job, JobStatus
from bot.domain.ledger import EntryKind
from bot.domain.quota import Quota
from bot.service.ports import Fenced
from bot.storage.cipher import Cipher
from bot.storage.processes import SqlProcesses
from bot.storage.queue import CANCELABLE, SqlQueue
from bot.storage.store import open_store
from bot.storage.tables import ledger, people
from tests.storage.conftest import NewDatabase
from tests.storage.examples import GUILD, LIVE, MEMBER, NOON, PRICE, a_job, join

T = TypeVar("T")

QUOTA = Quota(member_pictures=12, spend=30 * PRICE)
OVERRUN = PRICE // 2  # by which a run may cost more than was held for it
LIMITS = Limits(per_member=2, per_guild=3, in_all=4, creates_per_minute=10**6)
MEMBERS = (MEMBER, MEMBER + 1, MEMBER + 2)
GUILDS = (GUILD, GUILD + 1, None)

ENTRIES = select(ledger.c.job_id, ledger.c.kind, ledger.c.amount).order_by(ledger.c.id)
COMMITTED = (
    select(people.c.discord_id, func.sum(ledger.c.committed_pictures), func.sum(ledger.c.committed_amount))
    .join_from(ledger, people, ledger.c.person_id == people.c.id)
    .group_by(people.c.discord_id)
    .order_by(people.c.discord_id)
)


@dataclass
class Known:
    """What should be true of a job."""

    job: Job
    pictures: int
    amount: int
    had_turn: bool = False  # it may be submitted
    last_owner: str = ""

    @property
    def free(self) -> bool:
        return self.job.owner is None and not self.job.status.ended

    @property
    def in_flight(self) -> bool:
        queued = self.job.status is JobStatus.QUEUED and self.job.owner is not None
        return queued or self.job.status in (JobStatus.SUBMITTING, JobStatus.RUNNING)

    @property
    def guild(self) -> int:
        return self.job.guild_id or -self.job.member_id

    def lose_owner(self) -> None:
        self.job = replace(self.job, owner=None, claimed_at=None)
        self.had_turn = self.had_turn and self.job.status is not JobStatus.QUEUED


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self, url: str, cipher: Cipher) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.wait(open_store(url, cipher))
        self.queue = SqlQueue(self.store.database, LIMITS)
        self.processes = SqlProcesses(self.store.database, life=0, linked_life=0)
        self.names = (f"process-{number}" for number in count(1))
        self.now = NOON
        self.known: list[Known] = []
        self.living: list[str] = []
        self.dead: list[str] = []
        self.remembered: list[Job] = []  # by the dead, as theirs

    def teardown(self) -> None:
        try:
            self.each_job_has_one_hold_and_one_end_at_most()
        finally:
            self.wait(self.store.close())
            self.runner.close()

    def wait(self, call: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await call

        return self.runner.run(awaited())

    # ------------------------------------------------------------------------------------------- processes

    @rule()
    def another_joins(self) -> None:
        self.living.append(next(self.names))
        self.wait(join(self.store, self.living[-1]))

    @rule()
    def one_joins_who_takes_all_others_for_dead(self) -> None:
        fresh = next(self.names)
        self.wait(self.processes.join(fresh))
        assert self.wait(self.processes.beat(fresh))
        self.bury(self.living)
        self.living = [fresh]

    @precondition(lambda self: self.living)
    @rule(data=st.data())
    def one_leaves(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.living))
        self.wait(self.processes.leave(name))
        self.bury([name])
        self.living.remove(name)

    def bury(self, names: list[str]) -> None:
        self.dead += names
        for each in self.known:
            if each.job.owner in names:
                self.remembered.append(each.job)
                each.lose_owner()

    @precondition(lambda self: self.dead)
    @rule(data=st.data())
    def the_dead_change_nothing(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(self.dead))
        assert not self.wait(self.processes.beat(name))
        with pytest.raises(Fenced):
            self.wait(self.queue.claim(name, self.now, 10))
        self.wait(self.processes.leave(name))
        if self.remembered:
            with pytest.raises(Fenced):
                self.step(data, data.draw(st.sampled_from(self.remembered)))

    # ------------------------------------------------------------------------------------------------ jobs

    @rule(member=st.sampled_from(MEMBERS), guild=st.sampled_from(GUILDS), pictures=st.integers(1, 4))
    def admit(self, member: int, guild: int | None, pictures: int) -> None:
        job = a_job(member_id=member, guild_id=guild, pictures=pictures, created_at=self.now)
        theirs = sum(each.pictures for each in self.known if each.job.member_id == member)
        fits = theirs + pictures <= QUOTA.member_pictures
        fits = fits and sum(each.amount for each in self.known) + job.hold <= QUOTA.spend
        try:
            self.wait(self.store.admit(job, QUOTA, self.now))
        except AdmissionRefused:
            assert not fits
        else:
            assert fits
            self.known.append(Known(job, pictures=pictures, amount=job.hold))

    @rule(minutes=st.sampled_from([1, 15]))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    def is_past_the_queue(self, each: Known) -> bool:
        job = each.job
        return job.status is not JobStatus.QUEUED or job.cancel is not None or job.created_at <= self.now - PATIENCE

    @precondition(lambda self: self.living)
    @rule(data=st.data(), most=st.integers(1, 6))
    def claim(self, data: st.DataObject, most: int) -> None:
        owner = data.draw(st.sampled_from(self.living))
        canceled = {
            each.job.id: each.job.cancel
            for each in self.known
            if each.job.owner == owner and each.job.cancel and each.job.status in CANCELABLE
        }
        claim = self.wait(self.queue.claim(owner, self.now, most))
        assert claim.canceled == canceled
        claimed = {job.id: job for job in claim.jobs}
        assert len(claimed) == len(claim.jobs) <= most
        past = [each for each in self.known if each.free and self.is_past_the_queue(each)]
        oldest = sorted(past, key=lambda each: (each.job.created_at, each.job.id))[:most]
        assert [job.id for job in claim.jobs][: len(oldest)] == [each.job.id for each in oldest]
        for each in self.known:
            if each.job.id in claimed:
                assert each.free
                each.had_turn = each.had_turn or not self.is_past_the_queue(each)
                each.job = replace(each.job, owner=owner, claimed_at=self.now)
                assert claimed.pop(each.job.id) == each.job
        assert not claimed
        if len(claim.jobs) < most:  # then nobody else could have had a turn
            people, guilds = self.in_flight(all_=True)
            for each in self.known:
                full = people[each.job.member_id] >= LIMITS.per_member or guilds[each.guild] >= LIMITS.per_guild
                assert not each.free or full or people.total() >= LIMITS.in_all

    @precondition(lambda self: self.known)
    @rule(data=st.data(), by=st.sampled_from(MEMBERS))
    def cancel(self, data: st.DataObject, by: int) -> None:
        known = data.draw(st.sampled_from(self.known))
        asked = self.wait(self.store.cancel(known.job.id, by, self.now))
        assert asked == (known.job.cancel is None and known.job.status in CANCELABLE)
        if asked:
            known.job = replace(known.job, cancel=CancelRequest(self.now, by_moderator=by != known.job.member_id))

    @precondition(lambda self: any(each.job.owner for each in self.known))
    @rule(data=st.data(), whole=st.booleans())
    def steps(self, data: st.DataObject, whole: bool) -> None:
        """The next step of a job, or the rest of them, by its owner."""
        known = data.draw(st.sampled_from([each for each in self.known if each.job.owner]))
        for _ in range(20 if whole else 1):
            if known.job.owner is not None:
                self.take(data, known, known.job)

    @precondition(lambda self: self.known and self.living)
    @rule(data=st.data(), status=st.sampled_from(LIVE))
    def mistaken_step(self, data: st.DataObject, status: JobStatus) -> None:
        """A step by anyone who lives, from any status that they think the job to be in."""
        known = data.draw(st.sampled_from(self.known))
        self.take(data, known, replace(known.job, status=status, owner=data.draw(st.sampled_from(self.living))))

    @precondition(lambda self: any(each.job.status.ended for each in self.known))
    @rule(data=st.data())
    def a_second_end(self, data: st.DataObject) -> None:
        known = data.draw(st.sampled_from([each for each in self.known if each.job.status.ended]))
        self.take(data, known, replace(known.job, status=JobStatus.DELIVERING, owner=known.last_owner))

    def take(self, data: st.DataObject, known: Known, job: Job) -> None:
        allowed = known.job.owner == job.owner and known.job.status is job.status
        submits = None if known.had_turn else JobStatus.SUBMITTING  # which fulfilment leaves out without a turn
        try:
            after = self.step(data, job, but=submits)
        except Fenced:
            assert not allowed
            assert self.wait(self.store.job(job.id)) == known.job
            return
        assert allowed
        assert known.job.owner
        known.last_owner = known.job.owner
        known.job = after
        if after.owner is None:
            known.lose_owner()
        if after.status.ended:
            assert after.pictures is not None
            assert after.cost is not None
            known.pictures, known.amount = after.pictures, after.cost

    def step(self, data: st.DataObject, job: Job, *, but: JobStatus | None = None) -> Job:
        to = data.draw(st.sampled_from(sorted(TRANSITIONS[job.status] - {but})))
        if to.ended:
            captured = data.draw(st.none() | st.integers(0, job.hold + OVERRUN))
            made = 0 if captured is None else data.draw(st.integers(0, job.request.count))
            return self.wait(self.store.settle(job, to, self.now, captured=captured, pictures=made))
        # As fulfilment does: whatever joins the queue is given up.
        given_up: dict[str, Any] = {"owner": None} if job.status is JobStatus.STAGING and to is JobStatus.QUEUED else {}
        return self.wait(self.store.advance(job, to, **given_up))

    # ------------------------------------------------------------------------------------------- invariants

    @invariant()
    def the_quota_holds_and_the_sums_agree(self) -> None:
        pictures, amounts = Counter[int](), Counter[int]()
        for each in self.known:
            pictures[each.job.member_id] += each.pictures
            amounts[each.job.member_id] += each.amount
        committed = [(member, pictures[member], amounts[member]) for member in sorted(amounts)]
        assert self.wait(self.rows_of(COMMITTED)) == committed
        assert all(number <= QUOTA.member_pictures for number in pictures.values())
        overruns = sum(max(each.amount - each.job.hold, 0) for each in self.known)
        assert amounts.total() <= QUOTA.spend + overruns

    @invariant()
    def no_more_are_in_flight_than_the_limits_allow(self) -> None:
        people, guilds = self.in_flight()
        assert all(number <= LIMITS.per_member for number in people.values())
        assert all(number <= LIMITS.per_guild for number in guilds.values())
        assert people.total() <= LIMITS.in_all

    def in_flight(self, *, all_: bool = False) -> tuple[Counter[int], Counter[int]]:
        """Those that may cost something, or all that hold a place: also those that are only claimed to be ended."""
        flying = [each for each in self.known if each.in_flight and (all_ or each.had_turn)]
        return Counter(each.job.member_id for each in flying), Counter(each.guild for each in flying)

    def each_job_has_one_hold_and_one_end_at_most(self) -> None:
        entries: defaultdict[str, list[tuple[EntryKind, int]]] = defaultdict(list)
        for job_id, kind, amount in self.wait(self.rows_of(ENTRIES)):
            entries[job_id].append((kind, amount))
        assert entries.keys() == {each.job.id for each in self.known}
        for each in self.known:
            hold, *ends = entries[each.job.id]
            assert hold == (EntryKind.HOLD, each.job.hold)
            assert len(ends) == each.job.status.ended
            for kind, amount in ends:
                assert (kind, amount) in [(EntryKind.RELEASE, each.job.hold), (EntryKind.CAPTURE, each.amount)]
                assert amount <= each.job.hold + OVERRUN

    async def rows_of(self, query: Executable) -> list[tuple[Any, ...]]:
        async with self.store.database.read() as connection:
            return [tuple(row) for row in await connection.execute(query)]


def test_ledger_and_steps_in_any_order(new_database: NewDatabase, cipher: Cipher) -> None:
    def machine() -> LedgerMachine:
        return LedgerMachine(new_database(), cipher)

    run_state_machine_as_test(
        machine,  # pyright: ignore[reportArgumentType] # it takes any factory, whatever its annotation says
        settings=settings(max_examples=6, stateful_step_count=40, deadline=None),
    )
