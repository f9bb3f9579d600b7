"""The cards: what a job's message shows while it is checked, runs, is done, or came to nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot.chat.controls import Control, appeal_control, controls
from bot.chat.filling import picture_number
from bot.chat.layout import DONE, FAILED, WORKING, card, options_line, quoted
from bot.chat.words import cards as words
from bot.chat.words import pictures
from bot.chat.words.line import in_line
from bot.chat.words.numbers import price_words
from bot.chat.words.outcomes import charge, sentence
from bot.chat.words.waiting import waiting
from bot.domain.appeal import Matter, MatterKind
from bot.domain.catalog import CATALOG, MicroDollars
from bot.domain.errors import ContentFlagged, EaselError, MemberBlocked, ReviewRejected, WordBlocked
from bot.domain.job import Job
from bot.domain.request import ImageRequest

ALT_TEXT = 1024  # characters, Discord's limit for a media description

NOTES = 1_500
"""Characters of the notes under a result. A message has 4,000 for all its text, and a prompt may need half of them."""


def checking_card(request: ImageRequest | None, member_id: int) -> ui.LayoutView:
    """The first answer where admission is slow; without the request where that may not be shown, as far as is known."""
    asked = _asked(request, member_id) if request else ()
    return card(WORKING, *asked, words.checking())


def working_card(job: Job, expected_end: datetime, expected_cost: MicroDollars) -> ui.LayoutView:
    """The answer to a request that was admitted. The countdown is Discord's own, so progress costs no edits."""
    status = words.painting(_model(job), discord.utils.format_dt(expected_end, "R"), expected_cost, job.hold)
    return card(WORKING, *_asked(job.request, job.member_id), status, controls(job.id, Control.CANCEL))


def waiting_card(job: Job, because: EaselError | None) -> ui.LayoutView:
    """The answer while an admitted job can't go on, and why: for None it waits for its turn, in the place it was
    told."""
    why = waiting(because) if because is not None or job.told_ahead is None else in_line(job.told_ahead)
    return card(WORKING, *_asked(job.request, job.member_id), why, controls(job.id, Control.CANCEL))


def result_card(job: Job, filenames: Sequence[str], *, notes: Sequence[str] = ()) -> ui.LayoutView:
    """The pictures, which are attached to the message under these names, with what they took."""
    numbers = [picture_number(name) or index for index, name in enumerate(filenames, start=1)]
    made = max(*numbers, len(job.prediction.output) if job.prediction else 0)
    gallery: ui.MediaGallery[Any] = ui.MediaGallery(
        *(
            discord.MediaGalleryItem(
                f"attachment://{name}", description=alt_text(job, number, made), spoiler=job.veiled
            )
            for name, number in zip(filenames, numbers, strict=True)
        )
    )
    facts = [_model(job)]
    if job.run_seconds is not None:
        facts.append(words.run_time(job.run_seconds))
    if job.cost is not None:
        facts.append(price_words(job.cost))
    footer = "\n".join(f"-# {line}" for line in [" · ".join(facts), *_fitting([*notes, *_input_notes(job)])])
    makes = controls(job.id, Control.AGAIN, Control.EDIT, Control.VARIATIONS, Control.DETAILS)
    tidies = controls(job.id, Control.DELETE, Control.REPORT)
    return card(DONE, *_asked(job.request, job.member_id), gallery, footer, makes, tidies)


def failure_card(job: Job, failure: EaselError) -> ui.LayoutView:
    """One clear sentence in the place of the pictures, and what it cost where it did."""
    said = [*_asked(job.request, job.member_id), words.failed(sentence(failure))]
    if job.cost:
        said.append(f"-# {charge(failure, job.cost, job.billing)}")
    row = controls(job.id, Control.AGAIN, Control.EDIT, Control.DETAILS, Control.DELETE)
    if isinstance(failure, ReviewRejected):
        row.add_item(appeal_control(Matter(MatterKind.JOB, job.id)))
    return card(FAILED, *said, row)


def withheld_card(job: Job, *, removed: bool) -> ui.LayoutView:
    """In the place of pictures that were reported: until a moderator has looked, or, `removed`, for good."""
    if job.erased:
        return card(FAILED, words.removed() if removed else words.hidden(), controls(job.id, Control.DELETE))
    row = controls(job.id, Control.AGAIN, Control.DETAILS, Control.DELETE)
    if removed:
        row.add_item(appeal_control(Matter(MatterKind.JOB, job.id)))
    said = words.removed() if removed else words.hidden()
    return card(FAILED, *_asked(job.request, job.member_id), said, row)


def refusal_card(refusal: EaselError, guild_id: int | None = None, at: datetime | None = None) -> ui.LayoutView:
    """Why a request can't run; shown to its member alone. What a guild refused then can be appealed."""
    if isinstance(refusal, MemberBlocked):
        appeal = appeal_control(Matter(MatterKind.SANCTION, str(refusal.sanction_id)))
        return card(FAILED, sentence(refusal), quoted(refusal.reason), ui.ActionRow(appeal))
    if isinstance(refusal, WordBlocked | ContentFlagged) and guild_id is not None and at is not None:
        return card(FAILED, sentence(refusal), ui.ActionRow(appeal_control(Matter.refusal(guild_id, at))))
    return card(FAILED, sentence(refusal))


def alt_text(job: Job, index: int, count: int) -> str:
    """What a screen reader says of a picture: the prompt it was made for."""
    text = words.alt_text(" ".join(job.request.prompt.split()), index, count)
    return text if len(text) <= ALT_TEXT else text[: ALT_TEXT - 1] + "…"


def _asked(request: ImageRequest, member_id: int) -> tuple[str, str]:
    # Two parts, lest a client takes the second for the quote's last line.
    return _prompt(request.prompt, member_id), f"-# {options_line(request)}"


def _prompt(prompt: str, member_id: int) -> str:
    return f"{words.asked(f'<@{member_id}>')}\n{quoted(prompt)}"


def _input_notes(job: Job) -> list[str]:
    return [
        words.first_frame(image.frames, image.filename.replace("`", "")[:60])
        for image in job.inputs
        if image.frames > 1
    ]


def _fitting(notes: Sequence[str]) -> list[str]:
    """The notes, or as many as a card has room for and how many there are beside."""
    left = NOTES
    for place, note in enumerate(notes):
        left -= len(note) + len("-# \n")
        if left < 0:
            return [*notes[:place], pictures.more_notes(len(notes) - place)]
    return list(notes)


def _model(job: Job) -> str:
    return CATALOG[job.request.model].title
