"""Time zones by their IANA names."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, available_timezones

import structlog

_log = structlog.get_logger(__name__)


def zone_of(name: str) -> tzinfo:
    """The zone of that name; UTC where this machine knows none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # KeyError: ZoneInfoNotFoundError
        _log.warning("an unknown time zone; UTC is used instead", name=name)
        return UTC


def zone_names() -> list[str]:
    """All that this machine knows, in order."""
    return sorted(available_timezones())
