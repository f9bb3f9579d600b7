"""What the use cases need of the records: the jobs table and the ledger."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from bot.domain.account import Billing
from bot.domain.catalog import MicroDollars
from bot.domain.errors import EaselError, StoreUnavailable
from bot.domain.job import Job, JobStatus
from bot.domain.quota import Quota


@dataclass(unsafe_hash=True)
class CommitInDoubt(StoreUnavailable, code="commit_in_doubt"):
    """The connection was lost in the middle of a commit: it may have been done all the same."""


class Fenced(Exception):
    """The job isn't this process's to change: another took it over, or it has left the status it was read in."""


class AlreadyAdmitted(Exception):
    """There is a job of that id: another process was told of the same interaction."""


class AccountRetired(Exception):
    """The job's account takes no new jobs: its guild has removed or replaced its key."""


class PredictionTaken(Exception):
    """That prediction is another job's."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a member used in a period."""

    pictures: int = 0
    jobs: int = 0
    amount: MicroDollars = 0

    @classmethod
    def total(cls, usages: Iterable["Usage"]) -> "Usage":
        """All of them together."""
        each = list(usages)
        return cls(sum(one.pictures for one in each), sum(one.jobs for one in each), sum(one.amount for one in each))


@dataclass(frozen=True, slots=True)
class UsageReport:
    today: Usage
    month: Usage
    by_quality: dict[str, Usage]  # this month
    last: tuple[Job, ...]  # newest first


@dataclass(frozen=True, slots=True)
class Sample:
    """How long a job that succeeded ran, and what it did cost."""

    run_seconds: float
    cost: MicroDollars
    billing: Billing


@dataclass(frozen=True, slots=True)
class Stray:
    """A run at Replicate that no job owns, and the job that it was probably made for."""

    prediction_id: str
    account: str
    job_id: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class MemberJobs:
    """A member's jobs: those that haven't ended, oldest first, and the latest that have, newest first."""

    live: tuple[Job, ...]
    ended: tuple[Job, ...]


class Store(Protocol):
    """The jobs table and the ledger. Every method is one transaction.

    Any method may raise `StoreUnavailable` of `bot.domain.errors`; after all but its `CommitInDoubt` nothing was done.
    """

    async def admit(
        self, job: Job, quota: Quota, now: datetime, *, role_ids: Collection[int] = ()
    ) -> EaselError | None:
        """Insert the job and its hold if the quota, lowered by sanctions that are in force, allows both; else raise the
        refusal of `bot.domain.quota.decide`, or `MemberBlocked`. Answers why the job's account takes no creates now, if
        it doesn't.

        The job's `created_at` dates the hold. Twenty at once against a quota of one admit one. `role_ids` are its
        member's, for grants. Raises `AlreadyAdmitted`, whatever the quota says by then, and `AccountRetired`.
        """
        ...

    async def answered(self, job_id: str, message_id: int, *, told_ahead: int | None = None) -> EaselError | None:
        """Discord has told the id of the job's message, which says that so many requests are ahead of it.

        Answers why the job's account takes no creates now, if it doesn't and the job waits: who told the others of it
        did not know of this message.
        """
        ...

    async def job(self, job_id: str) -> Job | None: ...

    async def account_of(self, job_id: str) -> str | None:
        """The account of a job; None where there is no such job."""
        ...

    async def job_of_prediction(self, prediction_id: str) -> Job | None: ...

    async def cancel(self, job_id: str, person_id: int, now: datetime) -> bool:
        """Record that this person (a Discord id) wants the job to end without its pictures; False where somebody had
        asked before, or where it is too late: the job is being delivered or has ended."""
        ...

    async def advance(self, job: Job, to: JobStatus, **changes: Any) -> Job:
        """Take one step of `bot.domain.job.TRANSITIONS` (or none, to record changes within a status), with changes to
        fields of the job. With `owner=None` the job is free for another claim.

        Raises `Fenced` where the row isn't `job.owner`'s in the status that `job` was read in, and `PredictionTaken`
        where the prediction that the job would get is another job's."""
        ...

    async def settle(
        self, job: Job, to: JobStatus, now: datetime, *, captured: MicroDollars | None, pictures: int
    ) -> Job:
        """End the job: its last status with its capture (of `captured`) or, for None, its release, together.

        Raises `Fenced` as `advance` does; the entry can't be made twice."""
        ...

    async def received(self, webhook_id: str, now: datetime) -> bool:
        """Record a delivery; False where that id was recorded before."""
        ...

    async def samples(self, model: str, quality: str, count: int, limit: int) -> Sequence[Sample]:
        """The latest such jobs that succeeded, newest first."""
        ...

    async def jobs_of(self, member_id: int, ended: int) -> MemberJobs:
        """All of a member's jobs that haven't ended, and the latest few that have."""
        ...

    async def usage(self, member_id: int, now: datetime, last: int) -> UsageReport: ...

    async def recall(self, key: str) -> str | None:
        """What `remember` kept: small facts of the deployment, such as the hash of the synced commands."""
        ...

    async def remember(self, key: str, value: str) -> None: ...

    async def revise(self, key: str, change: Callable[[str | None], str | None]) -> None:
        """Keep what `change` makes of what is kept (None: leave it as it is), while no other process revises
        anything. What `change` raises goes through, and nothing is kept then."""
        ...

    async def forget_before(self, now: datetime) -> None:
        """Drop what is too old to matter: webhook ids that can't come again, turns that nobody waits behind."""
        ...

    async def doubtful(self, since: datetime) -> Sequence[Job]:
        """The doubtful jobs among those made since then, and all that are being submitted."""
        ...

    async def stray(self, stray: Stray) -> bool:
        """Record a run that no job owns; False where it was recorded before."""
        ...
