"""What the use cases need of Discord."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from bot.domain.catalog import MicroDollars
from bot.domain.errors import EaselError
from bot.domain.job import Job
from bot.domain.request import Attachment


@dataclass(frozen=True, slots=True)
class OutputPicture:
    """A picture that the model made: untouched, unless it had to be refitted."""

    number: int  # among those of its job, from 1
    filename: str
    data: bytes = field(repr=False)
    refitted_from: int | None = None  # bytes of the original, where that was over the place's limit
    original: str | None = field(default=None, repr=False)  # its URL, where Replicate keeps it for a while


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message is."""

    channel_id: int
    message_id: int


class Undeliverable(Exception):
    """No rung of the delivery ladder holds: the message, the channel and the member are all out of reach."""


@dataclass(unsafe_hash=True)
class FilesTooLarge(Exception):
    """The place takes files of at most `limit` bytes, and one of the pictures is larger."""

    limit: int


class TryLater(Exception):
    """Discord can't be reached, or is in trouble itself: the same call may do in a while."""


class Announcer(Protocol):
    """The job's own message. Each call may be repeated: it edits, and the last one wins.

    All but those that show how it stands may raise `TryLater`, which is also what comes of a call that hangs.
    """

    async def show_progress(self, job: Job, expected_end: datetime, expected_cost: MicroDollars) -> None:
        """Say that it runs now. A message that can't be edited is left as it is."""
        ...

    async def show_waiting(self, job: Job, because: EaselError | None) -> None:
        """Say that it waits, and why: `OutOfCredit`, `VendorBusy`; None where it only waits for its turn. A message
        that can't be edited is left as it is."""
        ...

    async def deliver(self, job: Job, pictures: Sequence[OutputPicture]) -> Place:
        """Answers the message that holds the pictures now. Raises `Undeliverable`, and `FilesTooLarge` where smaller
        files would do: an interaction may take larger ones than the same message takes from the bot later."""
        ...

    async def announce_failure(self, job: Job, failure: EaselError) -> Place:
        """Answers the message that says it now. Raises `Undeliverable`."""
        ...

    async def withdraw(self, job: Job, refusal: EaselError) -> None:
        """Take the card away and tell its member alone why. Raises `Undeliverable`."""
        ...

    async def attached(self, job: Job) -> Mapping[int, Attachment]:
        """The pictures in its message, by their numbers; none where the message is gone. Raises `Undeliverable` where
        it can't be read."""
        ...

    async def withhold(self, job: Job, *, removed: bool) -> None:
        """Take the pictures out of its message, until a moderator has looked or, `removed`, for good. Raises
        `Undeliverable` where the message is gone or out of reach."""
        ...

    async def restore(self, job: Job, pictures: Sequence[OutputPicture]) -> Place:
        """Put the pictures back into its message, and nowhere else. Raises `Undeliverable`, and `FilesTooLarge` as
        `deliver` does."""
        ...

    async def delete(self, job: Job) -> None:
        """Delete its message; one that is gone is none to delete. Raises `Undeliverable` where it is out of reach."""
        ...
