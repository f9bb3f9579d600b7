"""A job's stop on its way: it waits for a reviewer, who is shown what is to be decided on."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import structlog

from bot.domain.errors import AwaitsReview
from bot.domain.job import Job
from bot.domain.moderation import ReviewStage
from bot.domain.review import Decision, ReviewRecord, stage_of
from bot.service.ports import (
    Announcer,
    Blobs,
    Clock,
    OutputPicture,
    Place,
    Preferences,
    ReviewDesk,
    Reviews,
    TryLater,
    Undeliverable,
)
from bot.service.results import Results

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)


class Reviewing:
    """`wake` is called when there may be a job to claim."""

    def __init__(
        self,
        *,
        reviews: Reviews,
        preferences: Preferences,
        desk: ReviewDesk,
        announcer: Announcer,
        results: Results,
        blobs: Blobs,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._reviews = reviews
        self._preferences = preferences
        self._desk = desk
        self._announcer = announcer
        self._results = results
        self._blobs = blobs
        self._clock = clock
        self._wake = wake

    @staticmethod
    def holds_request(job: Job) -> bool:
        """Whether the job, staged by now, has to wait before anything is spent."""
        return ReviewStage.REQUEST in job.oversight.review and job.approved_at is None

    @staticmethod
    def holds_result(job: Job) -> bool:
        """Whether the job, which is to be delivered, has pictures that have to wait."""
        return ReviewStage.RESULT in job.oversight.review and job.cleared_at is None and job.failure is None

    async def hold(self, job: Job, stage: ReviewStage, **changes: Any) -> None:
        """Let the job wait at this stage, with changes to its fields, and the reviewers know of it. It has no owner
        then, unless a call failed: entering it again goes on from there.

        Raises what `ReviewDesk.post` does, but for `Undeliverable`: then the job waits in the list alone.
        """
        policy = await self._preferences.policy(job.guild_id or 0)
        now = self._clock.now()
        job, review = await self._reviews.open(job, stage, now, now + policy.review_lasts, **changes)
        if stage is ReviewStage.RESULT:
            until = int(review.expires_at.timestamp())
            await self._announcer.show_waiting(job, AwaitsReview(stage.value, until))
        place = await self._post(review, job, policy.reviewers_channel_id)
        await self._reviews.posted(job, stage, place and (place.channel_id, place.message_id), self._clock.now())
        _log.info("waiting for a reviewer", stage=stage.value, until=review.expires_at, posted=place is not None)
        self._wake()  # it may have been canceled meanwhile

    async def resume(self, job: Job) -> None:
        """Go on with a job that was claimed while it waits: its card was never posted, or it is canceled."""
        stage = stage_of(job.status)
        assert stage is not None  # noqa: S101 # only jobs under review come here
        if job.cancel is None:
            await self.hold(job, stage)
            return
        await self._reviews.decide(job.id, stage, Decision.CANCELED, self._clock.now())
        self._wake()

    async def show(
        self, review: ReviewRecord, job: Job, send: Callable[[Sequence[OutputPicture]], Awaitable[_T]]
    ) -> _T:
        """Send the pictures that are to be decided on, made smaller where they have to be."""
        if review.stage is ReviewStage.RESULT:
            async with self._results.holding(job) as pictures:
                return (await self._results.send_fitting(send, pictures))[0]
        return (await self._results.send_fitting(send, await self._inputs(job)))[0]

    async def _post(self, review: ReviewRecord, job: Job, channel_id: int | None) -> Place | None:
        if channel_id is None:
            return None
        try:
            return await self.show(review, job, lambda shown: self._desk.post(review, job, shown, channel_id))
        except Undeliverable as error:
            why = repr(error.__cause__ or error)
            _log.warning("the reviewers' channel is out of reach", channel=channel_id, error=why)
        except TryLater:
            raise
        except Exception:  # noqa: BLE001 # a mistake of ours ends no request: the reviewers have it in their list
            _log.exception("the reviewers' card could not be made")
        return None

    async def _inputs(self, job: Job) -> list[OutputPicture]:
        """What the job is made from; what isn't kept any longer is left out."""
        kept = [(number, image, await self._blobs.get(image.key)) for number, image in enumerate(job.inputs, start=1)]
        return [
            OutputPicture(number, f"input-{number}.{image.media_type.removeprefix('image/')}", data)
            for number, image, data in kept
            if data is not None
        ]
