"""The cards: what a job's message shows while it is checked, runs, is done, or came to nothing."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import discord
from discord import ui

from bot.chat.buttons import DeleteButton, ReportButton
from bot.chat.options import background_words, count_words, format_words, price_words, quality_words, ratio_words
from bot.chat.words import sentence
from bot.domain.catalog import CATALOG
from bot.domain.errors import EaselError
from bot.domain.job import Job
from bot.domain.request import ImageRequest

SHOWN_PROMPT = 700
"""Characters of a prompt on a card. A message has 4,000 for all its text, and escaping can double these."""

ALT_TEXT = 1024  # characters, Discord's limit for a media description

_WORKING, _DONE, _FAILED = discord.Colour.blurple(), discord.Colour.green(), discord.Colour.orange()


def quoted(text: str, limit: int = SHOWN_PROMPT) -> str:
    """Member text as a block quote in which no markdown and no mention of theirs has any effect."""
    short = text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
    escaped = discord.utils.escape_mentions(discord.utils.escape_markdown(short, ignore_links=False))
    lines = [line for line in escaped.replace("<", "\\<").splitlines() if line.strip()]
    return "\n".join(f"> {line}" for line in lines)


def plain_line(text: str, limit: int) -> str:
    """Member text shortened to one line, without effect as markdown, and safe inside a link."""
    line = " ".join(text.split())
    short = line if len(line) <= limit else line[: limit - 1].rstrip() + "…"
    escaped = discord.utils.escape_markdown(short, ignore_links=False).replace("<", "\\<")
    return discord.utils.escape_mentions(escaped).replace("[", "(").replace("]", ")")


def options_line(request: ImageRequest) -> str:
    """The options chosen, in words."""
    parts = [
        f"{quality_words(request.quality)} quality",
        ratio_words(request.aspect_ratio),
        count_words(request.count),
        format_words(request.output_format),
    ]
    if request.background != "auto":
        parts.append(f"{background_words(request.background).split(' (')[0].lower()} background")
    if request.moderation != "auto":
        parts.append(f"moderation {request.moderation}")
    if request.attachments:
        parts.append(f"made from {count_words(len(request.attachments))}")
    return " · ".join(parts)


def checking_card(request: ImageRequest, member_id: int) -> ui.LayoutView:
    """The first answer where admission is slow."""
    return card(_WORKING, *_asked(request, member_id), "Checking whether this can run …")


def working_card(job: Job, expected_end: datetime) -> ui.LayoutView:
    """The answer to a request that was admitted. The countdown is Discord's own, so progress costs no edits."""
    status = (
        f"Painting with {_model(job)}. It should be here {discord.utils.format_dt(expected_end, 'R')}, "
        f"and may cost up to {price_words(job.hold)}."
    )
    return card(_WORKING, *_asked(job.request, job.member_id), status)


def result_card(job: Job, filenames: Sequence[str], *, notes: Sequence[str] = ()) -> ui.LayoutView:
    """The pictures, which are attached to the message under these names, with what they took."""
    gallery: ui.MediaGallery[Any] = ui.MediaGallery(
        *(
            discord.MediaGalleryItem(f"attachment://{name}", description=alt_text(job, index, len(filenames)))
            for index, name in enumerate(filenames, start=1)
        )
    )
    facts = [_model(job)]
    if job.run_seconds is not None:
        facts.append(f"{job.run_seconds:.1f} s")
    if job.cost is not None:
        facts.append(price_words(job.cost))
    notes = [*_input_notes(job), *notes]
    footer = "\n".join(f"-# {line}" for line in [" · ".join(facts), *notes])
    buttons = _row(DeleteButton(job.id), ReportButton(job.id))
    return card(_DONE, *_asked(job.request, job.member_id), gallery, footer, buttons)


def refit_note(index: int, original_size: int) -> str:
    """Why a picture isn't the model's own file."""
    return (
        f"Picture {index} was {original_size / 1_000_000:.1f} MB, more than this place takes; "
        "it was made to fit as a WebP."
    )


def failure_card(job: Job, failure: EaselError) -> ui.LayoutView:
    """One clear sentence in the place of the pictures."""
    buttons = _row(DeleteButton(job.id))
    return card(_FAILED, *_asked(job.request, job.member_id), f"**No picture this time.** {sentence(failure)}", buttons)


def refusal_card(refusal: EaselError) -> ui.LayoutView:
    """Why a request can't run; shown to its member alone."""
    return card(_FAILED, sentence(refusal))


def report_card(job: Job, *, reporter_id: int, link: str | None) -> ui.LayoutView:
    """What moderators need to look into a report."""
    where = f"[The message]({link})" if link else f"In <#{job.channel_id}>"
    return card(
        _FAILED,
        f"**Reported result**\n{where}, asked for by <@{job.member_id}>, reported by <@{reporter_id}>.",
        quoted(job.request.prompt),
        f"-# {options_line(job.request)} · job {job.id}",
    )


def alt_text(job: Job, index: int, count: int) -> str:
    """What a screen reader says of a picture: the prompt it was made for."""
    which = f"Picture {index} of {count}. " if count > 1 else ""
    text = f"{which}AI-generated picture for the prompt: {' '.join(job.request.prompt.split())}"
    return text if len(text) <= ALT_TEXT else text[: ALT_TEXT - 1] + "…"


def _asked(request: ImageRequest, member_id: int) -> tuple[str, str]:
    # Two parts, lest a client takes the second for the quote's last line.
    return f"<@{member_id}> asked for\n{quoted(request.prompt)}", f"-# {options_line(request)}"


def _input_notes(job: Job) -> list[str]:
    return [
        f"Only the first of {image.frames} frames of `{image.filename.replace('`', '')[:60]}` was used."
        for image in job.inputs
        if image.frames > 1
    ]


def _model(job: Job) -> str:
    return CATALOG[job.request.model].title


def _row(*buttons: ui.DynamicItem[ui.Button[Any]]) -> ui.ActionRow[Any]:
    row = ui.ActionRow[Any]()
    for button in buttons:
        row.add_item(button)
    return row


def card(colour: discord.Colour, *parts: str | ui.Item[Any]) -> ui.LayoutView:
    """A message of one container: text as markdown, other items as they are."""
    view = ui.LayoutView(timeout=None)
    items: list[ui.Item[Any]] = [ui.TextDisplay(part) if isinstance(part, str) else part for part in parts]
    view.add_item(ui.Container(*items, accent_colour=colour))
    # Our buttons are found by their custom_id. A stopped view isn't kept in memory for every message ever sent.
    view.stop()
    return view
