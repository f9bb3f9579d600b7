"""The half of the ledger's machine that asks: requests under limits, grants, and keys that guilds bring."""

import asyncio
from collections.abc import Awaitable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
)
from sqlalchemy import Connection, Engine, event, update

from bot.domain.account import Account, Billing
from bot.domain.errors import AdmissionRefused, StoreUnavailable
from bot.domain.job import Job, JobStatus
from bot.domain.ledger import Grant
from bot.domain.quota import Ceiling, Quota, Scope, Unit
from bot.service.ports import AccountRetired, AlreadyAdmitted, Terms
from bot.storage.budgets import SqlBudgets
from bot.storage.cipher import Cipher
from bot.storage.people import person
from bot.storage.store import open_store
from bot.storage.tables import credentials
from tests.storage.examples import GUILD, MEMBER, NOON, a_job
from tests.storage.ledger_model import (
    MEMBERS,
    OPERATORS,
    OWNING,
    ROLE,
    SET,
    Asked,
    Granted,
    Known,
    asked,
)

T = TypeVar("T")


class Admissions(RuleBasedStateMachine):
    def __init__(self, url: str, cipher: Cipher) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.store = self.wait(open_store(url, cipher))
        self.budgets = SqlBudgets(self.store.database)
        self.now: datetime = NOON
        self.known: list[Known] = []
        self.granted: list[Granted] = []
        self.own: Account | None = None  # of `OWNING`
        self.retired: list[Account] = []
        self.dies = False
        event.listen(Engine, "commit", self.before_commit)

    def teardown(self) -> None:
        event.remove(Engine, "commit", self.before_commit)
        self.wait(self.store.close())
        self.runner.close()

    def wait(self, call: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await call

        return self.runner.run(awaited())

    # -------------------------------------------------------------------------------------------- requests

    def before_commit(self, _: Connection) -> None:
        if self.dies:
            self.dies = False
            raise OSError

    def quota(self, guild: int | None, roles: Collection[int]) -> Quota:
        terms = Terms(self.own if guild == OWNING else None, "Europe/Berlin", SET[guild])
        return OPERATORS.quota(terms, roles, self.now)

    def used(self, ceiling: Ceiling, job: Job) -> int:
        return sum(each.sum(ceiling.unit) for each in self.known if each.counts(ceiling, job))

    @rule(requests=st.lists(asked, min_size=1, max_size=6))
    def ask(self, requests: list[Asked]) -> None:
        for each in requests:
            self.admit(*each)

    def admit(self, member: int, guild: int | None, pictures: int, roles: tuple[int, ...], dies: bool) -> None:
        account = self.own if guild == OWNING and self.own else Account()
        job = a_job(
            member_id=member, guild_id=guild, pictures=pictures, created_at=self.now, account=account.name,
            billing=account.billing,
        )  # fmt: skip
        quota = self.quota(guild, roles)
        fits, grant = self.fits(job, quota, roles)
        self.dies = dies and fits
        try:
            self.wait(self.store.admit(job, quota, self.now, role_ids=roles))
        except StoreUnavailable:
            assert fits
            assert dies
        except AdmissionRefused:
            assert not fits
        else:
            assert fits
            assert not dies
            self.known.append(Known(job, pictures=pictures, amount=job.hold, grant=grant.id if grant else None))

    def fits(self, job: Job, quota: Quota, roles: Collection[int]) -> tuple[bool, Granted | None]:
        asked = {Unit.PICTURES: job.request.count, Unit.AMOUNT: job.hold}
        if any(asked[unit] > (quota.request.of(unit) or asked[unit]) for unit in Unit):
            return False, None
        since = self.now - timedelta(seconds=quota.cooldown or 0)
        ours = [each.job for each in self.known if each.guild_member == (job.guild_id, job.member_id)]
        if any(each.created_at > since for each in ours if not each.status.ended or each.cost):
            return False, None
        breached = {each.scope for each in quota.ceilings if self.used(each, job) + asked[each.unit] > each.limit}
        if not breached:
            return True, None
        usable = [
            each for each in self.granted if self.left(each, job, roles) >= job.request.count and self.lasts(each)
        ]
        if breached != {Scope.MEMBER} or not usable:
            return False, None
        return True, min(usable, key=lambda each: (each.grant.ends_at, each.id))

    def lasts(self, granted: Granted) -> bool:
        return not granted.revoked and granted.grant.ends_at > self.now

    def left(self, granted: Granted, job: Job, roles: Collection[int]) -> int:
        grant = granted.grant
        whom = grant.member_id == job.member_id or grant.role_id in [*roles, grant.guild_id]
        if grant.guild_id != job.guild_id or not whom:
            return 0
        theirs = [each for each in self.known if each.job.member_id == job.member_id]
        return grant.pictures - sum(each.pictures for each in theirs if each.grant == granted.id)

    @precondition(lambda self: self.known)
    @rule(data=st.data())
    def the_same_request_again(self, data: st.DataObject) -> None:
        """As where the answer to a commit was lost, or Discord tells two sessions of an interaction."""
        job = data.draw(st.sampled_from(self.known)).job
        with pytest.raises(AlreadyAdmitted):
            self.wait(self.store.admit(replace(job, status=JobStatus.STAGING), Quota(), self.now))

    # -------------------------------------------------------------------------------------- grants and keys

    @initialize()
    def a_contest(self) -> None:
        self.grant(GUILD, None, to_all=True, pictures=7, hours=48)

    @rule(
        guild=st.sampled_from([GUILD, OWNING]),
        member=st.sampled_from([*MEMBERS, None]),
        to_all=st.booleans(),
        pictures=st.integers(1, 5),
        hours=st.sampled_from([1, 48]),
    )
    def grants(self, guild: int, member: int | None, to_all: bool, pictures: int, hours: int) -> None:
        self.grant(guild, member, to_all=to_all, pictures=pictures, hours=hours)

    def grant(self, guild: int, member: int | None, *, to_all: bool, pictures: int, hours: int) -> None:
        role = None if member else guild if to_all else ROLE
        grant = Grant(guild, pictures, self.now + timedelta(hours=hours), MEMBER, member, role)
        reference = f"interaction {len(self.granted)}"
        made = self.wait(self.budgets.grant(grant, reference=reference, now=self.now))
        assert made is not None
        self.granted.append(Granted(made, grant, reference))

    @precondition(lambda self: self.granted)
    @rule(data=st.data())
    def the_same_grant_again(self, data: st.DataObject) -> None:
        granted = data.draw(st.sampled_from(self.granted))
        assert self.wait(self.budgets.grant(granted.grant, reference=granted.reference, now=self.now)) is None

    @precondition(lambda self: self.granted)
    @rule(data=st.data())
    def revoke(self, data: st.DataObject) -> None:
        granted = data.draw(st.sampled_from(self.granted))
        revoked = self.wait(self.budgets.revoke(granted.grant.guild_id, granted.id, MEMBER, self.now))
        assert revoked == self.lasts(granted)
        granted.revoked = True

    @rule(brings=st.booleans())
    def another_key(self, brings: bool) -> None:
        """The guild replaces its account, or goes back to the operator's."""
        if self.own is not None:
            self.retired.append(self.own)
        self.own = Account(f"guild:{len(self.retired)}", Billing.TOKEN) if brings else None
        self.wait(self.keep_key())

    async def keep_key(self) -> None:
        async with self.store.database.write() as connection:
            await connection.execute(update(credentials).values(retired_at=self.now))
            if self.own is not None:
                row = {"account": self.own.name, "billing": self.own.billing, "guild_id": OWNING, "secrets": {}}
                row |= {"added_by": await person(self.store.database, connection, MEMBER), "added_at": self.now}
                await connection.execute(credentials.insert(), row)

    @precondition(lambda self: self.retired)
    @rule(data=st.data())
    def a_request_on_a_key_that_is_gone(self, data: st.DataObject) -> None:
        job = a_job(account=data.draw(st.sampled_from(self.retired)).name, guild_id=OWNING, created_at=self.now)
        with pytest.raises(AccountRetired):
            self.wait(self.store.admit(job, Quota(), self.now))
