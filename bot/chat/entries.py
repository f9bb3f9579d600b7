"""What moderators enter as text, read strictly: numbers of pictures, sums, pauses, and ends of grants.

Words are read in the member's language, and in English always.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta, tzinfo

from bot.chat.language import DEFAULT, speaking
from bot.chat.words import entries as words
from bot.chat.words.sanctions import first_for_good, for_good_entries
from bot.domain.catalog import DOLLAR, MicroDollars
from bot.domain.errors import BadEntry, EndPassed, EndTooFar
from bot.domain.ledger import LONGEST_GRANT
from bot.domain.quota import UNLIMITED, Period, span

LONGEST_ENTRY = 12
"""Characters of a number, a sum or a pause."""

_MOST = 1_000_000
"""Pictures, and dollars."""

_LONGEST_PAUSE = 7 * 86_400

_LONGEST_AGO = 100 * 366 * 86_400
"""A begin before that is a slip, and soon one that no calendar has."""

_NUMBER = re.compile(r"[0-9]{1,7}")
_DOLLARS = re.compile(r"\$?\s*([0-9]{1,7})(?:[.,]([0-9]{1,2}))?\s*\$?")
_DURATION = re.compile(r"([0-9]{1,6})\s*([^\W\d_]+)\.?")
_DAY_AND_MONTH = re.compile(r"([0-9]{1,2})\.\s*([0-9]{1,2})\.\s*([0-9]{4})?")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

_UNITS: Mapping[int, Callable[[], str]] = {
    1: words.seconds_entries,
    60: words.minutes_entries,
    3_600: words.hours_entries,
    86_400: words.days_entries,
    7 * 86_400: words.weeks_entries,
}
"""How each is written, by its seconds."""


def read_pictures(text: str) -> int | None:
    """A number of pictures, `UNLIMITED`, or None of nothing. Raises `BadEntry`, as those below do."""
    text = text.strip()
    if not text:
        return None
    if is_one_of(text, words.unlimited_entries):
        return UNLIMITED
    if not _NUMBER.fullmatch(text) or int(text) > _MOST:
        raise BadEntry("pictures", text)
    return int(text)


def read_amount(text: str) -> MicroDollars | None:
    """Dollars and cents, after a point or a comma; `UNLIMITED`, or None of nothing."""
    text = text.strip()
    if not text:
        return None
    if is_one_of(text, words.unlimited_entries):
        return UNLIMITED
    found = _DOLLARS.fullmatch(text)
    if found is None or int(found[1]) > _MOST:
        raise BadEntry("amount", text)
    return int(found[1]) * DOLLAR + int((found[2] or "").ljust(2, "0")) * (DOLLAR // 100)


def read_pause(text: str) -> int | None:
    """Seconds, 0 of no pause, or None of nothing."""
    text = text.strip()
    if not text:
        return None
    if text == "0" or is_one_of(text, words.unlimited_entries) or is_one_of(text, words.no_pause_entries):
        return 0
    seconds = _seconds(text)
    if seconds is None or seconds > _LONGEST_PAUSE:
        raise BadEntry("pause", text)
    return seconds


def read_end(text: str, now: datetime, zone: tzinfo) -> datetime:
    """When that is over: a day of the zone's calendar at its end, or a duration from now on.

    A date without a year is the next such. Raises `EndPassed` and `EndTooFar`, too.
    """
    text = text.strip()
    seconds = _seconds(text)
    today = now.astimezone(zone).date()
    if seconds is not None:
        if seconds > LONGEST_GRANT.total_seconds():
            raise EndTooFar(LONGEST_GRANT.days)
        ends_at = now + timedelta(seconds=seconds)
    else:
        day = _day(text, today)
        if day is None:
            raise BadEntry("end", text)
        if day - today > LONGEST_GRANT:
            raise EndTooFar(LONGEST_GRANT.days)
        if day < today:
            raise EndPassed
        ends_at = span(Period.DAY, datetime.combine(day, time(12), zone), zone).end
    if ends_at <= now:
        raise EndPassed
    return ends_at


def read_until(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The same, or None of what has no end."""
    if is_one_of(text.strip(), for_good_entries):
        return None
    try:
        return read_end(text, now, zone)
    except BadEntry as bad:
        raise BadEntry("until", bad.text) from None


def read_days(text: str) -> int:
    """Whole days, as their number or as a duration; a year at most. Raises `BadEntry`."""
    text = text.strip()
    seconds = int(text) * 86_400 if _NUMBER.fullmatch(text) else _seconds(text)
    if not seconds or seconds % 86_400 or seconds > LONGEST_GRANT.total_seconds():
        raise BadEntry("days", text)
    return seconds // 86_400


