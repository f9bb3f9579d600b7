"""What grows out of an earlier job: the same again, an edit of its pictures, variations of one. Whoever asks for it
makes it their own."""

from collections.abc import Sequence
from dataclasses import replace

from bot.chat.studio import Studio
from bot.chat.wishes import Wish
from bot.domain.job import Job
from bot.domain.options import Options, options_of
from bot.domain.request import Attachment, InputImage


def options_again(studio: Studio, job: Job) -> Options:
    """The job's choices, but for what the operator no longer allows. What was private stays private."""
    moderation = job.request.moderation if studio.allow_low_moderation else None
    return replace(options_of(job.request), moderation=moderation, private=job.answer.private or None)


def again(studio: Studio, job: Job) -> Wish:
    """The same request. A job that ended before it had read its pictures has them where they were attached."""
    return Wish(
        job.request.prompt,
        options_again(studio, job),
        attachments=() if job.inputs else job.request.attachments,
        kept=job.inputs or job.request.kept,
        applied=job.request.style,
        variation=job.request.variation,
    )


def edited(
    studio: Studio,
    job: Job,
    prompt: str,
    *,
    attachments: Sequence[Attachment],
    kept: Sequence[InputImage],
    changes: Options,
) -> Wish:
    """Another prompt for other pictures, in the job's style and with its choices where no change is made."""
    before = options_again(studio, job)
    return Wish(
        prompt,
        replace(changes, private=before.private),
        inherited=before,
        attachments=tuple(attachments),
        kept=tuple(kept),
        applied=job.request.style,
    )


def varied(studio: Studio, job: Job, picture: Attachment) -> Wish:
    """As many variations as the job has pictures: nobody pays for more than the card that they pressed on shows."""
    before = options_again(studio, job)
    return Wish(
        job.request.prompt,
        Options(private=before.private),
        inherited=before,
        attachments=(picture,),
        applied=job.request.style,
        variation=True,
    )
