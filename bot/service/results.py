"""What a job's member gets of its end: the pictures or a sentence, in its own message; and what the ledger gets."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import structlog

from bot.domain.errors import (
    Canceled,
    DamagedPicture,
    EaselError,
    MemberBarred,
    PicturesGone,
    RequestRefused,
    VendorFailure,
)
from bot.domain.job import Answer, Job, JobStatus
from bot.domain.moderation import LONGEST_REVIEW, ReviewStage
from bot.service.bars import Bars
from bot.service.capacity import Capacity, expected_bytes, expected_picture
from bot.service.ports import (
    Announcer,
    AnswerLost,
    Blobs,
    Clock,
    FilesTooLarge,
    Meter,
    NeverSent,
    OutputPicture,
    Place,
    Predictions,
    Refitter,
    Store,
    TryLater,
    Undeliverable,
)

_T = TypeVar("_T")

_log = structlog.get_logger(__name__)

FETCH_TRIES = 4
RETRY_SECONDS = 2.0
DELIVERY_PATIENCE = timedelta(days=1)
"""How long Discord may be in trouble, counted from the request or its last review, until a result is kept instead."""

CARD_SECONDS = 0.2
"""Between two looks whether the card of a job that ended at once is there."""

REFITS = 3
"""How often pictures are made smaller for a place that takes less than it said."""


class Results:
    """`keep` is how long pictures are kept that could not be delivered. All that are held at a time have room in
    `capacity`."""

    def __init__(
        self,
        *,
        store: Store,
        predictions: Predictions,
        announcer: Announcer,
        refitter: Refitter,
        blobs: Blobs,
        bars: Bars,
        capacity: Capacity,
        clock: Clock,
        meter: Meter,
        keep: timedelta,
        card_patience: timedelta = timedelta(),
    ) -> None:
        self._store = store
        self._predictions = predictions
        self._announcer = announcer
        self._refitter = refitter
        self._blobs = blobs
        self._bars = bars
        self._capacity = capacity
        self._clock = clock
        self._meter = meter
        self._keep = keep
        self._card_patience = card_patience
        self._kept: set[str] = set()  # jobs whose pictures this process has kept

    async def deliver(self, job: Job) -> None:
        """Tell how the job ended, by pictures or in words, and settle it."""
        job = await self._with_card(job)
        if job.failure is not None:
            await self._tell(job, [])
            return
        async with self._capacity.room(expected_bytes(job)) as room:
            job, pictures = await self._fetch_for(job)
            room.fit(pictures)
            await self._tell(job, pictures)

    async def _tell(self, job: Job, pictures: Sequence[OutputPicture]) -> None:
        reached = True
        try:
            job, pictures = await self._announce(job, pictures)
        except (Undeliverable, TryLater) as error:
            now = self._clock.now()
            again = isinstance(error, TryLater) and now - job.free_since < DELIVERY_PATIENCE
            if not again or job.id not in self._kept:
                await self._keep_pictures(job, pictures, now + self._keep)
            if again:
                raise
            if pictures:
                job = await self._store.advance(job, JobStatus.DELIVERING, kept_until=now + self._keep)
            reached = False
            _log.warning("the answer reached nobody", error=repr(error))
        reviewed = ReviewStage.RESULT in job.oversight.review
        if job.failure is not None and reviewed:
            await self._let_go(job)
        await self.settle(job, pictures=len(pictures))
        self._kept.discard(job.id)
        if pictures and reached and reviewed:  # only now: a delivery that is repeated needs what the reviewer saw
            await self._let_go(job)
        if pictures:
            event = "pictures delivered" if reached else "pictures kept"
            _log.info(event, pictures=len(pictures), run_seconds=job.run_seconds)
        else:
            _log.info("job ended without pictures", outcome=job.failure.code if job.failure else None)

    async def _with_card(self, job: Job) -> Job:
        """The job once its card is there: another process may be about to show it, in the place of whatever stands
        there by then. It has `card_patience` for that, from the admission on."""
        while self._card_patience and job.message_id is None:
            job = await self._store.job(job.id) or job
            if job.message_id is not None or self._clock.now() - job.created_at > self._card_patience:
                break
            await self._clock.sleep(CARD_SECONDS)
        return job

    async def _fetch_for(self, job: Job) -> tuple[Job, list[OutputPicture]]:
        """The pictures; or none, and the job with the failure that keeps them from its member."""
        urls = job.prediction.output if job.prediction else ()
        fetches = [self._fetch_output(job, number, url) for number, url in enumerate(urls, start=1)]
        # Beside each other, so that the question to Discord costs a delivery no time.
        barred, *attempts = await asyncio.gather(self._bars.check(job), *fetches, return_exceptions=True)
        failure: EaselError
        if isinstance(barred, MemberBarred):
            failure = barred
        elif isinstance(barred, BaseException):
            raise barred
        else:
            try:
                return job, _had(attempts)
            except PicturesGone as gone:
                failure = gone
            except DamagedPicture:
                failure = VendorFailure("its file is no picture")
        return await self._store.advance(job, JobStatus.DELIVERING, failure=failure), []

    async def hand_out(self, job: Job, answer: Answer, message_id: int | None) -> None:
        """Show pictures that reached nobody, in this message, the private answer to another interaction.

        Raises `PicturesGone` where none are kept any longer, `MemberBarred`, and what `Announcer.deliver` raises."""
        if barred := await self._bars.check(job):
            raise barred
        here = replace(job, answer=answer, message_id=message_id, message_channel_id=None)
        async with self.holding(job) as pictures:
            if not pictures:
                raise PicturesGone
            with structlog.contextvars.bound_contextvars(job=job.id):
                await self._show(here, [await self._fitting(each, answer.file_limit) for each in pictures])

    @asynccontextmanager
    async def holding(self, job: Job) -> AsyncGenerator[list[OutputPicture]]:
        """What `kept` answers, with room for it until the block is left."""
        async with self._capacity.room(expected_bytes(job)) as room:
            pictures = await self.kept(job)
            room.fit(pictures)
            yield pictures

    async def kept(self, job: Job) -> list[OutputPicture]:
        """Those of the job's pictures that are kept, as the model made them where they wait for a reviewer."""
        made = len(job.prediction.output) if job.prediction else job.request.count
        kept = [(number, await self._blobs.get(output_key(job, number - 1))) for number in range(1, made + 1)]
        return [named(job, number, data) for number, data in kept if data is not None]

    async def keep(self, job: Job) -> bool:
        """Keep the pictures for a reviewer, as the model made them, for longer than they may have to wait; False where
        there are none to be had any more. Of several those that are lost are left out."""
        until = self._clock.now() + LONGEST_REVIEW + self._keep
        kept = 0
        for index, url in enumerate(job.prediction.output if job.prediction else ()):
            async with self._capacity.room(expected_picture(job.request)) as room:
                try:
                    data, _ = await self._fetch(job, index, url)
                except PicturesGone:
                    continue
                room.resize(len(data))
                await self._blobs.put(output_key(job, index), data, keep_until=until)
            kept += 1
        return kept > 0

    async def restore(self, job: Job) -> bool:
        """Show kept pictures in the job's message again; False where none are kept, or they can't be shown there.

        Raises `TryLater`."""
        async with self.holding(job) as pictures:
            if not pictures:
                return False
            try:
                with structlog.contextvars.bound_contextvars(job=job.id):
                    await self.send_fitting(partial(self._announcer.restore, job), pictures)
            except Undeliverable:
                return False
            return True

    async def settle(self, job: Job, *, pictures: int) -> None:
        """End the job with what it cost."""
        ended = await self._store.settle(
            job, _last_status(job), self._clock.now(), captured=job.cost or None, pictures=pictures
        )
        self._meter.settled(ended)

    async def _announce(self, job: Job, pictures: Sequence[OutputPicture]) -> tuple[Job, Sequence[OutputPicture]]:
        match job.failure:
            case None:
                place, pictures = await self._show(job, pictures)
            case RequestRefused() as refusal:
                await self._announcer.withdraw(job, refusal)
                return job, pictures
            case failure:
                place = await self._announcer.announce_failure(job, failure)
        if place != Place(job.message_channel_id or job.channel_id, job.message_id or 0):
            elsewhere = place.channel_id if place.channel_id != job.channel_id else None
            job = await self._store.advance(
                job, JobStatus.DELIVERING, message_id=place.message_id, message_channel_id=elsewhere
            )
        return job, pictures

    async def _show(self, job: Job, pictures: Sequence[OutputPicture]) -> tuple[Place, Sequence[OutputPicture]]:
        return await self.send_fitting(partial(self._announcer.deliver, job), pictures)

    async def send_fitting(
        self, send: Callable[[Sequence[OutputPicture]], Awaitable[_T]], pictures: Sequence[OutputPicture]
    ) -> tuple[_T, Sequence[OutputPicture]]:
        """Send the pictures; as smaller files where the place that they reach takes no others. Answers what the call
        did, and what was sent. Raises what the call does, and `Undeliverable` in the place of `FilesTooLarge`."""
        originals = pictures
        for _ in range(REFITS):
            try:
                return await send(pictures), pictures
            except FilesTooLarge as too_large:
                _log.warning("the place takes smaller files", limit=too_large.limit)
                try:
                    pictures = [await self._fitting(each, too_large.limit) for each in originals]
                except DamagedPicture:
                    raise Undeliverable("a picture can't be made smaller") from None
        raise Undeliverable("no file is small enough")

    async def _fetch_output(self, job: Job, number: int, url: str) -> OutputPicture:
        data, at_replicate = await self._fetch(job, number - 1, url)
        original = url if at_replicate and not url.startswith("data:") else None
        picture = replace(named(job, number, data), original=original)
        return await self._fitting(picture, job.answer.file_limit)

    async def _fitting(self, picture: OutputPicture, limit: int) -> OutputPicture:
        """The picture as it is, unless the place takes no file of its size."""
        if len(picture.data) <= limit:
            return picture
        refitted = await self._refitter.refit(picture.filename, picture.data, limit)
        name = f"{picture.filename.rpartition('.')[0]}.webp"
        return replace(picture, filename=name, data=refitted, refitted_from=picture.refitted_from or len(picture.data))

    async def _fetch(self, job: Job, index: int, url: str) -> tuple[bytes, bool]:
        """The file from Replicate, or, once that has forgotten it, as it was kept when it could not be delivered; and
        whether Replicate has it. One that a reviewer has cleared is the one that the reviewer saw."""
        if job.cleared_at is not None and (seen := await self._blobs.get(output_key(job, index))) is not None:
            return seen, False
        for retry in range(FETCH_TRIES):
            try:
                return await self._predictions.fetch(url), True
            except PicturesGone:
                break
            except (AnswerLost, NeverSent) as error:
                _log.warning("a picture's fetch failed", error=repr(error))
                if retry < FETCH_TRIES - 1:
                    await self._clock.sleep(RETRY_SECONDS * 2**retry)
        kept = await self._blobs.get(output_key(job, index))
        if kept is None:
            raise PicturesGone
        return kept, False

    async def _let_go(self, job: Job) -> None:
        """Delete what was kept for a reviewer, once it has been shown or is to be shown to nobody."""
        for index in range(len(job.prediction.output) if job.prediction else 0):
            await self._blobs.delete(output_key(job, index))

    async def _keep_pictures(self, job: Job, pictures: Sequence[OutputPicture], until: datetime) -> None:
        """For another try, before Replicate forgets them, and for their member, where there will be none."""
        self._kept.add(job.id)
        for picture in pictures:
            await self._blobs.put(output_key(job, picture.number - 1), picture.data, keep_until=until)


