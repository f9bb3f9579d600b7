"""How the whole deployment stands, as its database tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.audit import DifferenceKind
from bot.domain.catalog import MicroDollars
from bot.domain.job import JobStatus


@dataclass(frozen=True, slots=True)
class DeploymentFigures:
    """One moment's. Jobs are those that haven't ended; money is of the operator's account."""

    jobs: Mapping[JobStatus, int]
    waiting: int  # of the queued jobs those that no process works on
    oldest_wait: float | None  # seconds that the first of these has waited for; None where none does
    held: MicroDollars
    committed_today: MicroDollars  # spent or held, in UTC
    committed_this_month: MicroDollars
    processes: int
    closed_accounts: Mapping[bool, int]  # that take no creates: the operator's own (true), those of guilds
    reconciled_at: datetime | None  # when the last nightly reconciliation began that came to its end
    new_differences: Mapping[DifferenceKind, int]  # that it found, and none before it
    database_bytes: int


class Figures(Protocol):
    async def figures(self, now: datetime) -> DeploymentFigures:
        """In one transaction, whose cost grows with the jobs that haven't ended, and not with those that have.

        Raises `StoreUnavailable` of `bot.domain.errors`."""
        ...
