"""The clock of this machine, beside those of the vendors and of the database."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp

from bot.doctor.database_check import NoDatabase, opened
from bot.doctor.findings import Finding, error, ok, skipped, warning
from bot.domain.errors import StoreUnavailable
from bot.service.ports import Clock
from bot.settings import Settings
from bot.storage.condition import condition_of
from bot.storage.errors import StorageError

PART = "clock"

TOLERATED = timedelta(seconds=2)
HARMFUL = timedelta(seconds=60)
"""Well within the five minutes for which a webhook's signature holds, and the fifteen of an interaction's token."""

_SECONDS = 10.0
_ADVICE = "Let the system keep its time (timedatectl set-ntp true, or the host's own, in a container)."


async def check_clock(settings: Settings, clock: Clock) -> AsyncGenerator[Finding]:
    """Off by more than two seconds is a warning, by more than a minute an error."""
    async with aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=_SECONDS)
    ) as session:
        # Without a token: any answer has a Date, a refusal too.
        for name, url in (
            ("Discord", f"{settings.discord_api_url}/gateway"),
            ("Replicate", f"{settings.replicate_api_url}/account"),
        ):
            yield _compared(name, await _ahead_of(session, url, clock))
    if settings.database_url.startswith("postgresql"):
        yield _compared("the database", await _ahead_of_database(settings, clock))


def _compared(name: str, ahead: timedelta | None) -> Finding:
    if ahead is None:
        return skipped(PART, name, "could not be asked for the time")
    if abs(ahead) <= TOLERATED:
        return ok(PART, name, "has the same time")
    direction = "ahead of" if ahead > timedelta() else "behind"
    said = f"this machine's clock is {abs(ahead).total_seconds():.0f} s {direction} it"
    return (error if abs(ahead) > HARMFUL else warning)(PART, name, said, _ADVICE)


async def _ahead_of(session: aiohttp.ClientSession, url: str, clock: Clock) -> timedelta | None:
    """How far the clock is ahead of a server's `Date`, whose second is taken for wherever in it is nearest."""
    before = clock.now()
    try:
        async with session.get(url, allow_redirects=False) as response:
            theirs = parsedate_to_datetime(response.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, OSError, KeyError, ValueError):
        return None
    return _distance(before, clock.now(), theirs, theirs + timedelta(seconds=1))


async def _ahead_of_database(settings: Settings, clock: Clock) -> timedelta | None:
    before = clock.now()
    with suppress(NoDatabase, StorageError, StoreUnavailable):
        async with opened(settings) as store:
            before = clock.now()
            theirs = (await condition_of(store.database)).now
            return _distance(before, clock.now(), theirs, theirs)
    return None


def _distance(before: datetime, after: datetime, earliest: datetime, latest: datetime) -> timedelta:
    """Between two spans of time: none where they meet."""
    if before > latest:
        return before - latest
    if after < earliest:
        return after - earliest
    return timedelta()
