"""Limits that keep a request out: which one, how much of it is left, and when there is more."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import duration_words, price_words
from bot.domain import errors
from bot.domain.quota import Period, Scope, Unit


def refused(outcome: errors.OverLimit) -> str:
    """What the limit leaves, and what to do next."""
    match outcome:
        case errors.CoolingDown(cooldown=cooldown, until=until):
            return _(
                "One request every {duration} is the pace here. You can send this one again <t:{until}:R> "
                "(<t:{until}:T>)."
            ).format(duration=duration_words(cooldown), until=until)
        case errors.RequestOverLimit(unit=unit, limit=limit, asked=asked):
            if unit == Unit.PICTURES:
                return ngettext(
                    "One request may be for {limit} picture here, and you asked for {asked}. Please ask for fewer.",
                    "One request may be for {limit} pictures here, and you asked for {asked}. Please ask for fewer.",
                    limit,
                ).format(limit=limit, asked=asked)
            return _(
                "One request may cost {limit} here, and this may cost {asked}. "
                "Choose a lower quality or fewer pictures."
            ).format(limit=price_words(limit), asked=price_words(asked))
        case errors.LimitReached():
            return f"{_what_is_left(outcome)} {_what_to_do(outcome)}"
        case _:
            return _("This is more than you may ask for now.")


def _what_is_left(outcome: errors.LimitReached) -> str:
    period = period_words(Period(outcome.period))
    left = max(outcome.limit - outcome.used, 0)
    if outcome.unit == Unit.AMOUNT:
        words = {
            Scope.MEMBER: _("Your budget for {period} leaves {left} of {limit}, and this may cost {asked}."),
            Scope.GUILD: _("This server's budget for {period} leaves {left} of {limit}, and this may cost {asked}."),
            Scope.DEPLOYMENT: _("Everyone's budget for {period} leaves {left} of {limit}, and this may cost {asked}."),
        }[Scope(outcome.scope)]
        return words.format(
            period=period,
            left=price_words(left),
            limit=price_words(outcome.limit),
            asked=price_words(outcome.asked),
        )
    words = {
        Scope.MEMBER: _("For {period} you have {left} of {limit} pictures left, and asked for {asked}."),
        Scope.GUILD: _("For {period} this server has {left} of {limit} pictures left, and you asked for {asked}."),
        Scope.DEPLOYMENT: _("For {period} everyone has {left} of {limit} pictures left, and you asked for {asked}."),
    }[Scope(outcome.scope)]
    return words.format(period=period, left=left, limit=outcome.limit, asked=outcome.asked)


def _what_to_do(outcome: errors.LimitReached) -> str:
    resets = _("It starts anew at <t:{resets_at}:f> (<t:{resets_at}:R>).").format(resets_at=outcome.resets_at)
    if outcome.used >= outcome.limit:
        return resets
    fewer = (
        _("A lower quality or fewer pictures may still fit.")
        if outcome.unit == Unit.AMOUNT
        else _("Fewer pictures may still fit.")
    )
    return f"{fewer} {resets}"


def period_words(period: Period) -> str:
    return {Period.DAY: _("today"), Period.WEEK: _("this week"), Period.MONTH: _("this month")}[period]
