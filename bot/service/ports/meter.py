"""What is counted, for whoever watches the deployment."""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.errors import EaselError
from bot.domain.job import Job


class Received(StrEnum):
    """What became of a request to the webhook's address."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    UNVERIFIED = "unverified"  # its signature doesn't hold
    UNREADABLE = "unreadable"  # it broke off, took too long, or is no prediction
    UNAVAILABLE = "unavailable"  # the secret or the database could not be had
    LIMITED = "limited"  # its address has sent too many, of whatever kind


class Meter(Protocol):
    """Hears of what happens as it happens. No call waits or raises, and none is kept by who asked, where, or for what:
    what is counted are models, qualities, outcomes and durations."""

    def admitted(self, job: Job) -> None: ...

    def refused(self, refusal: EaselError) -> None:
        """A request that became no job."""
        ...

    def claimed(self, job: Job) -> None:
        """This process works on the job from now on."""
        ...

    def staged(self, job: Job, at: datetime) -> None:
        """The job, as it was claimed, has all its inputs read, kept and judged."""
        ...

    def settled(self, job: Job) -> None:
        """The job, as it ended."""
        ...

    def answered(self, kind: str, seconds: float) -> None:
        """An interaction got its first answer, so long after this process heard of it. `kind` is Discord's name of its
        type."""
        ...

    def responded(self, service: str, status: int) -> None:
        """A service answered a request with this HTTP status."""
        ...

    def rate_limited(self, scope: str, seconds: float) -> None:
        """Discord answered 429, to be asked again after so long; `scope` is its `X-RateLimit-Scope`."""
        ...

    def received(self, what: Received, seconds: float | None = None) -> None:
        """A request to the webhook's address; `seconds` after the end of the run that it tells of."""
        ...
