"""Time zones by their IANA names."""

from datetime import UTC, tzinfo
from difflib import get_close_matches
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import structlog

from bot.domain.errors import UnknownTimeZone

_log = structlog.get_logger(__name__)

_NEAR = 5

_NO_ZONES = frozenset({"Factory", "localtime", "posixrules"})
"""Files beside the zones' own, which aren't the same everywhere."""

_UNCLEAR = ("Etc/", "SystemV/")
"""Zones that nobody lives in, and whose signs are the other way round. They are known, but not suggested."""


def zone_of(name: str) -> tzinfo:
    """The zone of that name; UTC where this machine knows none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # KeyError: ZoneInfoNotFoundError
        _log.warning("an unknown time zone; UTC is used instead", name=name)
        return UTC


@cache
def zone_names() -> list[str]:
    """All that this machine knows, in order."""
    return sorted(available_timezones() - _NO_ZONES)


def matching_zones(typed: str) -> list[str]:
    """The names that what was typed so far may come to: those of places whose name begins with it first."""
    wanted = _folded(typed)
    found = [name for name in zone_names() if wanted in _folded(name) and not name.startswith(_UNCLEAR)]
    return sorted(found, key=lambda name: (not _folded(name.rpartition("/")[2]).startswith(wanted), "/" not in name))


def named_zone(typed: str) -> str:
    """The name as it is spelled. Raises `UnknownTimeZone`."""
    names = {_folded(name): name for name in zone_names()}
    if name := names.get(_folded(typed)):
        return name
    near = matching_zones(typed) or [names[each] for each in get_close_matches(_folded(typed), names, _NEAR)]
    places = {_folded(name.rpartition("/")[2]): name for name in zone_names()}
    near = near or [places[each] for each in get_close_matches(_folded(typed), places, _NEAR)]
    raise UnknownTimeZone(typed.strip(), tuple(near[:_NEAR]))


def _folded(name: str) -> str:
    return "".join(name.replace("_", " ").split()).casefold()
