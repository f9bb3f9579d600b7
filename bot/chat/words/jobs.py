"""`/jobs`: what a member's requests are at, and what came of them."""

from datetime import datetime

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import price_words
from bot.chat.words.outcomes import sentence
from bot.domain.errors import Canceled
from bot.domain.job import Job, JobStatus

_LONGEST_OUTCOME = 160
"""Characters; what takes more to say is on the card."""


def under_way() -> str:
    return _("Your requests")


def none_under_way() -> str:
    return _("None of your requests waits or runs. `/imagine` makes a picture.")


def more(count: int) -> str:
    return ngettext("And {count} more that waits.", "And {count} more that wait.", count).format(count=count)


def recent() -> str:
    return _("Latest")


def asked(when: str) -> str:
    return _("asked {when}").format(when=when)


def expected(when: str) -> str:
    return _("Painting. It should be here {when}.").format(when=when)


def stands(job: Job) -> str:
    """How a job stands for which no time can be told."""
    if job.cancel is not None:
        return _("Being canceled.")
    match job.status:
        case JobStatus.STAGING:
            return _("Its pictures are being read.")
        case JobStatus.REQUEST_REVIEW | JobStatus.RESULT_REVIEW:
            return _("A moderator looks at it first.")
        case JobStatus.DELIVERING:
            return _("On its way to you.")
        case _:
            return _("It starts at once.")


def outcome(job: Job, now: datetime) -> str:
    """What came of a job that has ended."""
    if job.failure is not None:
        said = (
            _first_sentence(sentence(job.failure))
            if isinstance(job.failure, Canceled)
            else _("No picture. {reason}").format(reason=_first_sentence(sentence(job.failure)))
        )
    elif job.kept_until is None:
        said = ngettext("{count} picture", "{count} pictures", job.pictures or 0).format(count=job.pictures or 0)
    elif job.kept_until > now:
        said = ngettext(
            "{count} picture that could not be brought to you, kept until {time}",
            "{count} pictures that could not be brought to you, kept until {time}",
            job.pictures or 0,
        ).format(count=job.pictures or 0, time=f"<t:{int(job.kept_until.timestamp())}:f>")
    else:
        said = _("Its pictures could not be brought to you, and are kept no longer")
    return f"{said} · {price_words(job.cost)}" if job.cost else said


def get_kept(prompt: str) -> str:
    return _("Get: {prompt}").format(prompt=prompt)


def not_yours() -> str:
    return _("These pictures are for the member who asked for them.")


def kept_no_longer() -> str:
    return _("These pictures are kept no longer. Again below a result, or `/imagine`, makes others.")


def not_now() -> str:
    return _("I couldn't show them just now. They are still kept; please try again in a few minutes.")


def _first_sentence(text: str) -> str:
    first = text.split(". ", maxsplit=1)[0].rstrip(".") + "."
    return first if len(first) <= _LONGEST_OUTCOME else _("It came to nothing.")
