"""The notes under a result's pictures: how they differ from what was asked for."""

from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import quote

from bot.chat.words import pictures as words
from bot.domain.job import Job
from bot.service.ports import OutputPicture

REPLICATE_KEEPS = timedelta(hours=1)
"""How long after a run's end its files are there (Replicate's reference on data retention)."""


_LINKS = 1_000
"""Characters of the addresses of originals: a card holds 4,000 in all."""


def picture_notes(job: Job, pictures: Sequence[OutputPicture]) -> list[str]:
    """Which pictures are missing and which were made to fit, with links to the originals where Replicate has them."""
    notes: list[str] = []
    made = len(job.prediction.output) if job.prediction else len(pictures)
    if lost := sorted(set(range(1, made + 1)) - {each.number for each in pictures}):
        notes.append(words.lost(lost))
    if made < job.request.count:
        notes.append(words.fewer_made(made, job.request.count))
    match [each for each in pictures if each.refitted_from is not None]:
        case []:
            return notes
        case [one]:
            notes.append(words.refitted(one.number, one.refitted_from or 0) + _originals(job, [one]))
        case several:
            notes.append(words.several_refitted([each.number for each in several]) + _originals(job, several))
    return notes


def _originals(job: Job, pictures: Sequence[OutputPicture]) -> str:
    ended = job.prediction.completed_at if job.prediction else None
    if ended is None:
        return ""
    links: list[str] = []
    left = _LINKS
    for each in pictures:
        if each.original is None:
            continue
        url = quote(each.original, safe=":/?&=%+,;@~!$*'-._")  # a parenthesis or a space would end the link
        left -= len(url)
        if left < 0:
            break
        links.append(words.original(each.number, url))
    return f" {words.originals_until(links, ended + REPLICATE_KEEPS)}" if links else ""
