"""All that is known of a job, in words: lines of Discord markdown."""

import discord

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.layout import plain_line
from bot.chat.words.numbers import number_words, price_words
from bot.chat.words.options import (
    background_words,
    count_words,
    format_words,
    moderation_words,
    quality_words,
    ratio_words,
)
from bot.chat.words.outcomes import sentence
from bot.domain.catalog import CATALOG
from bot.domain.job import Job
from bot.domain.prediction import Tokens
from bot.domain.request import ImageRequest


def show_settings() -> str:
    """In a message's menu; at most 32 characters."""
    return _("Show settings")


def heading() -> str:
    return _("### Settings")


def not_ours() -> str:
    return _("This isn't one of my pictures, so I know nothing about it. Choose a message that I answered with.")


def choices(request: ImageRequest) -> list[str]:
    lines = [
        _("**Model** {title} (`{slug}`)").format(title=_title(request.model), slug=request.model),
        _("**Quality** {quality}").format(quality=quality_words(request.quality)),
        _("**Shape or size** {ratio}").format(ratio=ratio_words(request.aspect_ratio)),
        _("**Background** {background}").format(background=background_words(request.background)),
        _("**Pictures** {count}").format(count=count_words(request.count)),
        _("**Format** {format}").format(format=_format(request)),
        _("**Moderation** {moderation}").format(moderation=moderation_words(request.moderation)),
    ]
    if request.style:
        lines.append(_("**Style** {name}").format(name=plain_line(request.style.name, 40)))
        if request.style.suffix:
            lines.append(_("**The style adds** {suffix}").format(suffix=plain_line(request.style.suffix, 300)))
    return lines


def pictures(job: Job) -> list[str]:
    """What it was made from."""
    names = [each.filename for each in job.inputs or (*job.request.attachments, *job.request.kept)]
    if not names:
        return []
    shown = ", ".join(plain_line(name, 40) for name in names)
    if job.request.variation:
        return [_("**A variation of** {names}").format(names=shown)]
    words = ngettext("**Made from {count} picture** {names}", "**Made from {count} pictures** {names}", len(names))
    return [words.format(count=len(names), names=shown)]


def course(job: Job) -> list[str]:
    """When it was asked for, how long it ran and what came of it."""
    lines = [_("**Asked** {when}").format(when=discord.utils.format_dt(job.created_at, "f"))]
    if job.run_seconds is not None:
        lines.append(_("**It ran** {seconds} seconds").format(seconds=number_words(job.run_seconds, 1)))
    if job.failure is not None:
        lines.append(_("**No picture came of it** {sentence}").format(sentence=sentence(job.failure)))
    return lines


def bill(job: Job) -> list[str]:
    """What it used and what it cost, as far as that is known yet."""
    tokens = job.prediction.tokens if job.prediction else Tokens()
    counted = [
        words.format(count=number_words(count))
        for words, count in (
            (_("{count} of text in"), tokens.input_text),
            (_("{count} of pictures in"), tokens.input_image),
            (_("{count} out"), tokens.output),
        )
        if count is not None
    ]
    lines = [_("**Tokens** {counted}").format(counted=", ".join(counted))] if counted else []
    if job.cost is not None:
        return [*lines, _("**Cost** {price}").format(price=price_words(job.cost))]
    if not job.status.ended:
        return [*lines, _("**Cost** up to {price}").format(price=price_words(job.hold))]
    return lines


def origin(job: Job) -> str:
    return _("-# For <@{member}> · job {job}").format(member=job.member_id, job=job.id)


def _title(slug: str) -> str:
    return CATALOG[slug].title if slug in CATALOG else slug


def _format(request: ImageRequest) -> str:
    if request.output_format == "png":  # it is compressed without loss
        return format_words(request.output_format)
    return _("{format}, compression {level} of 100").format(
        format=format_words(request.output_format), level=request.output_compression
    )
