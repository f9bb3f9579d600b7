"""Limits that keep a request out: which one, how much of it is left, and when there is more."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words.numbers import exact_price_words, number_words
from bot.domain import errors
from bot.domain.quota import Period, Scope, Unit


def refused(outcome: errors.OverLimit) -> str:
    """What the limit leaves, and what to do next."""
    match outcome:
        case errors.CoolingDown(cooldown=cooldown, until=until):
            return _(
                "Your requests must be {duration} apart here. "
                "You can send this one again <t:{until}:R> (<t:{until}:T>)."
            ).format(duration=pause_words(cooldown), until=until)
        case errors.RequestOverLimit(limit=0):
            return _("You may not make pictures here. Ask a moderator if you think that you should.")
        case errors.RequestOverLimit(unit=Unit.AMOUNT, limit=limit, asked=asked):
            return _(
                "One request may cost {limit} here, and this may cost {asked}. "
                "Choose a lower quality or fewer pictures."
            ).format(limit=exact_price_words(limit), asked=exact_price_words(asked))
        case errors.RequestOverLimit(limit=limit, asked=asked):
            return ngettext(
                "One request may be for {limit} picture here, and you asked for {asked}. Please ask for fewer.",
                "One request may be for {limit} pictures here, and you asked for {asked}. Please ask for fewer.",
                limit,
            ).format(limit=number_words(limit), asked=number_words(asked))
        case errors.LimitReached():
            return " ".join(each for each in _about_a_period(outcome) if each)
        case _:
            return _("This is more than you may ask for now.")


def period_words(period: Period) -> str:
    return {Period.DAY: _("today"), Period.WEEK: _("this week"), Period.MONTH: _("this month")}[period]


def pause_words(seconds: int) -> str:
    """Exactly so long: "90 seconds", "5 minutes", "2 hours"."""
    if seconds % 3_600 == 0:
        return ngettext("{count} hour", "{count} hours", seconds // 3_600).format(count=seconds // 3_600)
    if seconds % 60 == 0:
        return ngettext("{count} minute", "{count} minutes", seconds // 60).format(count=seconds // 60)
    return ngettext("{count} second", "{count} seconds", seconds).format(count=seconds)


def _about_a_period(outcome: errors.LimitReached) -> tuple[str, ...]:
    """What is left, whose limit it is, when there is more, and what to do until then."""
    role = "" if outcome.role_id is None else f"<@&{outcome.role_id}>"
    whose = _("That is the limit of the role {role}.").format(role=role) if role else ""
    if outcome.lowered:
        whose = _("The moderators of this server have lowered your limit.")
    if not outcome.limit:
        return (_nothing_allowed(outcome), whose, _granted(outcome.granted) or _who_can_help(outcome))
    if not whose and outcome.scope == Scope.MEMBER:
        whose = _("That is the limit for everyone.")
    when = _("There is more again from <t:{resets_at}:f> (<t:{resets_at}:R>).").format(resets_at=outcome.resets_at)
    left = outcome.limit - outcome.used
    if outcome.unit == Unit.AMOUNT:
        said = _amount_left(outcome, max(left, 0))
        fewer = _("A lower quality or fewer pictures may still fit.")
    else:
        said = _pictures_left(outcome, left) if left > 0 else _pictures_used(outcome)
        fewer = _("Fewer pictures may still fit.")
    return (said, whose, when, _granted(outcome.granted) or (fewer if left > 0 else _who_can_help(outcome)))


def _nothing_allowed(outcome: errors.LimitReached) -> str:
    words = {
        Scope.MEMBER: _("No pictures are allowed for you {period}."),
        Scope.GUILD: _("No pictures are allowed in this server {period}."),
        Scope.DEPLOYMENT: _("This bot makes no pictures for anyone {period}."),
    }[Scope(outcome.scope)]
    return words.format(period=period_words(Period(outcome.period)))


def _amount_left(outcome: errors.LimitReached, left: int) -> str:
    words = {
        Scope.MEMBER: _("You have {left} of {limit} left {period}, and this may cost {asked}."),
        Scope.GUILD: _("This server has {left} of {limit} left {period}, and this may cost {asked}."),
        Scope.DEPLOYMENT: _("All who use this bot have {left} of {limit} left {period}, and this may cost {asked}."),
    }[Scope(outcome.scope)]
    return words.format(
        period=period_words(Period(outcome.period)),
        left=exact_price_words(left),
        limit=exact_price_words(outcome.limit),
        asked=exact_price_words(outcome.asked),
    )


def _pictures_left(outcome: errors.LimitReached, left: int) -> str:
    match Scope(outcome.scope):
        case Scope.MEMBER:
            words = ngettext(
                "You have {left} of {limit} picture left {period}, and asked for {asked}.",
                "You have {left} of {limit} pictures left {period}, and asked for {asked}.",
                outcome.limit,
            )
        case Scope.GUILD:
            words = ngettext(
                "This server has {left} of {limit} picture left {period}, and you asked for {asked}.",
                "This server has {left} of {limit} pictures left {period}, and you asked for {asked}.",
                outcome.limit,
            )
        case Scope.DEPLOYMENT:
            words = ngettext(
                "All who use this bot have {left} of {limit} picture left {period}, and you asked for {asked}.",
                "All who use this bot have {left} of {limit} pictures left {period}, and you asked for {asked}.",
                outcome.limit,
            )
    period = period_words(Period(outcome.period))
    return words.format(
        period=period, left=number_words(left), limit=number_words(outcome.limit), asked=number_words(outcome.asked)
    )


def _pictures_used(outcome: errors.LimitReached) -> str:
    match Scope(outcome.scope):
        case Scope.MEMBER:
            words = ngettext(
                "You have used your {limit} picture for {period}.",
                "You have used your {limit} pictures for {period}.",
                outcome.limit,
            )
        case Scope.GUILD:
            words = ngettext(
                "This server has used its {limit} picture for {period}.",
                "This server has used its {limit} pictures for {period}.",
                outcome.limit,
            )
        case Scope.DEPLOYMENT:
            words = ngettext(
                "All who use this bot have used their {limit} picture for {period}.",
                "All who use this bot have used their {limit} pictures for {period}.",
                outcome.limit,
            )
    return words.format(period=period_words(Period(outcome.period)), limit=number_words(outcome.limit))


def _granted(pictures: int) -> str:
    """What a grant still lifts the limit for."""
    if not pictures:
        return ""
    return ngettext(
        "A grant leaves you {count} picture beyond that: ask for no more than that at a time.",
        "A grant leaves you {count} pictures beyond that: ask for no more than that at a time.",
        pictures,
    ).format(count=number_words(pictures))


def _who_can_help(outcome: errors.LimitReached) -> str:
    match Scope(outcome.scope):
        case Scope.MEMBER if outcome.lowered:
            return _("You can appeal below their message.")
        case Scope.MEMBER:
            return _("In a server, you can ask its moderators for a grant.")
        case Scope.GUILD:
            return _("You can ask a moderator to allow more.")
        case Scope.DEPLOYMENT:
            return _("Whoever runs this bot can allow more.")
