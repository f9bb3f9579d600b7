"""`/usage`, and how a job stands."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import price_words
from bot.chat.words.options import quality_words
from bot.domain.catalog import MicroDollars
from bot.domain.job import JobStatus


def title() -> str:
    return _("Your pictures")


def today(amount: str) -> str:
    return _("**Today**  {amount}").format(amount=amount)


def this_month(amount: str) -> str:
    return _("**This month**  {amount}").format(amount=amount)


def by_quality(quality: str, amount: str) -> str:
    return _("{quality} quality: {amount}").format(quality=quality_words(quality), amount=amount)


def latest() -> str:
    return _("**Latest**")


def used(pictures: int, amount: MicroDollars) -> str:
    return ngettext("{count} picture, {price}", "{count} pictures, {price}", pictures).format(
        count=pictures, price=price_words(amount)
    )


def status(status: JobStatus) -> str:
    match status:
        case JobStatus.STAGING:
            return _("reading its pictures")
        case JobStatus.QUEUED:
            return _("waiting")
        case JobStatus.SUBMITTING:
            return _("being sent")
        case JobStatus.RUNNING:
            return _("running")
        case JobStatus.DELIVERING:
            return _("on its way")
        case JobStatus.SUCCEEDED:
            return _("done")
        case JobStatus.FAILED:
            return _("no picture")
        case JobStatus.CANCELED:
            return _("canceled")
