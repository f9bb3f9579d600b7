"""A job's input pictures: read once from Discord, verified, kept, and handed to Replicate."""

import asyncio
import base64
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from bot.domain.errors import PictureNotKept, PictureUnreadable
from bot.domain.job import Job
from bot.domain.moderation import LONGEST_REVIEW, ReviewStage
from bot.domain.request import Attachment, InputImage
from bot.service.ports import Attachments, Blobs, Clock, Pictures, Predictions, VerifiedPicture

LARGEST_DATA_URI = 256_000
"""Characters. Replicate asks for `data:` URIs below 256 KB; a larger picture goes up as a file."""


class Staging:
    """`keep` is how long inputs are kept, for a restart and for whatever follows the job."""

    def __init__(
        self,
        *,
        attachments: Attachments,
        pictures: Pictures,
        blobs: Blobs,
        predictions: Predictions,
        clock: Clock,
        keep: timedelta,
    ) -> None:
        self._attachments = attachments
        self._pictures = pictures
        self._blobs = blobs
        self._predictions = predictions
        self._clock = clock
        self._keep = keep

    async def stage(self, job: Job) -> tuple[InputImage, ...]:
        """Read and keep all pictures that the job is made from. Raises the `PictureRefused` of the first that can't be
        used."""
        until = self._clock.now() + self._keep
        if ReviewStage.REQUEST in job.oversight.review:
            until += LONGEST_REVIEW
        steps = [
            *(partial(self._stage_one, until=until, attachment=each) for each in job.request.attachments),
            *(partial(self._copy, until=until, image=each) for each in job.request.kept),
        ]
        reads = [asyncio.create_task(step(f"{job.id}/input-{index}")) for index, step in enumerate(steps)]
        try:
            return tuple([await read for read in reads])
        finally:
            for read in reads:
                read.cancel()
            await asyncio.gather(*reads, return_exceptions=True)

    async def image_urls(self, job: Job) -> tuple[str, ...]:
        """What to give Replicate for each input: a `data:` URI where it is small, else the URL of an uploaded file.

        Raises what `Predictions.upload` does, and `PictureUnreadable` where a kept input is gone.
        """
        return tuple([await self._image_url(job, image) for image in job.inputs])

    async def _stage_one(self, key: str, until: datetime, attachment: Attachment) -> InputImage:
        data = await self._attachments.read(attachment)
        picture = await self._pictures.verify(attachment.filename, data)
        await self._blobs.put(key, picture.data, keep_until=until)
        return kept_image(key, attachment.filename, picture)

    async def _copy(self, key: str, until: datetime, image: InputImage) -> InputImage:
        """The job gets a picture of its own, which is there for as long as the job may need it."""
        data = await self._blobs.get(image.key)
        if data is None:
            raise PictureNotKept(image.filename)
        await self._blobs.put(key, data, keep_until=until)
        return replace(image, key=key)

    async def _image_url(self, job: Job, image: InputImage) -> str:
        data = await self._blobs.get(image.key)
        if data is None:
            raise PictureUnreadable(image.filename)
        if len(data) * 4 // 3 < LARGEST_DATA_URI - 100:
            return f"data:{image.media_type};base64,{base64.b64encode(data).decode()}"
        # Not the member's file name: it may say more about them than the picture needs to.
        name = f"{image.key.replace('/', '-')}.{image.media_type.removeprefix('image/')}"
        return await self._predictions.upload(job.account, name, image.media_type, data)


def kept_image(key: str, filename: str, picture: VerifiedPicture) -> InputImage:
    """What there is to say of a verified picture that is kept under `key`."""
    return InputImage(
        key=key,
        filename=filename,
        media_type=picture.media_type,
        size=len(picture.data),
        width=picture.width,
        height=picture.height,
        frames=picture.frames,
    )
