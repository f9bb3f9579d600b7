"""What reviewers decide, and what becomes of reviews that nobody decides on."""

import asyncio
from collections.abc import Callable

import structlog

from bot.domain.errors import StoreUnavailable
from bot.domain.job import Job
from bot.domain.moderation import ReviewStage
from bot.domain.review import Decision, ReviewRecord
from bot.service.ports import Announcer, Clock, OpenReviews, Queue, ReviewDesk, Reviews, Store, Trusted, TryLater

_log = structlog.get_logger(__name__)

ROUND_SECONDS = 15.0
"""How late a review expires, and a card is changed, whose decision was made elsewhere."""

MOST_AT_ONCE = 50


class ReviewDecisions:
    """`wake` is called when a job may go on."""

    def __init__(
        self,
        *,
        reviews: Reviews,
        desk: ReviewDesk,
        store: Store,
        queue: Queue,
        announcer: Announcer,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._reviews = reviews
        self._desk = desk
        self._store = store
        self._queue = queue
        self._announcer = announcer
        self._clock = clock
        self._wake = wake
        self._tending = asyncio.Event()

    async def review(self, job_id: str, stage: ReviewStage) -> tuple[ReviewRecord, Job] | None:
        return await self._reviews.review(job_id, stage)

    async def waiting(self, guild_id: int, most: int) -> OpenReviews:
        return await self._reviews.waiting(guild_id, most)

    async def trusted(self, guild_id: int) -> list[Trusted]:
        return list(await self._reviews.trusted(guild_id))

    async def approve(self, job_id: str, stage: ReviewStage, by: int, *, trust: bool = False) -> bool:
        """Let the job go on, and with `trust` all its member's from now on. False where it was decided before."""
        ours = await self._decide(job_id, stage, Decision.APPROVED, by, trust=trust)
        if ours and stage is ReviewStage.REQUEST:
            await self._tell_if_closed(job_id)
        return ours

    async def reject(self, job_id: str, stage: ReviewStage, by: int, reason: str) -> bool:
        """End the job, and tell its member why. False where it was decided before."""
        return await self._decide(job_id, stage, Decision.REJECTED, by, reason=reason)

    async def closed(self, review: ReviewRecord) -> None:
        """The card that the reviewers saw says what was decided."""
        await self._reviews.closed(review.job_id, review.stage, self._clock.now())

    def tend(self) -> None:
        """There is a card to close, or may be."""
        self._tending.set()

    async def trust(self, guild_id: int, member_id: int, by: int) -> bool:
        return await self._reviews.trust(guild_id, member_id, by=by, now=self._clock.now())

    async def distrust(self, guild_id: int, member_id: int, by: int) -> bool:
        return await self._reviews.distrust(guild_id, member_id, by=by, now=self._clock.now())

    async def run(self) -> None:
        """Let expire what nobody decided on, and close the cards of what was decided elsewhere, until canceled."""
        while True:
            self._tending.clear()
            try:
                await self._expire()
                await self._close()
            except StoreUnavailable as error:
                _log.debug("reviews can't be looked after", error=repr(error.__cause__ or error))
            except Exception:  # noqa: BLE001 # a mistake in one round must not be the last of all
                _log.exception("reviews can't be looked after")
            await self._next_round()

    async def _decide(
        self, job_id: str, stage: ReviewStage, decision: Decision, by: int, *, reason: str = "", trust: bool = False
    ) -> bool:
        ours = await self._reviews.decide(job_id, stage, decision, self._clock.now(), by=by, reason=reason, trust=trust)
        if ours:
            _log.info("review decided", job=job_id, stage=stage.value, decision=decision.value, by=by)
            self._wake()
        return ours

    async def _tell_if_closed(self, job_id: str) -> None:
        """Let the member's card say what the job waits for now, where its account takes no creates: who told the others
        did not count this one among them."""
        job = await self._store.job(job_id)
        because = await self._queue.closed(job.account) if job is not None else None
        if job is not None and because is not None:
            await self._announcer.show_waiting(job, because)

    async def _expire(self) -> None:
        for each in await self._reviews.due(self._clock.now(), MOST_AT_ONCE):
            if await self._reviews.decide(each.job_id, each.stage, Decision.EXPIRED, self._clock.now()):
                _log.info("review expired", job=each.job_id, stage=each.stage.value)
                self._wake()

    async def _close(self) -> None:
        for review, job in await self._reviews.unclosed(MOST_AT_ONCE):
            try:
                await self._desk.close(review, job)
            except TryLater as error:
                _log.debug("a reviewers' card can't be closed yet", job=job.id, error=repr(error.__cause__ or error))
            else:
                await self._reviews.closed(job.id, review.stage, self._clock.now())

    async def _next_round(self) -> None:
        due = asyncio.create_task(self._clock.sleep(ROUND_SECONDS))
        woken = asyncio.create_task(self._tending.wait())
        try:
            await asyncio.wait({due, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            due.cancel()
            woken.cancel()
            await asyncio.gather(due, woken, return_exceptions=True)
