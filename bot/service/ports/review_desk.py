"""The reviewers' channel, as a port."""

from collections.abc import Sequence
from typing import Protocol

from bot.domain.job import Job
from bot.domain.review import ReviewRecord
from bot.service.ports.announcer import OutputPicture, Place


class ReviewDesk(Protocol):
    """The cards of what waits for reviewers. Each call may be repeated, and may raise `TryLater`."""

    async def post(self, review: ReviewRecord, job: Job, pictures: Sequence[OutputPicture], channel_id: int) -> Place:
        """Show what is to be decided on: for the request its inputs, for the result its pictures, veiled. A post that
        is repeated within minutes makes no second.

        Raises `Undeliverable` where the channel is out of reach, and `FilesTooLarge` where smaller files would do."""
        ...

    async def close(self, review: ReviewRecord, job: Job) -> None:
        """Say on the card what was decided, and take its buttons and pictures away. A card that is gone is left so."""
        ...
