"""What the use cases need to share work among processes: turns, proof of life, word."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.errors import EaselError
from bot.domain.job import CancelRequest, Job
from bot.service.ports.replicate import Throttled


@dataclass(frozen=True, slots=True)
class Claim:
    """What a process has to do now."""

    jobs: Sequence[Job]  # newly its own
    canceled: Mapping[str, CancelRequest]  # asked for, by the ids of jobs that it owned already and that are to end
    wait: float | None  # seconds until more may be claimed, where that is known
    waiting: bool = True  # whether there may be jobs whose turn comes with the end of another's run


class Queue(Protocol):
    """Who works on which job, within limits that hold for all processes together.

    Every method is one transaction, and may raise `StoreUnavailable` of `bot.domain.errors`.
    """

    async def claim(self, owner: str, now: datetime, most: int) -> Claim:
        """Make up to `most` jobs the owner's that haven't ended and have no owner: first those that are past the queue
        (under way, canceled, or waiting for longer than anyone should), then queued ones whose turn it is by
        `bot.domain.fairness`."""
        ...

    async def owned(self, owner: str) -> Sequence[Job]:
        """The owner's jobs that haven't ended: after a claim whose commit is in doubt, those that it made the owner's
        are among them."""
        ...

    async def slow_down(self, account: str, now: datetime, throttled: Throttled) -> None:
        """After a 429: no queued job of the account is claimed until it is over, and more slowly from then on."""
        ...

    async def close(self, account: str, now: datetime, because: EaselError) -> bool:
        """No more creates on the account, but one a minute, to see whether they are taken again; the first that is
        opens it (`Store.advance` from submitting to running). False where it was closed already."""
        ...

    async def closed(self, account: str) -> EaselError | None:
        """Why the account takes no creates, if it takes none."""
        ...

    async def waiting(self, account: str, most: int) -> Sequence[Job]:
        """The account's jobs that wait for their turn, newest first."""
        ...

    async def line(self, now: datetime, most: int) -> Sequence[str]:
        """The ids of the jobs that wait and could not be claimed now: the first `most` in the order of their turns as
        far as it can be told (`bot.domain.fairness.line_up`), then the others."""
        ...

    async def moved(self, now: datetime, most: int, *, not_since: datetime) -> Sequence[Job]:
        """Of the first `most` in line those whose `told_ahead` isn't how many are ahead of them, unless this changed it
        after `not_since`; from now on it is, so that one process tells their members.

        Jobs whose card isn't noted yet are left out, and those that wait for what keeps their account closed."""
        ...


class Processes(Protocol):
    """Which processes share the database, and who of them lives. A name is used once.

    Every method is one transaction (a beat: one more for each process that it takes for dead), and may raise
    `StoreUnavailable` of `bot.domain.errors`.
    """

    async def join(self, name: str) -> None:
        """Be one of them from now on."""
        ...

    async def beat(self, name: str) -> bool:
        """Show that this process lives, and free the jobs of those that don't seem to. False where it was itself
        taken for dead: its jobs are others' by now."""
        ...

    async def leave(self, name: str) -> None:
        """Be gone, with all its jobs free for the others."""
        ...


@dataclass(frozen=True, slots=True)
class PredictionNews:
    """That a webhook told of a job's prediction. Whoever waits for it looks the prediction up."""

    job_id: str
    prediction_id: str
    webhook_id: str


class Wakeups(Protocol):
    """Word among the processes that share a database. It reaches those that listen at the time, the speaker's own too,
    at once or never: nothing may depend on it but how soon something happens.

    Telling may raise `StoreUnavailable` of `bot.domain.errors`.
    """

    async def announce(self) -> None:
        """Tell that there may be something to do. Whatever frees, admits or cancels a job does so by itself."""
        ...

    async def announce_prediction(self, news: PredictionNews) -> None: ...

    async def listen(self, name: str, wake: Callable[[], None], hear: Callable[[PredictionNews], None]) -> None:
        """Until canceled, call `wake` for each announcement of a job and `hear` for each one of a prediction. While it
        listens, the others see at once when the process of that name dies.

        `wake` is also called whenever listening begins, and begins again after the database was out of reach: word
        may have been missed before."""
        ...