def read_begin(text: str, now: datetime, zone: tzinfo) -> datetime:
    """When that began: a day of the zone's calendar at its beginning, the last of that name, or a duration before now.

    A date without a year is the last such. Raises `BadEntry`, also of what is yet to come or a century ago.
    """
    text = text.strip()
    seconds = _seconds(text)
    if seconds is not None:
        if seconds > _LONGEST_AGO:
            raise BadEntry("begin", text)
        return now - timedelta(seconds=seconds)
    today = now.astimezone(zone).date()
    day = _day(text, today)
    if day is not None and day > today and any(text.casefold() in names for names in _in_both(words.weekday_entries)):
        day -= timedelta(days=7)
    elif day is not None and day > today and (found := _DAY_AND_MONTH.fullmatch(text)) and not found[3]:
        day = _day(f"{text}{day.year - 1}", today)
    if day is None or day > today or today - day > timedelta(seconds=_LONGEST_AGO):
        raise BadEntry("begin", text)
    return span(Period.DAY, datetime.combine(day, time(12), zone), zone).start


def pictures_text(limit: int | None) -> str:
    """What `read_pictures` reads as that, as do those below."""
    return "" if limit is None else words.unlimited() if limit >= UNLIMITED else str(limit)


def amount_text(limit: MicroDollars | None) -> str:
    if limit is None or limit >= UNLIMITED:
        return pictures_text(limit)
    return f"{limit / DOLLAR:.2f}"


def pause_text(seconds: int | None) -> str:
    if not seconds:
        return "" if seconds is None else "0"
    for unit, letter in ((3_600, "h"), (60, "m")):
        if seconds % unit == 0:
            return f"{seconds // unit}{letter}"
    return f"{seconds}s"


def day_suggestions(typed: str, now: datetime, zone: tzinfo) -> list[tuple[str, str]]:
    """Ends that may be meant by what was typed so far, in words, each with an entry that `read_end` reads."""
    today = now.astimezone(zone).date()
    names = _split(words.weekday_entries())
    days = {words.today_entry(): today, words.tomorrow_entry(): today + timedelta(days=1)}
    days |= {names[(today + timedelta(days=ahead)).weekday()]: today + timedelta(days=ahead) for ahead in range(2, 8)}
    suggested = [(words.suggested_day(name, day.isoformat()), day.isoformat()) for name, day in days.items()]
    suggested += [(words.suggested_hours(hours), f"{hours}h") for hours in (1, 12, 24)]
    suggested += [(words.suggested_days(count), f"{count}d") for count in (3, 7, 14, 30)]
    wanted = typed.strip().casefold()
    return [(said, entry) for said, entry in suggested if wanted in said.casefold() or wanted in entry]


def until_suggestions(typed: str, now: datetime, zone: tzinfo) -> list[tuple[str, str]]:
    """The same for `read_until`."""
    for_good = first_for_good()
    first = [(for_good, for_good)] if typed.strip().casefold() in for_good.casefold() else []
    return [*first, *day_suggestions(typed, now, zone)]


def _seconds(text: str) -> int | None:
    found = _DURATION.fullmatch(text)
    if found is None:
        return None
    unit = next((seconds for seconds, entries in _UNITS.items() if is_one_of(found[2], entries)), None)
    return int(found[1]) * unit if unit else None


def _day(text: str, today: date) -> date | None:
    if is_one_of(text, words.today_entry):
        return today
    if is_one_of(text, words.tomorrow_entry):
        return today + timedelta(days=1)
    for names in _in_both(words.weekday_entries):
        if text.casefold() in names:
            return today + timedelta(days=(names.index(text.casefold()) - today.weekday()) % 7)
    try:
        if _ISO_DATE.fullmatch(text):
            return date.fromisoformat(text)
        if found := _DAY_AND_MONTH.fullmatch(text):
            return _dated(int(found[1]), int(found[2]), found[3], today)
    except ValueError:  # no such day
        pass
    return None


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    if year is not None:
        return date(int(year), month, day)
    for each in range(today.year, today.year + 5):  # a 29 February among them
        try:
            found = date(each, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return date(today.year, month, day)


def is_one_of(text: str, entries: Callable[[], str]) -> bool:
    """Whether it is an entry in a list of words, in the member's language or in English."""
    return any(text.casefold() in known for known in _in_both(entries))


def _in_both(entries: Callable[[], str]) -> list[list[str]]:
    """The words in the member's language, and in English."""
    own = entries()
    with speaking(DEFAULT):
        english = entries()
    return [[each.casefold() for each in _split(listed)] for listed in (own, english)]


def _split(listed: str) -> list[str]:
    return [each.strip() for each in listed.split(",")]
