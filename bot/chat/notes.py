"""The notes under a result's pictures: how they differ from what was asked for."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from bot.chat.words import pictures as words
from bot.domain.job import Job
from bot.service.ports import OutputPicture

REPLICATE_KEEPS = timedelta(hours=1)
"""How long after a run's end its files are there (Replicate's reference on data retention)."""


def picture_notes(job: Job, pictures: Sequence[OutputPicture]) -> list[str]:
    """Which pictures were made to fit, with a link to the original where Replicate has it, and which are missing."""
    notes = [_refit_note(job, each) for each in pictures if each.refitted_from is not None]
    made = len(job.prediction.output) if job.prediction else len(pictures)
    if lost := sorted(set(range(1, made + 1)) - {each.number for each in pictures}):
        notes.append(words.lost(lost))
    if made < job.request.count:
        notes.append(words.fewer_made(made, job.request.count))
    return notes


def _refit_note(job: Job, picture: OutputPicture) -> str:
    note = words.refitted(picture.number, picture.refitted_from or 0)
    ended = job.prediction.completed_at if job.prediction else None
    if picture.original is None or ended is None:
        return note
    url = quote(picture.original, safe=":/?&=%+,;@~!$*'-._")  # a parenthesis or a space would end the link
    return f"{note} {words.original_at(url, ended + REPLICATE_KEEPS)}"
