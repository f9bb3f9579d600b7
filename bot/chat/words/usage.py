"""What was used: `/usage`, `/studio usage`, and how a job stands."""

from datetime import date

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import number_words, price_words
from bot.chat.words.options import quality_words
from bot.domain.catalog import MicroDollars
from bot.domain.job import JobStatus
from bot.domain.quota import Period, Scope, Unit


def title() -> str:
    return _("Your pictures")


def server_title() -> str:
    return _("This server's pictures")


def member_title(mention: str) -> str:
    return _("{member}'s pictures in this server").format(member=mention)


def everywhere() -> str:
    return _("In all servers and direct messages together; the limits are those of direct messages.")


def today(amount: str) -> str:
    return _("**Today**  {amount}").format(amount=amount)


def this_week(amount: str) -> str:
    return _("**This week**  {amount}").format(amount=amount)


def this_month(amount: str) -> str:
    return _("**This month**  {amount}").format(amount=amount)


def in_month(month: str, amount: str) -> str:
    return _("**{month}**  {amount}").format(month=month, amount=amount)


def month_words(day: date) -> str:
    """The month that a day is in: "November 2026"."""
    names = (
        _("January"), _("February"), _("March"), _("April"), _("May"), _("June"), _("July"), _("August"),
        _("September"), _("October"), _("November"), _("December"),
    )  # fmt: skip
    # Translators: a month of a year, "November 2026".
    return _("{month} {year}").format(month=names[day.month - 1], year=day.year)


def by_quality(quality: str, amount: str) -> str:
    return _("{quality} quality: {amount}").format(quality=quality_words(quality), amount=amount)


def members() -> str:
    return _("**By member**")


def share(of: str, amount: str) -> str:
    """What a member used, or all on a day of the month, which is told as its number."""
    # Translators: "@Ada: 3 pictures, $0.15", "High: $1.20", or "23: $0.15" of a day of the month.
    return _("{of}: {amount}").format(of=of, amount=amount)


def unnamed(member_id: int) -> str:
    """A member whose name can't be told."""
    return _("Member …{digits}").format(digits=str(member_id)[-4:])


def erased() -> str:
    return _("Erased members")


def others(count: int) -> str:
    return ngettext("{count} other", "{count} others", count).format(count=count)


def days(amounts: str) -> str:
    """`amounts` are those of each day of the month on which there were any."""
    return _("By day: {amounts}").format(amounts=amounts)


def limits() -> str:
    return _("**Limits**")


def limit(scope: Scope, period: Period, unit: Unit, *, limit: int, used: int, left: int, anew: str) -> str:
    """One limit, and how much of it is left; `anew` is Discord's own countdown ("in 3 hours")."""
    match scope:
        case Scope.MEMBER:
            words = {
                Period.DAY: _("Today: {left} of {limit} left ({used} used), anew {anew}"),
                Period.WEEK: _("This week: {left} of {limit} left ({used} used), anew {anew}"),
                Period.MONTH: _("This month: {left} of {limit} left ({used} used), anew {anew}"),
            }[period]
        case _:
            words = {
                Period.DAY: _("The whole server today: {left} of {limit} left ({used} used), anew {anew}"),
                Period.WEEK: _("The whole server this week: {left} of {limit} left ({used} used), anew {anew}"),
                Period.MONTH: _("The whole server this month: {left} of {limit} left ({used} used), anew {anew}"),
            }[period]
    return words.format(
        left=number_of(unit, left),
        limit=unit_words(unit, limit),
        used=number_of(unit, used),
        anew=anew,
    )


def number_of(unit: Unit, value: int) -> str:
    """ "3", "$0.15"."""
    return number_words(value) if unit is Unit.PICTURES else price_words(value)


def unit_words(unit: Unit, value: int) -> str:
    """ "3 pictures", "$0.15"."""
    return pictures(value) if unit is Unit.PICTURES else price_words(value)


def pictures(count: int) -> str:
    return ngettext("{count} picture", "{count} pictures", count).format(count=number_words(count))


def grants() -> str:
    return _("**Granted**")


def grant(pictures: int, until: str) -> str:
    """What is left of a grant; `until` is a time as Discord shows it."""
    return ngettext(
        "{count} picture beyond the limits, until {until}",
        "{count} pictures beyond the limits, until {until}",
        pictures,
    ).format(count=number_words(pictures), until=until)


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
        case JobStatus.REQUEST_REVIEW | JobStatus.RESULT_REVIEW:
            return _("waiting for a moderator")
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


def about_studio_usage() -> str:
    return _("What this server has used: by day, by member, by quality.")


def member_option() -> str:
    return _("One member's use of this server.")


def month_option() -> str:
    return _("Another month than this one.")


def no_month(example: str) -> str:
    return _("I know no such month. Choose one that is suggested, or write it as {example}.").format(example=example)
