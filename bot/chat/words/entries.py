"""What moderators may write into forms and options, and what is said where it can't be read."""

from bot.chat.language import gettext as _
from bot.chat.language import ngettext
from bot.chat.words import ladder, sanctions, settings
from bot.chat.words.numbers import price_words
from bot.chat.words.sanctions import first_for_good
from bot.chat.words.word_lists import word_entry_sentence
from bot.domain import errors


def entry_sentence(outcome: errors.EntryRefused) -> str:
    """What is wrong, and what can be written instead."""
    match outcome:
        case errors.OutOfReach():
            return sanctions.out_of_reach(outcome)
        case errors.BadLadder() | errors.BadRungs():
            return ladder.bad_ladder(outcome)
        case errors.BadEntry(kind=kind, text=text):
            return _bad_entry(kind, f"`{_plain(text)}`")
        case errors.EndPassed():
            return _("That is over already. Please name a later end.")
        case errors.EndTooFar(limit=limit):
            return _("That is too far ahead. It can last for {limit} days at most.").format(limit=limit)
        case errors.UnknownTimeZone(name=name, near=()):
            return _(
                "There is no time zone called `{name}`. Time zones are called after large cities, such as "
                "`Europe/Berlin`; the option `time_zone` suggests them as you type."
            ).format(name=_plain(name))
        case errors.UnknownTimeZone(name=name, near=near):
            known = ", ".join(f"`{each}`" for each in near)
            return _("There is no time zone called `{name}`. Perhaps you meant one of these: {known}.").format(
                name=_plain(name), known=known
            )
        case errors.TooManyRoles(limit=limit):
            return ngettext(
                "Only {limit} role can have limits of its own. Remove another one's first.",
                "Only {limit} roles can have limits of their own. Remove another one's first.",
                limit,
            ).format(limit=limit)
        case errors.SettingRefused():
            return settings.refused(outcome)
        case errors.BadWord() | errors.TooManyWords() | errors.NoWordList():
            return word_entry_sentence(outcome)
        case errors.NotAMember(user_id=user_id):
            return _("<@{user_id}> can't make pictures here. Choose a member of this server.").format(user_id=user_id)
        case _:
            return _("That can't be used. Please enter something else.")


def unlimited() -> str:
    """How a limit is written that says that there is none. Twelve characters at most."""
    return _("unlimited")


def unlimited_entries() -> str:
    # Translators: ways to write that there is no limit, with commas between them.
    return _("unlimited, no limit")


def no_pause_entries() -> str:
    # Translators: ways to write that no pause is needed, with commas between them.
    return _("none, no pause")


def seconds_entries() -> str:
    # Translators: ways to write the unit of time, with commas between them.
    return _("s, sec, second, seconds")


def minutes_entries() -> str:
    # Translators: ways to write the unit of time, with commas between them.
    return _("m, min, minute, minutes")


def hours_entries() -> str:
    # Translators: ways to write the unit of time, with commas between them.
    return _("h, hr, hour, hours")


def days_entries() -> str:
    # Translators: ways to write the unit of time, with commas between them.
    return _("d, day, days")


def weeks_entries() -> str:
    # Translators: ways to write the unit of time, with commas between them.
    return _("w, week, weeks")


def today_entry() -> str:
    # Translators: written as the day that something ends with.
    return _("today")


def tomorrow_entry() -> str:
    # Translators: written as the day that something ends with.
    return _("tomorrow")


def weekday_entries() -> str:
    # Translators: the days of the week from Monday on, with commas between them.
    return _("Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday")


def suggested_day(name: str, day: str) -> str:
    """A day, by its name and its date."""
    return _("{name}, {day}").format(name=name, day=day)


def suggested_days(count: int) -> str:
    return ngettext("for {count} day", "for {count} days", count).format(count=count)


def suggested_hours(count: int) -> str:
    return ngettext("for {count} hour", "for {count} hours", count).format(count=count)


def _bad_entry(kind: str, text: str) -> str:
    match kind:
        case "pictures":
            return _("{text} isn't a number of pictures. Write a whole number such as `50`, or {unlimited}.").format(
                text=text, unlimited=f"`{unlimited()}`"
            )
        case "amount":
            return _("{text} isn't a sum. Write dollars and cents such as {example}, or {unlimited}.").format(
                text=text, example=f"`{price_words(2_500_000)}`", unlimited=f"`{unlimited()}`"
            )
        case "pause":
            return _("{text} isn't a pause of up to a week. Write one such as `90s`, `10m` or `1h`, or {none}.").format(
                text=text, none=f"`{no_pause_entries().partition(',')[0]}`"
            )
        case "days":
            return _("{text} isn't a number of days. Write a whole number of up to 366, such as `90`.").format(
                text=text
            )
        case "until":
            return _(
                "{text} isn't an end. Write how long (`3d`, `12h`), a date such as `2026-12-24`, or {for_good}."
            ).format(text=text, for_good=f"`{first_for_good()}`")
        case "user_id":
            return _("{text} is no user_id: one has 32 characters, 0 to 9 and a to f. Please copy it whole.").format(
                text=text
            )
        case "begin":
            return _(
                "{text} isn't a time in the past. Write a day such as `2026-11-01`, or how long ago: `12h`, `7d`."
            ).format(text=text)
        case _:
            return _("{text} isn't an end. Write a date such as `2026-12-24`, or how long: `3d`, `12h`.").format(
                text=text
            )


def _plain(text: str) -> str:
    """Short, on one line, and unable to leave a code span."""
    return " ".join(text.replace("`", "'").split())[:80]