def _had(attempts: Sequence[OutputPicture | BaseException | None]) -> list[OutputPicture]:
    """What there is to be had of the pictures. Raises `PicturesGone` and `DamagedPicture` where that is none of them,
    and whatever else kept one away."""
    losses = [each for each in attempts if isinstance(each, BaseException)]
    for loss in losses:
        if not isinstance(loss, (PicturesGone, DamagedPicture)) or len(losses) == len(attempts):
            raise loss
        _log.warning("a picture of several could not be had", error=repr(loss))
    return [each for each in attempts if isinstance(each, OutputPicture)]


def named(job: Job, number: int, data: bytes) -> OutputPicture:
    return OutputPicture(number, f"easel-{job.id}-{number}.{_extension(data)}", data)


def output_key(job: Job, index: int) -> str:
    """Under which a picture is kept, where it is; `index` counts those of the job from 0."""
    return f"{job.id}/output-{index}"


def _last_status(job: Job) -> JobStatus:
    match job.failure:
        case None:
            return JobStatus.SUCCEEDED
        case Canceled():
            return JobStatus.CANCELED
        case _:
            return JobStatus.FAILED


def _extension(data: bytes) -> str:
    """By the bytes themselves: the format that was asked for is a wish, and a wrong name would break the gallery."""
    if data.startswith(b"\x89PNG"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpg"
    return "webp"
