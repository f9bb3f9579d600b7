"""What the machine of `test_ledger_machine` knows: the limits that are set, and what should be true of each job."""

from dataclasses import dataclass, replace
from typing import TypeAlias

from hypothesis import strategies as st
from sqlalchemy import func, select

from bot.domain.fairness import Limits
from bot.domain.job import Job, JobStatus
from bot.domain.ledger import EntryKind, Grant
from bot.domain.quota import Allowance, Ceiling, GuildLimits, Scope, Unit, UsageLimits
from bot.service.admission import OperatorTerms
from bot.storage.tables import balances, ledger, people
from tests.storage.examples import GUILD, MEMBER, PRICE

LIMITS = Limits(per_member=2, per_guild=3, in_all=4, creates_per_minute=10**6)
MEMBERS = (MEMBER, MEMBER + 1)
OWNING = GUILD + 1
"""A guild that brings an account of its own now and then."""

GUILDS = (GUILD, OWNING, None)
ROLE = 77
OPERATORS = OperatorTerms(
    member=UsageLimits(day=Allowance(pictures=12)),
    deployment=UsageLimits(day=Allowance(amount=24 * PRICE), month=Allowance(amount=48 * PRICE)),
)
SET: dict[int | None, GuildLimits] = {
    GUILD: GuildLimits(
        guild=UsageLimits(day=Allowance(pictures=8), week=Allowance(amount=12 * PRICE)),
        member=UsageLimits(day=Allowance(pictures=2), week=Allowance(pictures=6), request=Allowance(pictures=3)),
        roles={ROLE: UsageLimits(day=Allowance(pictures=4))},
    ),
    OWNING: GuildLimits(
        guild=UsageLimits(month=Allowance(pictures=16)),
        member=UsageLimits(month=Allowance(amount=7 * PRICE), cooldown=60),
    ),
    None: GuildLimits(),
}

ENTRIES = (
    select(ledger.c.job_id, ledger.c.kind, ledger.c.amount).where(ledger.c.job_id.is_not(None)).order_by(ledger.c.id)
)
COMMITTED = (
    select(people.c.discord_id, func.sum(ledger.c.committed_pictures), func.sum(ledger.c.committed_amount))
    .join_from(ledger, people, ledger.c.person_id == people.c.id)
    .where(ledger.c.kind != EntryKind.GRANT)
    .group_by(people.c.discord_id)
    .order_by(people.c.discord_id)
)
COMMITMENTS = select(
    ledger.c.account, ledger.c.guild_id, ledger.c.held_at, ledger.c.committed_pictures, ledger.c.committed_amount
).where(ledger.c.kind != EntryKind.GRANT)
BALANCES = select(balances.c.scope, balances.c.quarter, balances.c.pictures, balances.c.amount)
OF_GRANTS = (
    select(
        ledger.c.grant_id,
        people.c.discord_id,
        func.count().filter(ledger.c.kind == EntryKind.GRANT),
        func.sum(ledger.c.committed_pictures),
    )
    .join_from(ledger, people, ledger.c.person_id == people.c.id)
    .where(ledger.c.grant_id.is_not(None))
    .group_by(ledger.c.grant_id, people.c.discord_id)
)

dying = st.sampled_from([False] * 5 + [True])
"""Whether the process dies in the middle of a transaction, before its commit."""

Asked: TypeAlias = tuple[int, int | None, int, tuple[int, ...], bool]
asked = st.tuples(
    st.sampled_from(MEMBERS),
    st.sampled_from([GUILD, *GUILDS]),
    st.integers(1, 4),
    st.sampled_from([(), (ROLE,)]),
    dying,
)


@dataclass
class Granted:
    """A grant, with the reference that it was made by."""

    id: int
    grant: Grant
    reference: str
    revoked: bool = False


@dataclass
class Known:
    """What should be true of a job."""

    job: Job
    pictures: int
    amount: int
    grant: int | None = None
    had_turn: bool = False  # it may be submitted
    last_owner: str = ""

    @property
    def guild_member(self) -> tuple[int | None, int]:
        return self.job.guild_id, self.job.member_id

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

    def counts(self, ceiling: Ceiling, job: Job) -> bool:
        """Whether it counts against a ceiling of that job's."""
        if not ceiling.span.start <= self.job.created_at < ceiling.span.end:
            return False
        match ceiling.scope:
            case Scope.DEPLOYMENT:
                return self.job.account == job.account
            case Scope.GUILD:
                return job.guild_id is not None and self.job.guild_id == job.guild_id
            case Scope.MEMBER:
                return self.guild_member == (job.guild_id, job.member_id) and self.grant is None

    def sum(self, unit: Unit) -> int:
        return self.pictures if unit is Unit.PICTURES else self.amount

    def lose_owner(self) -> None:
        self.job = replace(self.job, owner=None, claimed_at=None)
        self.had_turn = self.had_turn and self.job.status is not JobStatus.QUEUED
