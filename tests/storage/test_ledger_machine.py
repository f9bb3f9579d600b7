"""Whatever happens in whatever order: the quota holds, the sums agree, and no job ends twice."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from bot.domain.errors import AdmissionRefused
from bot.domain.job import TRANSITIONS, Job, JobStatus
from bot.domain.quota import Quota
from bot.service.ports import Fenced
from bot.storage.cipher import Cipher
from bot.storage.store import open_store
from tests.storage.conftest import NewDatabase
from tests.storage.examples import LEASE, LIVE, MEMBER, NOON, PRICE, a_job

T = TypeVar("T")

QUOTA = Quota(member_pictures=6, spend=9 * PRICE)
MEMBERS = (MEMBER, MEMBER + 1)
OWNERS = ("a", "b")


@dataclass
class Known:
    """What should be true of a job."""

    job: Job
    owner: str | None = None
    lapsed: bool = False  # the owner's lease; until another claims the job, it is the owner's still
    pictures: int = 0
    amount: int = 0


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self, url: str, cipher: Cipher) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.wait(open_store(url, cipher))
        self.now = NOON
        self.known: list[Known] = []

    def teardown(self) -> None:
        self.wait(self.store.close())
        self.runner.close()

    def wait(self, call: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await call

        return self.runner.run(awaited())

    def free(self) -> list[Known]:
        return [each for each in self.known if (not each.owner or each.lapsed) and not each.job.status.ended]

    @rule(member=st.sampled_from(MEMBERS), pictures=st.integers(1, 4))
    def admit(self, member: int, pictures: int) -> None:
        job = a_job(member_id=member, pictures=pictures)
        theirs = sum(each.pictures for each in self.known if each.job.member_id == member)
        fits = theirs + pictures <= QUOTA.member_pictures
        fits = fits and sum(each.amount for each in self.known) + job.hold <= QUOTA.spend
        try:
            self.wait(self.store.admit(job, QUOTA, NOON))
        except AdmissionRefused:
            assert not fits
        else:
            assert fits
            self.known.append(Known(job, pictures=pictures, amount=job.hold))

    @precondition(lambda self: self.free())
    @rule(owner=st.sampled_from(OWNERS), limit=st.integers(1, 3))
    def claim(self, owner: str, limit: int) -> None:
        claimed = self.wait(self.store.claim(owner, self.now, LEASE, limit))
        free = self.free()
        assert {job.id for job in claimed} <= {each.job.id for each in free}
        assert len(claimed) == min(limit, len(free))
        for each in free:
            if each.job in claimed:
                each.owner, each.lapsed = owner, False

    @precondition(lambda self: any(each.owner for each in self.known))
    @rule()
    def lapse(self) -> None:
        self.now += timedelta(seconds=LEASE)
        for each in self.known:
            each.lapsed = True

    @precondition(lambda self: any(each.owner for each in self.known))
    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        """The next step of a job, by its owner."""
        known = data.draw(st.sampled_from([each for each in self.known if each.owner]))
        self.take(data, known, known.job, known.owner or "")

    @precondition(lambda self: any(each.owner for each in self.known))
    @rule(data=st.data())
    def finish(self, data: st.DataObject) -> None:
        """The rest of a job's steps, by its owner."""
        known = data.draw(st.sampled_from([each for each in self.known if each.owner]))
        for _ in range(20):
            if known.owner:
                self.take(data, known, known.job, known.owner)

    @precondition(lambda self: self.known)
    @rule(data=st.data(), owner=st.sampled_from(OWNERS), status=st.sampled_from(LIVE))
    def mistaken_step(self, data: st.DataObject, owner: str, status: JobStatus) -> None:
        """A step by anyone, from any status that they think the job to be in."""
        known = data.draw(st.sampled_from(self.known))
        self.take(data, known, replace(known.job, status=status), owner)

    def take(self, data: st.DataObject, known: Known, job: Job, owner: str) -> None:
        to = data.draw(st.sampled_from(sorted(TRANSITIONS[job.status])))
        captured = data.draw(st.none() | st.integers(1, job.hold)) if to.ended else None
        made = data.draw(st.integers(0, job.request.count)) if captured is not None else 0
        allowed = known.owner == owner and known.job.status is job.status
        try:
            if to.ended:
                after = self.wait(self.store.settle(job, to, NOON, captured=captured, pictures=made))
            else:
                after = self.wait(self.store.advance(job, to))
        except Fenced:
            assert not allowed
            assert self.wait(self.store.job(job.id)) == known.job
        else:
            assert allowed
            known.job = after
            if to.ended:
                known.owner, known.pictures, known.amount = None, made, captured or 0

    @invariant()
    def the_quota_holds_and_the_sums_agree(self) -> None:
        total = 0
        for member in MEMBERS:
            theirs = [each for each in self.known if each.job.member_id == member]
            today = self.wait(self.store.usage(member, NOON, 0)).today
            assert today.pictures == sum(each.pictures for each in theirs) <= QUOTA.member_pictures
            assert today.amount == sum(each.amount for each in theirs)
            total += today.amount
        assert total <= QUOTA.spend


def test_ledger_and_steps_in_any_order(new_database: NewDatabase, cipher: Cipher) -> None:
    def machine() -> LedgerMachine:
        return LedgerMachine(new_database(), cipher)

    run_state_machine_as_test(
        machine,  # pyright: ignore[reportArgumentType] # it takes any factory, whatever its annotation says
        settings=settings(max_examples=6, stateful_step_count=30, deadline=None),
    )
