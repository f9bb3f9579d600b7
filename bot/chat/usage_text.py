"""A report on a month's use, in lines of text: all that its charts show, and how it stands against the limits."""

from collections.abc import Iterator, Sequence

import discord

from bot.chat.words import limits_panel
from bot.chat.words import usage as words
from bot.domain.quota import Scope, Unit
from bot.service.ports import Usage
from bot.service.usage import Report

_MOST_GRANTS = 5


def use_lines(report: Report) -> Sequence[str]:
    """Today, the week and the month, or the month alone where it is another one; then by quality and by day."""
    month = report.month
    if report.is_current:
        lines = [
            words.today(amount(report.today)),
            words.this_week(amount(report.week)),
            words.this_month(amount(month.total)),
        ]
    else:
        lines = [words.in_month(words.month_words(report.first_day), amount(month.total))]
    qualities = sorted(month.by_quality.items(), key=lambda each: -each[1].amount)
    lines += [f"-# {words.by_quality(quality, amount(usage))}" for quality, usage in qualities]
    if month.by_day:
        days = (words.share(str(day.day), amount(usage)) for day, usage in sorted(month.by_day.items()))
        lines.append(f"-# {words.days(' · '.join(days))}")
    return lines


def limit_parts(report: Report) -> list[str]:
    """What is left of each limit and grant, and until when; nothing of a month that is over."""
    if not report.is_current:
        return []
    limits = [*_limits(report), *_request_limits(report)]
    grants = [
        f"- {words.grant(each.pictures, discord.utils.format_dt(each.ends_at))}"
        for each in report.grants[:_MOST_GRANTS]
    ]
    headed = ((words.limits(), limits), (words.grants(), grants))
    return ["\n".join([heading, *lines]) for heading, lines in headed if lines]


def amount(usage: Usage) -> str:
    return words.used(usage.pictures, usage.amount)


def _limits(report: Report) -> Iterator[str]:
    for each in report.ceilings:
        ceiling = each.ceiling
        if ceiling.scope is not Scope.DEPLOYMENT:
            anew = discord.utils.format_dt(ceiling.span.end, "R")
            said = words.limit(
                ceiling.scope,
                ceiling.period,
                ceiling.unit,
                limit=ceiling.limit,
                used=each.used,
                left=each.left,
                anew=anew,
            )
            yield f"- {said}"


def _request_limits(report: Report) -> Iterator[str]:
    for unit in Unit:
        limit = report.request.of(unit)
        if limit is not None:
            yield f"- {limits_panel.limit(unit.value, 'request', limit)}"
    if report.cooldown:
        yield f"- {limits_panel.limit('pause', 'request', report.cooldown)}"
